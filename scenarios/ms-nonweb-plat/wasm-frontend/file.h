/* file.h - reading whole files and ranges, and replacing a file in one step. */
#ifndef FILE_H
#define FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

/* Open a regular file for reading and tell its size. Anything else (directory, FIFO, missing) ends the program with exit 3. */
int file_open(const char *path, uint64_t *bytes);

/* The same for a file that a stranger names: `name` must lead from `folder` ("" is the current one) down, over no link, to a regular file with one
 * name. `place` is how messages call it. */
int file_open_below(const char *folder, const char *name, const char *place, uint64_t *bytes);

/* Copy bytes [offset, offset + bytes) of an open file; ends the program if they are not there. */
void file_pread(int fd, const char *path, void *to, size_t bytes, uint64_t offset);

/* Open a regular file of at most `most` bytes for reading. */
int file_open_at_most(const char *path, size_t most, struct stat *status);

/* The first `bytes` bytes of an open file, with a NUL after the last. */
uint8_t *file_content(int fd, const char *path, size_t bytes);

/* The bytes of a whole file of at most `most` bytes, with a NUL after the last. */
uint8_t *file_read(const char *path, size_t most, size_t *bytes);

/* Put `head` and `body` into `path` so that it holds either what it held before or all of the new bytes. `mode`: its
 * permissions, less the umask. Returns 0 or an errno: a device, a directory or the like is never replaced. */
int file_replace(const char *path, unsigned mode, const void *head, size_t head_bytes, const void *body,
                 size_t body_bytes);

/* Do both paths lead to one existing file? */
bool file_same(const char *a, const char *b);

#endif
