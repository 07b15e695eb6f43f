/* Files as this program uses them: only regular ones are read, and what is written appears whole or not at all. */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fail.h"
#include "process.h"

#define LONGEST_WRITE (16U << 20) /* a signal waits until a write is over */

/* O_NONBLOCK: opening a FIFO without a writer must not wait. It has no effect on regular files. */
#define READ_FLAGS (O_RDONLY | O_NONBLOCK | O_CLOEXEC)

static void check_regular(const struct stat *status, const char *place) {
    if (!S_ISREG(status->st_mode))
        fail(EXIT_INPUT, "%s: %s, expected a regular file", place,
             S_ISDIR(status->st_mode) ? strerror(EISDIR) : "Not a regular file");
}

static struct stat regular_file(int fd, const char *place) {
    struct stat status;
    if (fstat(fd, &status) == -1)
        fail(EXIT_INPUT, "%s: %s", place, strerror(errno));
    check_regular(&status, place);
    return status;
}

/* Some WASI runtimes do not heed O_NONBLOCK, or O_NOFOLLOW below: what is there is looked at before it is opened, and once more after. */
static int open_regular(const char *path, struct stat *status) {
    if (stat(path, status) == 0)
        check_regular(status, shown(path));
    int fd = open(path, READ_FLAGS);
    if (fd == -1)
        fail(EXIT_INPUT, "%s: %s", shown(path), process_error(path, errno));
    *status = regular_file(fd, shown(path));
    return fd;
}

int file_open(const char *path, uint64_t *bytes) {
    struct stat status;
    int fd = open_regular(path, &status);
    *bytes = (uint64_t)status.st_size;
    return fd;
}

/* One part of a path. Not over a symbolic link: nothing that was checked can then be exchanged before it is opened. */
static int open_part(int folder, const char *part, size_t length, const char *place) {
    const bool last = part[length] == '\0';
    const char *name = text_of("%.*s", (int)length, part);
    if (length == 0 || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        fail(EXIT_INPUT, "%s: expected a path down from the model's folder, without empty parts, '.' and '..'", place);
    struct stat status = {0};
    const bool found = fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0;
    if (found && S_ISLNK(status.st_mode))
        fail(EXIT_INPUT, "%s: '%s' is a symbolic link, expected a file in the model's own folder", place, shown(name));
    if (found && last)
        check_regular(&status, place);
    int fd = openat(folder, name, READ_FLAGS | O_NOFOLLOW | (last ? 0 : O_DIRECTORY));
    if (fd == -1)
        fail(EXIT_INPUT, "%s: %s", place, strerror(errno));
    return fd;
}

int file_open_below(const char *folder, const char *name, const char *place, uint64_t *bytes) {
    int fd = open(folder[0] ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd == -1)
        fail(EXIT_INPUT, "%s: %s", shown(folder), process_error(folder, errno));
    for (const char *part = name;; part++) {
        const size_t length = strcspn(part, "/");
        int next = open_part(fd, part, length, place);
        close(fd);
        fd = next;
        part += length;
        if (*part == '\0')
            break;
    }
    struct stat status = regular_file(fd, place);
    if (status.st_nlink != 1)
        fail(EXIT_INPUT, "%s: has %llu hard links, so it may be a file from elsewhere, expected 1", place,
             (unsigned long long)status.st_nlink);
    *bytes = (uint64_t)status.st_size;
    return fd;
}

void file_pread(int fd, const char *path, void *to, size_t bytes, uint64_t offset) {
    char *next = to;
    while (bytes > 0) {
        ssize_t got = pread(fd, next, bytes, (off_t)offset);
        if (got == -1 && errno == EINTR)
            continue;
        if (got == -1)
            fail(EXIT_INPUT, "%s: byte %llu: %s", shown(path), (unsigned long long)offset, strerror(errno));
        if (got == 0)
            fail(EXIT_INPUT, "%s: ends at byte %llu, expected %zu more (did it change while being read?)", shown(path),
                 (unsigned long long)offset, bytes);
        next += got;
        offset += (uint64_t)got;
        bytes -= (size_t)got;
    }
}

int file_open_at_most(const char *path, size_t most, struct stat *status) {
    int fd = open_regular(path, status);
    if ((uint64_t)status->st_size > most)
        fail(EXIT_LIMIT, "%s: %llu bytes, expected at most %zu (--memory-limit)", shown(path),
             (unsigned long long)status->st_size, most);
    return fd;
}

uint8_t *file_content(int fd, const char *path, size_t bytes) {
    uint8_t *content = need(bytes + 1);
    file_pread(fd, path, content, bytes, 0);
    return content;
}

uint8_t *file_read(const char *path, size_t most, size_t *bytes) {
    struct stat status;
    int fd = file_open_at_most(path, most, &status);
    *bytes = (size_t)status.st_size;
    uint8_t *content = file_content(fd, path, *bytes);
    close(fd);
    return content;
}

static int write_all(int fd, const void *from, size_t bytes) {
    const char *next = from;
    while (bytes > 0) {
        ssize_t put = write(fd, next, bytes < LONGEST_WRITE ? bytes : LONGEST_WRITE);
        if (put == -1 && errno == EINTR)
            continue;
        if (put == -1)
            return errno;
        next += put;
        bytes -= (size_t)put;
    }
    return 0;
}

/* What would be lost if a file took its name, a device for one; 0: nothing would. */
static int in_the_way(const char *path) {
    struct stat status;
    if (lstat(path, &status) == -1 || S_ISREG(status.st_mode) || S_ISLNK(status.st_mode))
        return 0;
    return S_ISDIR(status.st_mode) ? EISDIR : EEXIST;
}

int file_replace(const char *path, unsigned mode, const void *head, size_t head_bytes, const void *body,
                 size_t body_bytes) {
    const int obstacle = in_the_way(path);
    if (obstacle)
        return obstacle;
    char *temporary = text_of("%s.%u.tmp", path, process_number());
    process_remove_on_exit(temporary);
    int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    int error = fd == -1 ? errno : write_all(fd, head, head_bytes);
    if (fd == -1) {
        process_remove_on_exit(NULL); /* not ours */
        return error;
    }
    if (error == 0)
        error = write_all(fd, body, body_bytes);
    if (close(fd) == -1 && error == 0)
        error = errno;
    if (error == 0 && rename(temporary, path) == -1)
        error = errno;
    if (error != 0)
        unlink(temporary);
    process_remove_on_exit(NULL);
    return error;
}

bool file_same(const char *a, const char *b) {
    struct stat x, y;
    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}
