/* Keeps the process well-behaved however it ends: nothing is left behind, and nothing runs past the deadline. */
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include <wasmtime.h>

#include "fail.h"
#include "program.h"
#include "progress.h"

#define GRACE_SECONDS 1

static char temporary[PATH_MAX];
static volatile sig_atomic_t has_temporary;
static volatile sig_atomic_t timed_out;
static wasm_engine_t *volatile interrupted;
static char timeout_text[80];
static pthread_t main_thread;

static void remove_temporary(void) {
    if (has_temporary)
        unlink(temporary);
}

/* The compiler's threads may be given a signal, too. Only the main thread may act on it, or it would go on meanwhile: it would find its
 * temporary file gone and report that. */
static bool passed_on(int signal_number) {
    if (pthread_equal(pthread_self(), main_thread))
        return false;
    pthread_kill(main_thread, signal_number);
    return true;
}

static void on_end(int signal_number) {
    if (passed_on(signal_number))
        return;
    remove_temporary();
    _exit(128 + signal_number);
}

/* The first alarm asks (wasmtime documents increment_epoch as safe in a signal handler), the second ends. */
static void on_alarm(int signal_number) {
    if (passed_on(signal_number))
        return;
    int saved = errno;
    if (timed_out) {
        remove_temporary();
        ssize_t written = write(STDERR_FILENO, timeout_text, strlen(timeout_text));
        (void)written;
        _exit(EXIT_LIMIT);
    }
    timed_out = 1;
    if (interrupted)
        wasmtime_engine_increment_epoch(interrupted);
    errno = saved;
}

static void handle(int signal_number, void (*handler)(int)) {
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
    sigfillset(&action.sa_mask);
    sigaction(signal_number, &action, NULL);
}

/* A closed descriptor would be given to the next file that is opened, and messages written into it.
 * /dev/null opened the wrong way round keeps the number and makes each use an error. */
static void occupy_closed_descriptors(void) {
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) == -1 && open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) != fd)
            _exit(EXIT_OURS);
}

void process_start(void) {
    main_thread = pthread_self();
    occupy_closed_descriptors();
    handle(SIGPIPE, SIG_IGN); /* a reader that left and a file that may not grow are write errors like any other */
    handle(SIGXFSZ, SIG_IGN);
    handle(SIGINT, on_end);
    handle(SIGTERM, on_end);
    handle(SIGALRM, on_alarm);
    atexit(remove_temporary);
}

void process_deadline(double seconds) {
    snprintf(timeout_text, sizeof timeout_text, PROGRAM ": time limit %g s exceeded (--timeout)\n", seconds);
    double whole = floor(seconds);
    struct itimerval timer = {
        .it_value = {.tv_sec = (time_t)whole, .tv_usec = (suseconds_t)((seconds - whole) * 1e6)},
        .it_interval = {.tv_sec = GRACE_SECONDS},
    };
    setitimer(ITIMER_REAL, &timer, NULL);
}

void process_interrupt(wasm_engine_t *engine) {
    interrupted = engine;
    if (timed_out)
        wasmtime_engine_increment_epoch(engine);
}

void process_fail_timed_out(void) {
    progress_clear();
    fputs(timeout_text, stderr);
    exit(EXIT_LIMIT);
}

void process_check_deadline(void) {
    if (timed_out)
        process_fail_timed_out();
}

unsigned process_number(void) {
    return (unsigned)getpid();
}

const char *process_error(const char *path, int error) {
    (void)path;
    return strerror(error);
}

void process_remove_on_exit(const char *path) {
    sigset_t all, before;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    has_temporary = path != NULL;
    if (path)
        snprintf(temporary, sizeof temporary, "%s", path);
    sigprocmask(SIG_SETMASK, &before, NULL);
}
