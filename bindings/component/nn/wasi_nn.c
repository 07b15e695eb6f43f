/* wasi_nn.c - what a C program over wasi-libc needs besides the imports of wasi_nn.h: memory for what they return, and names of codes. */
#include "wasi_nn.h"

#include <stdlib.h>

ABI_EXPORT("cabi_realloc")
void *cabi_realloc(void *old, size_t old_bytes, size_t align, size_t bytes) {
    (void)old_bytes; /* realloc knows it */
    if (bytes == 0) {
        free(old);
        return (void *)align;
    }
    void *memory = realloc(old, bytes);
    if (!memory)
        abort();
    return memory;
}

void abi_free(struct abi_list list) {
    if (list.count > 0)
        free(list.data);
}

const char *wasi_nn_code_name(uint32_t code) {
    static const char *const names[] = {
        "invalid-argument", "invalid-encoding", "timeout",  "runtime-error", "unsupported-operation",
        "too-large",        "not-found",        "security", "unknown"};
    return code < sizeof names / sizeof names[0] ? names[code] : "?";
}
