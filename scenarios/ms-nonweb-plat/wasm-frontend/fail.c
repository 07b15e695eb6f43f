/* Ends the program on the first error with one readable line, so that no caller needs a path for failure. */
#include "fail.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "program.h"
#include "progress.h"

#define LONGEST_LINE 2048
#define LONGEST_QUOTE 120

/* Blocks are chained so that leak checkers see them as held. */
struct block {
    _Alignas(16) struct block *next;
};

static struct block *blocks;

static void say(const char *format, va_list args) {
    char line[LONGEST_LINE];
    vsnprintf(line, sizeof line, format, args);
    /* Names come from files and modules: they must not reach the terminal as escape sequences. */
    for (char *c = line; *c != '\0'; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            *c = '?';
    progress_clear();
    fprintf(stderr, PROGRAM ": %s\n", line);
}

void fail(enum exit_code code, const char *format, ...) {
    va_list args;
    va_start(args, format);
    say(format, args);
    va_end(args);
    exit((int)code);
}

void note(const char *format, ...) {
    va_list args;
    va_start(args, format);
    say(format, args);
    va_end(args);
}

void finish_stdout(void) {
    if (fflush(stdout) != 0 || ferror(stdout) || fclose(stdout) != 0)
        fail(EXIT_OURS, "standard output: %s", strerror(errno));
}

void *need(size_t bytes) {
    struct block *block = bytes > SIZE_MAX - sizeof *block ? NULL : calloc(1, sizeof *block + bytes);
    if (!block)
        fail(EXIT_OURS, "out of memory: %zu bytes", bytes);
    block->next = blocks;
    blocks = block;
    return block + 1;
}

void *keep(void *object) {
    void **held = need(sizeof *held);
    *held = object;
    return object;
}

char *text_of(const char *format, ...) {
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    char *text = need((size_t)length + 1);
    vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    va_end(args);
    return text;
}

const char *shown(const char *text) {
    size_t length = strlen(text);
    if (length <= LONGEST_QUOTE)
        return text;
    return text_of("%.40s... (%zu bytes)", text, length);
}
