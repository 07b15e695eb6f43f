/* string.h - for the wasm module, which has no C library: what src/base/host_wasm.c defines, and no more. */
#ifndef MSW_FREESTANDING_STRING_H
#define MSW_FREESTANDING_STRING_H

#include <stddef.h>

int memcmp(const void *x, const void *y, size_t n);
void *memcpy(void *restrict to, const void *restrict from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *to, int byte, size_t n);
int strcmp(const char *x, const char *y);
size_t strlen(const char *text);

#endif
