/* Keeps the folder $XDG_CACHE_HOME/ms-backend-wasm (or ~/.cache/ms-backend-wasm) ours and small.
 * Compiled code is native code: a file is used only if it and its folder belong to us and nobody else may write them. */
#include "cache_folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "fail.h"

#define MOST_FILES 64
#define MOST_BYTES (1ULL << 30)

static bool only_ours(const struct stat *status) {
    return status->st_uid == geteuid() && (status->st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

static const char *folder(void) {
    const char *base = getenv("XDG_CACHE_HOME");
    const char *home = getenv("HOME");
    if (!base || base[0] != '/')
        base = home && home[0] == '/' ? text_of("%s/.cache", home) : NULL;
    if (!base)
        return NULL;
    const char *ours = text_of("%s/ms-backend-wasm", base);
    mkdir(base, 0700);
    mkdir(ours, 0700);
    struct stat status;
    return lstat(ours, &status) == 0 && S_ISDIR(status.st_mode) && only_ours(&status) ? ours : NULL;
}

const char *cache_folder_path(const char *name) {
    const char *ours = folder();
    return ours ? text_of("%s/%s", ours, name) : NULL;
}

int cache_folder_open(const char *path, struct stat *status) {
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd == -1 || (fstat(fd, status) == 0 && S_ISREG(status->st_mode) && only_ours(status)))
        return fd;
    close(fd);
    return -1;
}

static bool older(const struct stat *a, const struct stat *b) {
    return a->st_mtim.tv_sec < b->st_mtim.tv_sec ||
           (a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec < b->st_mtim.tv_nsec);
}

/* Entries of modules that are gone would stay for ever. False: there is room. */
static bool drop_oldest(const char *ours) {
    DIR *listing = opendir(ours);
    const char *oldest = NULL;
    struct stat oldest_status = {0};
    uint64_t count = 0, bytes = 0;
    for (struct dirent *entry; listing && (entry = readdir(listing));) {
        struct stat status;
        if (fstatat(dirfd(listing), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(status.st_mode))
            continue;
        bytes += (uint64_t)status.st_size;
        if (count++ == 0 || older(&status, &oldest_status)) {
            oldest = text_of("%s/%s", ours, entry->d_name);
            oldest_status = status;
        }
    }
    if (listing)
        closedir(listing);
    return (count > MOST_FILES || (count > 1 && bytes > MOST_BYTES)) && unlink(oldest) == 0;
}

void cache_folder_trim(void) {
    const char *ours = folder();
    while (ours && drop_oldest(ours))
        ;
}
