/* Keeps compiled modules in $XDG_CACHE_HOME/ms-backend-wasm (or ~/.cache), so that a second start takes a millisecond.
 * Compiled code is native code: a file is used only if it and its directory belong to us and nobody else may write them.
 *
 * A file holds 1. struct header, 2. the wasm bytes, 3. wasmtime's serialised module. The name is a hash of the wasm bytes; the bytes
 * themselves are compared, so two modules can never be taken for one another. Version, settings and processor are compared by wasmtime. */
#include "cache.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fail.h"
#include "file.h"

#define MOST_ENTRIES 64
#define LARGEST_WASM (32U << 20) /* one with its weights inside is compiled each time, instead of kept twice more */

struct header {
    char magic[8];
    uint64_t wasm_bytes;
    uint64_t code_bytes;
    uint64_t code_hash; /* tells a damaged file: deserialising one would be undefined */
};

static const char magic[8] = {'m', 's', 'w', 'c', 'a', 'c', 'h', 'e'};

/* FNV-1a over words of 8 bytes: names and damage, nothing secret. */
static uint64_t hash(const void *from, size_t bytes) {
    const uint8_t *at = from;
    uint64_t h = 0xcbf29ce484222325U ^ bytes;
    for (; bytes >= 8; bytes -= 8, at += 8) {
        uint64_t word;
        memcpy(&word, at, sizeof word);
        h = (h ^ word) * 0x100000001b3U;
        h ^= h >> 29;
    }
    for (; bytes > 0; bytes--)
        h = (h ^ *at++) * 0x100000001b3U;
    return h;
}

static bool only_ours(const struct stat *status) {
    return status->st_uid == geteuid() && (status->st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

/* Our directory, made if absent; NULL where there is none that can be trusted. */
static const char *directory(void) {
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

static const char *file_name(const uint8_t *wasm, size_t bytes, bool interruptible) {
    const char *ours = bytes <= LARGEST_WASM ? directory() : NULL;
    return ours ? text_of("%s/%016llx-%s%s", ours, (unsigned long long)hash(wasm, bytes), WASMTIME_VERSION,
                          interruptible ? "-epoch" : "")
                : NULL;
}

static wasmtime_module_t *deserialize(wasm_engine_t *engine, const uint8_t *file, size_t size, const uint8_t *wasm,
                                      size_t bytes) {
    struct header header;
    if (size < sizeof header)
        return NULL;
    memcpy(&header, file, sizeof header);
    const uint8_t *code = file + sizeof header + bytes;
    size_t rest = size - sizeof header;
    if (memcmp(header.magic, magic, sizeof magic) != 0 || header.wasm_bytes != bytes || rest < bytes ||
        header.code_bytes != rest - bytes || memcmp(file + sizeof header, wasm, bytes) != 0 ||
        hash(code, rest - bytes) != header.code_hash)
        return NULL;
    wasmtime_module_t *module = NULL;
    wasmtime_error_t *error = wasmtime_module_deserialize(engine, code, rest - bytes, &module);
    if (error)
        wasmtime_error_delete(error);
    return module;
}

wasmtime_module_t *cache_load(wasm_engine_t *engine, const uint8_t *wasm, size_t bytes, bool interruptible) {
    const char *path = file_name(wasm, bytes, interruptible);
    int fd = path ? open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC) : -1;
    if (fd == -1)
        return NULL;
    struct stat status;
    wasmtime_module_t *module = NULL;
    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && only_ours(&status) && status.st_size > 0) {
        size_t size = (size_t)status.st_size;
        void *file = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (file != MAP_FAILED) {
            module = deserialize(engine, file, size, wasm, bytes);
            munmap(file, size);
        }
    }
    close(fd);
    return module;
}

/* Entries of modules that are gone would stay for ever: each new one beyond MOST_ENTRIES takes the place of the oldest. */
static void drop_oldest(void) {
    const char *ours = directory();
    DIR *listing = ours ? opendir(ours) : NULL;
    const char *oldest = NULL;
    struct timespec oldest_time = {0};
    size_t count = 0;
    for (struct dirent *entry; listing && (entry = readdir(listing));) {
        struct stat status;
        if (fstatat(dirfd(listing), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(status.st_mode))
            continue;
        const struct timespec *time = &status.st_mtim;
        bool older = time->tv_sec < oldest_time.tv_sec ||
                     (time->tv_sec == oldest_time.tv_sec && time->tv_nsec < oldest_time.tv_nsec);
        if (count++ == 0 || older) {
            oldest = text_of("%s/%s", ours, entry->d_name);
            oldest_time = *time;
        }
    }
    if (listing)
        closedir(listing);
    if (count > MOST_ENTRIES)
        unlink(oldest);
}

void cache_store(const wasmtime_module_t *module, const uint8_t *wasm, size_t bytes, bool interruptible) {
    const char *path = file_name(wasm, bytes, interruptible);
    if (!path)
        return;
    wasm_byte_vec_t code;
    wasmtime_error_t *error = wasmtime_module_serialize(module, &code);
    if (error) {
        wasmtime_error_delete(error);
        return;
    }
    struct header header = {.wasm_bytes = bytes, .code_bytes = code.size, .code_hash = hash(code.data, code.size)};
    memcpy(header.magic, magic, sizeof magic);
    uint8_t *head = need(sizeof header + bytes);
    memcpy(head, &header, sizeof header);
    memcpy(head + sizeof header, wasm, bytes);
    file_replace(path, 0600, head, sizeof header + bytes, code.data,
                 code.size); /* a full disk costs time, not the answer */
    wasm_byte_vec_delete(&code);
    drop_oldest();
}
