/* guest.h - a module as the commands see it: calls into it and checked access to its memory. Nothing that it answers is trusted. */
#ifndef GUEST_H
#define GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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

struct sandbox;
struct threads;

/* path: as messages show it; file: as it is. */
struct guest {
    const char *path, *file;
    struct sandbox *sandbox; /* what holds it (sandbox.h) */
    struct threads *threads; /* that were started (threads.h) */
    uint64_t memory_limit;
    uint32_t kind;
    double open_ms; /* what it took to come this far */
    size_t dtype_count;
    struct dtype dtypes[GUEST_MAX_DTYPES];
};

/* These four are done by what holds the module: sandbox.c, or, where the module is a part of the program, bindings/component/command/linked.c. */

/* Call an export; arguments that it does not have are ignored. A trap ends the program with exit 5, the deadline with exit 4. */
uint32_t guest_call(struct guest *guest, enum guest_export export, uint64_t a, uint64_t b, uint64_t c, uint64_t d);

/* The module's memory, valid until the next call, and its size. */
uint8_t *guest_memory(struct guest *guest);
uint64_t guest_memory_bytes(struct guest *guest);

void guest_free(struct guest *guest);

/* Check the ABI version of a module that can be called, and read its tables. Ends the program where that fails. */
void guest_greet(struct guest *guest);

/* The same for a function that answers with a pointer or a status; its failure ends the program with the module's own message
 * behind `place`. */
uint32_t guest_need(struct guest *guest, const char *place, enum guest_export export, uint64_t a, uint64_t b,
                    uint64_t c, uint64_t d);

/* What msw_error says, or NULL. */
const char *guest_error_text(struct guest *guest, uint32_t *status);

/* End the program with it. */
_Noreturn void guest_fail(struct guest *guest, const char *place, enum guest_export from);

/* `bytes` bytes of the module's memory, valid until the next call. `export` is the function that gave the pointer. */
uint8_t *guest_bytes(struct guest *guest, uint32_t pointer, uint64_t bytes, enum guest_export export);

uint32_t guest_u32(struct guest *guest, uint32_t pointer, enum guest_export export);
uint64_t guest_u64(struct guest *guest, uint32_t pointer, enum guest_export export);

/* A copy of a string that ends in NUL; 0 gives NULL. What is not printable UTF-8 is replaced by '?'. */
const char *guest_string(struct guest *guest, uint32_t pointer, enum guest_export export);

/* Allocate in the module and copy `bytes` bytes from `from` there (NULL: leave as it is). */
uint32_t guest_put(struct guest *guest, const void *from, size_t bytes);

#endif
