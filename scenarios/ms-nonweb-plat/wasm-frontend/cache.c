/* Keeps compiled modules between runs, so that a second start takes a millisecond.
 *
 * A file holds 1. struct header, 2. the wasm bytes, 3. wasmtime's serialised module. The name is a hash of the wasm bytes; the bytes
 * themselves are compared, so two modules can never be taken for one another. Version, settings and processor are compared by wasmtime. */
#include "cache.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cache_folder.h"
#include "fail.h"
#include "file.h"

#define LARGEST_WASM                                                                                                   \
    (32U << 20) /* one with its weights inside is compiled each time, instead of kept twice more: see cache_digest.h */

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

static const char *file_name(const uint8_t *wasm, size_t bytes, bool interruptible) {
    return bytes > LARGEST_WASM ? NULL
                                : cache_folder_path(text_of("%016llx-%s%s", (unsigned long long)hash(wasm, bytes),
                                                            WASMTIME_VERSION, interruptible ? "-epoch" : ""));
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
    struct stat status;
    int fd = path ? cache_folder_open(path, &status) : -1;
    if (fd == -1)
        return NULL;
    wasmtime_module_t *module = NULL;
    size_t size = (size_t)status.st_size;
    void *file = size > 0 ? mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;
    if (file != MAP_FAILED) {
        module = deserialize(engine, file, size, wasm, bytes);
        munmap(file, size);
    }
    close(fd);
    return module;
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
    cache_folder_trim();
}
