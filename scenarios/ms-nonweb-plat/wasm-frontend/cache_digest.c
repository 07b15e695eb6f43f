/* Finds compiled code by the digest that a module carries, so that neither the module nor its code is read as a whole at each start: of 14 MB of weights
 * only those pages are touched that the run reads.
 *
 * A digest that is not computed is only a claim, and a stranger's file may claim any: another's, whose code would then run in its name, or its own from
 * before it was edited. So an entry is made only after the file's bytes were hashed, and holds which file that was: device, inode, size, times of
 * its content (mtime) and of its inode (ctime, which no program can set). While all are the same, so are the bytes. Any other file with the claim - a
 * copy, an edited one, or the same one touched or renamed - is hashed first, and where that holds, it takes over the entry.
 * What changes within the clock's step of the kernel would keep its times, so a file younger than SETTLED_SECONDS is not noted down.
 *
 * Two files: CODE is wasmtime's serialised module and nothing else, since wasmtime maps it as it is. NOTE is struct note. The code is native code and a damaged
 * one would be undefined, but hashing it costs what hashing the weights does: the note holds the identity of that file as well, written after the
 * code has reached the disk. Version, settings and processor are compared by wasmtime. */
#include "cache_digest.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cache_folder.h"
#include "digest.h"
#include "fail.h"
#include "file.h"

#define SETTLED_SECONDS 2 /* the coarsest times of a file system in use (FAT) */
#define LARGEST_CODE (512U << 20)

struct note {
    char magic[8];
    struct cache_identity file, code;
};

static const char magic[8] = {'m', 's', 'w', 'n', 'o', 't', 'e', '1'};

static struct cache_identity identity_of(const struct stat *status) {
    return (struct cache_identity){.device = status->st_dev,
                                   .inode = status->st_ino,
                                   .size = (uint64_t)status->st_size,
                                   .changed = status->st_mtim.tv_sec,
                                   .changed_ns = status->st_mtim.tv_nsec,
                                   .touched = status->st_ctim.tv_sec,
                                   .touched_ns = status->st_ctim.tv_nsec};
}

static bool equal(struct cache_identity a, struct cache_identity b) {
    return memcmp(&a, &b, sizeof a) == 0;
}

static bool is_settled(const struct stat *file) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    const time_t latest = now.tv_sec - SETTLED_SECONDS;
    return file->st_mtim.tv_sec < latest && file->st_ctim.tv_sec < latest;
}

struct cache_digest cache_digest_place(const uint8_t *digest, const struct stat *file, bool interruptible) {
    char name[2 * DIGEST_BYTES + 1];
    for (size_t i = 0; i < DIGEST_BYTES; i++)
        snprintf(name + 2 * i, 3, "%02x", digest[i]);
    const char *stem = cache_folder_path(text_of("%s-%s%s", name, WASMTIME_VERSION, interruptible ? "-epoch" : ""));
    return (struct cache_digest){.code_path = stem ? text_of("%s.code", stem) : NULL,
                                 .note_path = stem ? text_of("%s.note", stem) : NULL,
                                 .file = identity_of(file),
                                 .settled = is_settled(file)};
}

static bool read_note(const char *path, struct note *note) {
    struct stat status;
    int fd = cache_folder_open(path, &status);
    if (fd == -1)
        return false;
    const bool whole = status.st_size == sizeof *note && pread(fd, note, sizeof *note, 0) == sizeof *note;
    close(fd);
    return whole && memcmp(note->magic, magic, sizeof magic) == 0;
}

wasmtime_module_t *cache_digest_load(struct cache_digest *place, wasm_engine_t *engine) {
    struct note note;
    struct stat status;
    int fd = place->note_path && read_note(place->note_path, &note) ? cache_folder_open(place->code_path, &status) : -1;
    if (fd == -1)
        return NULL;
    wasmtime_module_t *module = NULL;
    /* By its descriptor: at the path there may be another file by now. */
    wasmtime_error_t *error = equal(note.code, identity_of(&status))
                                  ? wasmtime_module_deserialize_file(engine, text_of("/proc/self/fd/%d", fd), &module)
                                  : NULL;
    if (error)
        wasmtime_error_delete(error);
    close(fd);
    place->code = note.code;
    place->kept = module != NULL;
    place->same = module && equal(note.file, place->file);
    return module;
}

/* Its identity once it is on the disk: an entry that outlives a crash is whole. */
static bool store_code(const char *path, const wasmtime_module_t *module, struct cache_identity *identity) {
    wasm_byte_vec_t code;
    wasmtime_error_t *error = wasmtime_module_serialize(module, &code);
    if (error) {
        wasmtime_error_delete(error);
        return false;
    }
    bool written = code.size <= LARGEST_CODE && file_replace(path, 0600, code.data, code.size, NULL, 0) == 0;
    wasm_byte_vec_delete(&code);
    struct stat status;
    int fd = written ? cache_folder_open(path, &status) : -1;
    if (fd == -1)
        return false;
    *identity = identity_of(&status);
    written = fsync(fd) == 0;
    close(fd);
    return written;
}

void cache_digest_store(const struct cache_digest *place, const wasmtime_module_t *module) {
    struct note note = {.code = place->code};
    if (!place->note_path || (place->kept && !place->settled) ||
        (!place->kept && !store_code(place->code_path, module, &note.code)))
        return;
    if (place->settled)
        note.file = place->file;
    memcpy(note.magic, magic, sizeof magic);
    file_replace(place->note_path, 0600, &note, sizeof note, NULL, 0);
    cache_folder_trim();
}
