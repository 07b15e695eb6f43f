/* The process around a request in WASI, which has no signals: the deadline is a time to look at, and a runtime that ends the program ends it at once. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <wasi/libc-find-relpath.h>

#include "fail.h"
#include "process.h"
#include "program.h"
#include "progress.h"

static double end_ms, limit_seconds;

void process_start(void) {}

void process_deadline(double seconds) {
    limit_seconds = seconds;
    end_ms = progress_clock() + seconds * 1e3;
}

void process_check_deadline(void) {
    if (end_ms > 0 && progress_clock() > end_ms)
        process_fail_timed_out();
}

void process_fail_timed_out(void) {
    fail(EXIT_LIMIT, "time limit %g s exceeded (--timeout)", limit_seconds);
}

unsigned process_number(void) {
    unsigned number = 0;
    return getentropy(&number, sizeof number) == 0 ? number : 0;
}

/* In none of the folders that the runtime opened: libc says the same as for a file that is missing. */
static bool is_outside(const char *path) {
    const char *folder;
    char *relative = text_of("%s/", path);
    return __wasilibc_find_relpath(path, &folder, &relative, strlen(path) + 2) == -1;
}

const char *process_error(const char *path, int error) {
    if (is_outside(path))
        return "in no folder that the runtime opens to the program, expected a path into one (wasmtime: --dir FOLDER)";
    if (error == EPERM || error == ENOTCAPABLE)
        return "the runtime does not permit that, expected a path into a folder that it opens to the program, over no "
               "link "
               "out of it (wasmtime: --dir FOLDER)";
    return strerror(error);
}

void process_remove_on_exit(const char *path) {
    (void)path; /* nothing ends the program between a temporary file's beginning and its end but the runtime */
}
