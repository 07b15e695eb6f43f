/* Shows a person that something is happening: never in a pipe, not before it takes noticeably long. */
#include "progress.h"

#include <stdbool.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define FIRST_MS 500
#define EVERY_MS 100

static double started, last;
static bool shown_now;

double progress_clock(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

void progress_show(const char *what, uint64_t done, uint64_t all) {
    double now = progress_clock();
    if (started == 0)
        started = now;
    if (now - started < FIRST_MS || now - last < EVERY_MS || !isatty(STDERR_FILENO))
        return;
    last = now;
    shown_now = true;
    fprintf(stderr, "\r\033[K%s %.0f %%", what, done < all ? 100.0 * (double)done / (double)all : 100.0);
}

void progress_clear(void) {
    if (shown_now)
        fputs("\r\033[K", stderr);
    shown_now = false;
}
