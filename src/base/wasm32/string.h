/* string.h - the part of the C library's that the engine uses, for a module without libc. Defined in host_wasm.c. */
#ifndef BASE_WASM32_STRING_H
#define BASE_WASM32_STRING_H

#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t bytes);
void *memmove(void *to, const void *from, size_t bytes);
void *memset(void *to, int value, size_t bytes);
int memcmp(const void *x, const void *y, size_t bytes);
size_t strlen(const char *text);
int strcmp(const char *x, const char *y);

/* Freestanding, a plain memcpy is a call, also where it stands for the load of one vector; a builtin of a known size is an instruction. */
#define memcpy(to, from, bytes) __builtin_memcpy(to, from, bytes)
#define memmove(to, from, bytes) __builtin_memmove(to, from, bytes)
#define memset(to, value, bytes) __builtin_memset(to, value, bytes)

#endif
