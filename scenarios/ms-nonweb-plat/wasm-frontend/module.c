/* Brings a module from its file into the sandbox. */
#include "module.h"

#include <string.h>
#include <unistd.h>

#include "builds.h"
#include "code.h"
#include "fail.h"
#include "file.h"
#include "inspect.h"
#include "progress.h"
#include "sandbox.h"
#include "threads.h"

#define PAGE 65536U
#define GENERATED_NAME "wasm_ops.wasm"

/* Only what our modules are compiled with; fewer features are less to trust. */
static wasm_engine_t *new_engine(bool threads, bool stranger) {
    wasm_config_t *config = wasm_config_new();
    wasmtime_config_wasm_threads_set(config, threads);
    wasmtime_config_shared_memory_set(config, threads);
    wasmtime_config_wasm_memory64_set(config, false);
    wasmtime_config_wasm_multi_memory_set(config, false);
    wasmtime_config_wasm_component_model_set(config, false);
    wasmtime_config_native_unwind_info_set(config, false); /* for debuggers only, and costs start-up time */
    wasmtime_config_epoch_interruption_set(config, stranger);
    return wasm_engine_new_with_config(config);
}

/* NULL: the system has none to give. */
static wasmtime_sharedmemory_t *new_memory(const wasm_engine_t *engine, const wasm_limits_t *limits,
                                           uint64_t memory_limit) {
    const uint64_t most = memory_limit / PAGE < limits->max ? memory_limit / PAGE : limits->max;
    wasm_memorytype_t *type = NULL;
    wasmtime_sharedmemory_t *memory = NULL;
    wasmtime_error_t *error = wasmtime_memorytype_new(limits->min, true, most, false, true, 16, &type);
    if (!error)
        error = wasmtime_sharedmemory_new(engine, type, &memory);
    if (error)
        wasmtime_error_delete(error);
    if (type)
        wasm_memorytype_delete(type);
    return memory;
}

/* NULL: it is over a shared memory, and there is none to be had. */
static struct guest *open_one(const char *path, bool stranger, uint64_t memory_limit, size_t threads) {
    wasm_engine_t *engine = new_engine(threads > 1 || stranger, stranger);
    wasmtime_module_t *module = code_of_file(engine, path, (size_t)memory_limit, stranger);
    wasm_limits_t limits;
    const bool shares = inspect_interface(shown(path), module, memory_limit, &limits);
    wasmtime_sharedmemory_t *shared = shares ? new_memory(engine, &limits, memory_limit) : NULL;
    struct guest *guest = NULL;
    if (!shares || shared)
        guest = sandbox_new(shown(path), engine, module, memory_limit, shared, stranger ? CODE_STRANGERS : CODE_OURS);
    else
        wasm_engine_delete(engine);
    if (guest)
        guest->file = path;
    if (shared)
        threads_start(guest, module, memory_limit, threads - 1);
    wasmtime_module_delete(module);
    return guest;
}

/* Our own: where it cannot be had with threads, the one without. */
static struct guest *open_ours(enum build build, uint64_t memory_limit, size_t threads) {
    struct guest *guest = NULL;
    const char *with_threads = threads > 1 ? builds_find(build, true) : NULL;
    if (with_threads)
        guest = open_one(with_threads, false, memory_limit, threads);
    if (guest)
        return guest;
    const char *path = builds_need(build, false);
    if (threads > 1)
        note("one thread: %s", with_threads ? "no shared memory is to be had" : "the module with threads is missing");
    return open_one(path, false, memory_limit, 1);
}

struct guest *module_open(const char *path, enum build build, uint64_t memory_limit, size_t threads) {
    const double started = progress_clock();
    struct guest *guest = path ? open_one(path, true, memory_limit, threads) : open_ours(build, memory_limit, threads);
    if (!guest)
        fail(EXIT_LIMIT, "%s: it needs a shared memory, and there is none to be had (ulimit -v)", shown(path));
    guest->open_ms = progress_clock() - started;
    return guest;
}

struct guest *module_open_template(uint64_t memory_limit, const uint8_t **bytes, size_t *size) {
    const char *path = builds_need_template();
    wasm_engine_t *engine = new_engine(false, false);
    wasmtime_module_t *module = code_of_file(engine, path, (size_t)memory_limit, false);
    *bytes = file_read(path, (size_t)memory_limit, size);
    struct guest *guest = sandbox_new(shown(path), engine, module, memory_limit, NULL, CODE_TEMPLATE);
    guest->file = path;
    wasmtime_module_delete(module);
    return guest;
}

struct guest *module_open_generated(const struct guest *ours) {
    const char *slash = strrchr(ours->file, '/');
    const char *path = text_of("%.*s%s", slash ? (int)(slash - ours->file) + 1 : 0, ours->file, GENERATED_NAME);
    return access(path, F_OK) == 0 ? open_one(path, false, ours->memory_limit, 1) : NULL;
}
