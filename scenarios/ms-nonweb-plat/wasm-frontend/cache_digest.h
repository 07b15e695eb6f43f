/* cache_digest.h - compiled code of modules that say what they are (digest.h), found without reading the module. */
#ifndef CACHE_DIGEST_H
#define CACHE_DIGEST_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include <wasmtime.h>

struct cache_identity {
    uint64_t device, inode, size;
    int64_t changed, changed_ns, touched, touched_ns;
};

/* A module's place in the cache.
 *   same  set by cache_digest_load: its code was made of this very file, unchanged since; else the file's bytes must be hashed before the code may
 *         run for it */
struct cache_digest {
    const char *code_path, *note_path;
    struct cache_identity file, code;
    bool settled, kept, same;
};

/* The place for a file that claims the digest.
 *   file  as it is before its bytes are read */
struct cache_digest cache_digest_place(const uint8_t *digest, const struct stat *file, bool interruptible);

/* The compiled form of the module with the digest, or NULL. */
wasmtime_module_t *cache_digest_load(struct cache_digest *place, wasm_engine_t *engine);

/* Keep the compiled form, and that the file's bytes were found to have the digest. Where it cannot be written, nothing happens. */
void cache_digest_store(const struct cache_digest *place, const wasmtime_module_t *module);

#endif
