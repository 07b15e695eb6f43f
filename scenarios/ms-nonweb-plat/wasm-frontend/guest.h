/* guest.h - a module in its sandbox: calls into it and checked access to its memory. Nothing that it answers is trusted. */
#ifndef GUEST_H
#define GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <wasmtime.h>

enum guest_export {
#define EXPORT(name, parameters, result) CALL_##name,
#include "contract.def"
#include "contract_threads.def"
#undef EXPORT
    EXPORT_COUNT
};

/* Which all modules have. */
enum { COMMON_EXPORT_COUNT = CALL_msw_thread_new };

struct guest_contract {
    const char *name, *parameters, *result;
};

extern const struct guest_contract guest_contract[EXPORT_COUNT];

/* A row of the module's table of data types.
 *   number  'f' 'i' 'u' 'b'
 *   tag     as the 2020 command line calls it: the row's label, or its name in capitals */
struct dtype {
    int32_t id;
    char number;
    size_t bytes;
    const char *name;
    const char *tag;
};

#define GUEST_MAX_DTYPES 64

/* path: as messages show it; file: as it is. */
struct guest {
    const char *path, *file;
    wasm_engine_t *engine;
    wasmtime_store_t *store;
    wasmtime_context_t *context;
    wasmtime_memory_t memory;
    wasmtime_sharedmemory_t *shared; /* the memory of a module with threads, else NULL */
    struct threads *threads;         /* that were started (threads.h) */
    uint64_t memory_limit;
    bool interruptible;
    wasmtime_func_t functions[EXPORT_COUNT];
    uint32_t kind;
    double open_ms; /* what it took to come this far */
    size_t dtype_count;
    struct dtype dtypes[GUEST_MAX_DTYPES];
};

/* Instantiate a checked module under the limits, check its ABI version and read its tables. Ends the program where that fails.
 *   shared    the memory that it imports, or NULL
 *   stranger  its code can be interrupted */
struct guest *guest_new(const char *path, wasm_engine_t *engine, wasmtime_module_t *module, uint64_t memory_limit,
                        wasmtime_sharedmemory_t *shared, bool stranger);
void guest_free(struct guest *guest);

/* A store under the limits for one instance. */
wasmtime_store_t *guest_new_store(wasm_engine_t *engine, uint64_t memory_limit, bool interruptible);

/* Call an export; arguments that it does not have are ignored. A trap ends the program with exit 5, the deadline with exit 4. */
uint32_t guest_call(struct guest *guest, enum guest_export export, uint64_t a, uint64_t b, uint64_t c, uint64_t d);

/* The same for a function that answers with a pointer or a status; its failure ends the program with the module's own message
 * behind `place`. */
uint32_t guest_need(struct guest *guest, const char *place, enum guest_export export, uint64_t a, uint64_t b,
                    uint64_t c, uint64_t d);

/* What msw_error says, or NULL. */
const char *guest_error_text(struct guest *guest, uint32_t *status);

/* End the program with it. */
_Noreturn void guest_fail(struct guest *guest, const char *place, enum guest_export from);

/* What an error of wasmtime says; the error is deleted. */
const char *guest_wasmtime_text(wasmtime_error_t *error);

/* `bytes` bytes of the module's memory, valid until the next call. `export` is the function that gave the pointer. */
uint8_t *guest_bytes(struct guest *guest, uint32_t pointer, uint64_t bytes, enum guest_export export);
/* Size of the module's memory. */
uint64_t guest_memory_bytes(struct guest *guest);

uint32_t guest_u32(struct guest *guest, uint32_t pointer, enum guest_export export);
uint64_t guest_u64(struct guest *guest, uint32_t pointer, enum guest_export export);

/* A copy of a string that ends in NUL; 0 gives NULL. What is not printable UTF-8 is replaced by '?'. */
const char *guest_string(struct guest *guest, uint32_t pointer, enum guest_export export);

/* Allocate in the module and copy `bytes` bytes from `from` there (NULL: leave as it is). */
uint32_t guest_put(struct guest *guest, const void *from, size_t bytes);

#endif
