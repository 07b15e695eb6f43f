/* backend.c - errors and loops of generated code: what a kernel calls besides its workspace. */
#include <string.h>

#include "tvm_abi.h"

enum { TEXT_BYTES = 512 };

static char text[TEXT_BYTES];

const char *tvm_error_text(void) {
    return text;
}

void tvm_error_clear(void) {
    text[0] = 0;
}

static size_t append(size_t at, const char *part) {
    if (!part)
        return at;
    for (; *part && at < TEXT_BYTES - 1; part++)
        text[at++] = *part == '\n' ? ' ' : *part;
    text[at] = 0;
    return at;
}

void TVMFFIErrorSetRaisedFromCStrParts(const char *kind, const char **parts, int32_t count) {
    size_t at = append(0, kind);
    at = append(at, ": ");
    for (int32_t i = 0; i < count; i++)
        at = append(at, parts[i]);
}

void TVMFFIErrorSetRaisedFromCStr(const char *kind, const char *message) {
    TVMFFIErrorSetRaisedFromCStrParts(kind, &message, 1);
}

/* One task does it all: a loop that asks how many there are is told so. */
int TVMBackendParallelLaunch(int (*body)(int task, struct tvm_group *group, void *data), void *data, int tasks) {
    struct tvm_group group = {.sync = NULL, .tasks = 1};
    (void)tasks;
    return body(0, &group, data);
}

/* A table lists the kernels of a module; the objects' own registration is never run. */
int TVMFFIEnvModRegisterSystemLibSymbol(const char *name, void *symbol) {
    (void)name, (void)symbol;
    return 0;
}
