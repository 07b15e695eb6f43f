/* sandbox.h - a module in wasmtime. */
#ifndef SANDBOX_H
#define SANDBOX_H

#include <wasmtime.h>

#include "guest.h"

struct sandbox {
    wasm_engine_t *engine;
    wasmtime_store_t *store;
    wasmtime_context_t *context;
    wasmtime_memory_t memory;
    wasmtime_sharedmemory_t *shared; /* the memory of a module with threads, else NULL */
    bool interruptible;
    wasmtime_func_t functions[EXPORT_COUNT];
};

/* Instantiate a checked module under the limits, check its ABI version and read its tables. Ends the program where that fails.
 *   shared    the memory that it imports, or NULL
 *   stranger  its code can be interrupted */
struct guest *sandbox_new(const char *path, wasm_engine_t *engine, wasmtime_module_t *module, uint64_t memory_limit,
                          wasmtime_sharedmemory_t *shared, bool stranger);

/* A store under the limits for one instance. */
wasmtime_store_t *sandbox_new_store(wasm_engine_t *engine, uint64_t memory_limit, bool interruptible);

/* What an error of wasmtime says; the error is deleted. */
const char *sandbox_text(wasmtime_error_t *error);

#endif
