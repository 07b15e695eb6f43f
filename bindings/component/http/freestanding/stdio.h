/* stdio.h - the part of the C library's that yyjson names: files, none of which can be opened. */
#ifndef HTTP_FREESTANDING_STDIO_H
#define HTTP_FREESTANDING_STDIO_H

#include <stddef.h>

typedef struct file FILE;
enum { SEEK_SET, SEEK_CUR, SEEK_END };

static inline FILE *fopen(const char *name, const char *mode) {
    (void)name, (void)mode;
    return NULL;
}

static inline int fclose(FILE *file) {
    (void)file;
    return -1;
}

static inline int fseek(FILE *file, long offset, int whence) {
    (void)file, (void)offset, (void)whence;
    return -1;
}

static inline long ftell(FILE *file) {
    (void)file;
    return -1;
}

static inline size_t fread(void *to, size_t size, size_t count, FILE *file) {
    (void)to, (void)size, (void)count, (void)file;
    return 0;
}

static inline size_t fwrite(const void *from, size_t size, size_t count, FILE *file) {
    (void)from, (void)size, (void)count, (void)file;
    return 0;
}

#endif
