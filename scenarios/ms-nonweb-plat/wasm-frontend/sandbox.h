/* sandbox.h - a module in wasmtime. */
#ifndef SANDBOX_H
#define SANDBOX_H

#include <wasmtime.h>

#include "guest.h"

/* Whose code it is. */
enum sandbox_code {
    CODE_OURS,
    CODE_STRANGERS, /* can be interrupted */
    CODE_TEMPLATE,  /* ours; what it imports traps */
};

struct sandbox {
    wasm_engine_t *engine;
    wasmtime_store_t *store;
    wasmtime_context_t *context;
    wasmtime_memory_t memory;
    wasmtime_sharedmemory_t *shared; /* the memory of a module with threads, else NULL */
    enum sandbox_code code;
    wasmtime_instance_t instance;
    wasmtime_func_t functions[EXPORT_COUNT];
};

/* Instantiate a checked module under the limits, check its ABI version and read its tables. Ends the program where that fails.
 *   shared  the memory that it imports, or NULL */
struct guest *sandbox_new(const char *path, wasm_engine_t *engine, wasmtime_module_t *module, uint64_t memory_limit,
                          wasmtime_sharedmemory_t *shared, enum sandbox_code code);

/* A store under the limits for one instance. */
wasmtime_store_t *sandbox_new_store(wasm_engine_t *engine, uint64_t memory_limit, bool interruptible);

/* Call a function that only the template of compiled modules exports. */
uint32_t sandbox_call(struct guest *guest, const char *name, uint32_t a, uint32_t b);

/* From now on the memory may grow to so many bytes. */
void sandbox_limit_memory(struct guest *guest, uint64_t bytes);

/* What an error of wasmtime says; the error is deleted. */
const char *sandbox_text(wasmtime_error_t *error);

#endif
