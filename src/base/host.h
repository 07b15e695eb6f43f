/* host.h - what differs between running natively and as a wasm module. One file implements it for each: host_native.c, host_wasm.c. */
#ifndef BASE_HOST_H
#define BASE_HOST_H

#include <stddef.h>

/* 16-byte aligned memory, or NULL. Its content is undefined. */
void *host_alloc(size_t bytes);
void host_free(void *memory);

#endif
