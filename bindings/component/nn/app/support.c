/* support.c - what the command line's files for pictures and labels (scenarios/ms-nonweb-plat/wasm-frontend) expect of the program that they are in: how it
 * ends (fail.h), and whole files (file.h). Memory is given back by the end of the program. */
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "file.h"

void fail(enum exit_code code, const char *format, ...) {
    char line[2048];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    for (char *c = line; *c != '\0'; c++) /* texts of files and models must not speak to the terminal */
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            *c = '?';
    fprintf(stderr, "wasi-nn-cat: %s\n", line);
    exit((int)code);
}

void *need(size_t bytes) {
    void *memory = calloc(1, bytes > 0 ? bytes : 1);
    if (!memory)
        fail(EXIT_OURS, "out of memory: %zu bytes", bytes);
    return memory;
}

void *keep(void *object) {
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
    return length <= 120 ? text : text_of("%.40s... (%zu bytes)", text, length);
}

uint8_t *file_read(const char *path, size_t most, size_t *bytes) {
    struct stat status;
    if (stat(path, &status) == -1)
        fail(EXIT_INPUT, "%s: %s (does the runtime let the program into its folder?)", shown(path), strerror(errno));
    if (!S_ISREG(status.st_mode))
        fail(EXIT_INPUT, "%s: not a regular file", shown(path));
    if ((uint64_t)status.st_size > most)
        fail(EXIT_LIMIT, "%s: %llu bytes, expected at most %zu", shown(path), (unsigned long long)status.st_size, most);
    *bytes = (size_t)status.st_size;
    uint8_t *content = need(*bytes + 1);
    FILE *file = fopen(path, "rb");
    if (!file || fread(content, 1, *bytes, file) != *bytes)
        fail(EXIT_INPUT, "%s: %s", shown(path), file && !ferror(file) ? "ends early" : strerror(errno));
    fclose(file);
    return content;
}
