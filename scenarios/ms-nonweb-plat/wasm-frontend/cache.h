/* cache.h - compiled code between runs, in our own directory only. */
#ifndef CACHE_H
#define CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <wasmtime.h>

/* The compiled form of these wasm bytes from an earlier run, or NULL. */
wasmtime_module_t *cache_load(wasm_engine_t *engine, const uint8_t *wasm, size_t bytes, bool interruptible);

/* Keep the compiled form for later runs. Without a home directory, or where it cannot be written, nothing happens. */
void cache_store(const wasmtime_module_t *module, const uint8_t *wasm, size_t bytes, bool interruptible);

#endif
