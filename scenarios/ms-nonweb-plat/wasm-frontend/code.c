/* Compiles a module, or takes what was compiled of it before: known by its bytes, or by the digest at its head, and then not even read. */
#include "code.h"

#include <sys/stat.h>
#include <unistd.h>

#include "cache.h"
#include "cache_digest.h"
#include "digest.h"
#include "fail.h"
#include "file.h"
#include "inspect.h"
#include "sandbox.h"

static wasmtime_module_t *compile(wasm_engine_t *engine, const char *path, const uint8_t *wasm, size_t bytes) {
    wasmtime_module_t *module = NULL;
    wasmtime_error_t *error = wasmtime_module_new(engine, wasm, bytes, &module);
    if (error)
        fail(EXIT_INPUT, "%s: not a module that can be compiled: %s", shown(path), sandbox_text(error));
    return module;
}

static wasmtime_module_t *by_bytes(wasm_engine_t *engine, const char *path, const uint8_t *wasm, size_t bytes,
                                   bool interruptible) {
    wasmtime_module_t *module = cache_load(engine, wasm, bytes, interruptible);
    if (module)
        return module;
    module = compile(engine, path, wasm, bytes);
    cache_store(module, wasm, bytes, interruptible);
    return module;
}

static wasmtime_module_t *by_digest(wasm_engine_t *engine, const char *path, int fd, const struct stat *status,
                                    const uint8_t *digest, bool interruptible) {
    struct cache_digest place = cache_digest_place(digest, status, interruptible);
    wasmtime_module_t *module = cache_digest_load(&place, engine);
    if (place.same)
        return module;
    const size_t bytes = (size_t)status->st_size;
    const uint8_t *wasm = file_content(fd, path, bytes);
    inspect_binary(shown(path), wasm, bytes);
    if (!digest_holds(wasm, bytes))
        fail(EXIT_INPUT,
             "%s: its bytes are not those that its section msw.digest is of: damaged, or edited after it was compiled",
             shown(path));
    if (!module)
        module = compile(engine, path, wasm, bytes);
    cache_digest_store(&place, module);
    return module;
}

wasmtime_module_t *code_of_file(wasm_engine_t *engine, const char *path, size_t most, bool interruptible) {
    struct stat status;
    int fd = file_open_at_most(path, most, &status);
    uint8_t head[DIGEST_HEAD_BYTES];
    const size_t bytes = (size_t)status.st_size, head_bytes = bytes < sizeof head ? bytes : sizeof head;
    file_pread(fd, path, head, head_bytes, 0);
    const uint8_t *digest = digest_claim(head, head_bytes);
    wasmtime_module_t *module;
    if (digest) {
        module = by_digest(engine, path, fd, &status, digest, interruptible);
    } else {
        const uint8_t *wasm = file_content(fd, path, bytes);
        inspect_binary(shown(path), wasm, bytes);
        module = by_bytes(engine, path, wasm, bytes, interruptible);
    }
    close(fd);
    return module;
}
