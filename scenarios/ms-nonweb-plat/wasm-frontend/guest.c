/* Runs a module's functions and reads its memory, believing nothing: pointers are checked in 64 bits against the memory's
 * size after each call, strings and tables are bounded, traps become exit codes. */
#include "guest.h"

#include <string.h>

#include "array.h"
#include "fail.h"
#include "msw.h"
#include "process.h"
#include "threads.h"
#include "utf8.h"

#define MAX_STRING 4096
#define MAX_TABLE_ELEMENTS 100000

const struct guest_contract guest_contract[EXPORT_COUNT] = {
#define EXPORT(name, parameters, result) {#name, parameters, result},
#include "contract.def"
#include "contract_threads.def"
#undef EXPORT
};

/* wasmtime's own texts span lines and hold a backtrace. */
static const char *trap_text(wasmtime_trap_code_t code) {
    switch (code) {
    case WASMTIME_TRAP_CODE_STACK_OVERFLOW: return "call stack exhausted";
    case WASMTIME_TRAP_CODE_MEMORY_OUT_OF_BOUNDS:
        return "out of bounds memory access (a wrong address, or its C stack overflowed)";
    case WASMTIME_TRAP_CODE_TABLE_OUT_OF_BOUNDS: return "out of bounds table access";
    case WASMTIME_TRAP_CODE_INDIRECT_CALL_TO_NULL: return "indirect call to null";
    case WASMTIME_TRAP_CODE_BAD_SIGNATURE: return "indirect call with the wrong signature";
    case WASMTIME_TRAP_CODE_INTEGER_OVERFLOW: return "integer overflow";
    case WASMTIME_TRAP_CODE_INTEGER_DIVISION_BY_ZERO: return "integer divided by zero";
    case WASMTIME_TRAP_CODE_BAD_CONVERSION_TO_INTEGER: return "float that no integer can hold";
    case WASMTIME_TRAP_CODE_UNREACHABLE_CODE_REACHED: return "unreachable code reached";
    default: return NULL;
    }
}

static _Noreturn void fail_trapped(const struct guest *guest, wasm_trap_t *trap, const char *where) {
    wasmtime_trap_code_t code = 0;
    const char *text = wasmtime_trap_code(trap, &code) ? trap_text(code) : NULL;
    bool interrupted = !text && code == WASMTIME_TRAP_CODE_INTERRUPT;
    wasm_message_t message;
    wasm_trap_message(trap, &message);
    text = text ? text : text_of("%s", message.data);
    wasm_byte_vec_delete(&message);
    wasm_trap_delete(trap);
    if (interrupted)
        process_fail_timed_out();
    fail(EXIT_TRAPPED, "%s: the module trapped in %s: %s", guest->path, where, text);
}

/* "what\n\nCaused by:\n    why\n" as "what: why". */
static const char *one_line(char *text) {
    char *line, *rest = text;
    const char *joined = NULL;
    while ((line = strsep(&rest, "\n")) != NULL) {
        line += strspn(line, " ");
        if (line[0] != '\0' && strcmp(line, "Caused by:") != 0)
            joined = joined ? text_of("%s: %s", joined, line) : line;
    }
    return joined ? joined : "";
}

const char *guest_wasmtime_text(wasmtime_error_t *error) {
    wasm_name_t message;
    wasmtime_error_message(error, &message);
    char *text = text_of("%.*s", (int)message.size, message.data);
    wasm_name_delete(&message);
    wasmtime_error_delete(error);
    return one_line(text);
}

uint32_t guest_call(struct guest *guest, enum guest_export export, uint64_t a, uint64_t b, uint64_t c, uint64_t d) {
    process_check_deadline();
    const uint64_t given[] = {a, b, c, d};
    const struct guest_contract *contract = &guest_contract[export];
    wasmtime_val_raw_t values[4] = {0};
    for (size_t i = 0; contract->parameters[i] != '\0'; i++)
        if (contract->parameters[i] == 'I')
            values[i].i64 = (int64_t)given[i];
        else
            values[i].i32 = (int32_t)(uint32_t)given[i];
    wasm_trap_t *trap = NULL;
    wasmtime_error_t *error = wasmtime_func_call_unchecked(guest->context, &guest->functions[export], values, 4, &trap);
    if (error)
        fail(EXIT_INPUT, "%s: %s: %s", guest->path, contract->name, guest_wasmtime_text(error));
    if (trap)
        fail_trapped(guest, trap, contract->name);
    return (uint32_t)values[0].i32;
}

uint64_t guest_memory_bytes(struct guest *guest) {
    return guest->shared ? wasmtime_sharedmemory_data_size(guest->shared)
                         : wasmtime_memory_data_size(guest->context, &guest->memory);
}

uint8_t *guest_bytes(struct guest *guest, uint32_t pointer, uint64_t bytes, enum guest_export export) {
    uint64_t size = guest_memory_bytes(guest);
    if (pointer > size || bytes > size - pointer)
        fail(EXIT_INPUT, "%s: %s gave %llu bytes at %u, expected them inside the memory of %llu bytes", guest->path,
             guest_contract[export].name, (unsigned long long)bytes, pointer, (unsigned long long)size);
    uint8_t *memory = guest->shared ? wasmtime_sharedmemory_data(guest->shared)
                                    : wasmtime_memory_data(guest->context, &guest->memory);
    return memory + pointer;
}

uint32_t guest_u32(struct guest *guest, uint32_t pointer, enum guest_export export) {
    uint32_t value;
    memcpy(&value, guest_bytes(guest, pointer, sizeof value, export), sizeof value);
    return value;
}

uint64_t guest_u64(struct guest *guest, uint32_t pointer, enum guest_export export) {
    uint64_t value;
    memcpy(&value, guest_bytes(guest, pointer, sizeof value, export), sizeof value);
    return value;
}

const char *guest_string(struct guest *guest, uint32_t pointer, enum guest_export export) {
    if (pointer == 0)
        return NULL;
    const uint8_t *start = guest_bytes(guest, pointer, 0, export);
    uint64_t left = guest_memory_bytes(guest) - pointer;
    const uint8_t *end = memchr(start, '\0', left < MAX_STRING ? (size_t)left : MAX_STRING);
    if (!end)
        fail(EXIT_INPUT, "%s: %s gave a string at %u without an end, expected at most %d bytes", guest->path,
             guest_contract[export].name, pointer, MAX_STRING);
    char *text = need((size_t)(end - start) + 1);
    memcpy(text, start, (size_t)(end - start));
    utf8_make_printable(text);
    return text;
}

const char *guest_error_text(struct guest *guest, uint32_t *status) {
    uint32_t error = guest_call(guest, CALL_msw_error, 0, 0, 0, 0);
    guest_bytes(guest, error, 24, CALL_msw_error);
    *status = guest_u32(guest, error, CALL_msw_error);
    return guest_string(guest, guest_u32(guest, error + 16U, CALL_msw_error), CALL_msw_error);
}

void guest_fail(struct guest *guest, const char *place, enum guest_export from) {
    uint32_t status;
    const char *text = guest_error_text(guest, &status);
    if (status < MSW_USAGE || status > MSW_LOST || !text)
        fail(EXIT_INPUT, "%s: %s failed, but msw_error has status %u, expected a reason", guest->path,
             guest_contract[from].name, status);
    /* The module's numbers 2 to 4 are exit codes; what it does not support is input that we cannot take. */
    const char *option = "";
    if (status == MSW_LIMIT && strstr(text, "out of memory"))
        option = text_of(", beside %llu (--memory-limit %llu)", (unsigned long long)guest_memory_bytes(guest),
                         (unsigned long long)(guest->memory_limit >> 20));
    enum exit_code code = status == MSW_UNSUPPORTED ? EXIT_INPUT
                          : status == MSW_LOST      ? EXIT_OURS
                                                    : (enum exit_code)status;
    fail(code, "%s%s%s%s", place, place[0] ? ": " : "", text, option);
}

uint32_t guest_need(struct guest *guest, const char *place, enum guest_export export, uint64_t a, uint64_t b,
                    uint64_t c, uint64_t d) {
    uint32_t pointer = guest_call(guest, export, a, b, c, d);
    if (pointer == 0)
        guest_fail(guest, place, export);
    return pointer;
}

uint32_t guest_put(struct guest *guest, const void *from, size_t bytes) {
    if (bytes > UINT32_MAX)
        fail(EXIT_LIMIT, "%zu bytes for the module, expected at most 4 GiB", bytes);
    uint32_t pointer = guest_call(guest, CALL_msw_alloc, bytes, 0, 0, 0);
    if (pointer == 0)
        fail(EXIT_LIMIT, "%s: no memory for %zu bytes (--memory-limit)", guest->path, bytes);
    uint8_t *to = guest_bytes(guest, pointer, bytes, CALL_msw_alloc);
    if (from)
        memcpy(to, from, bytes);
    return pointer;
}

/* A memory is 4 GiB of addresses, whatever is used of it: checks of bounds are then left to the processor. */
static _Noreturn void fail_instantiating(const struct guest *guest, const char *text) {
    if (strstr(text, "mmap"))
        fail(EXIT_LIMIT, "%s: no room for the 4 GiB of addresses that a module's memory is laid out in (ulimit -v): %s",
             guest->path, text);
    fail(strstr(text, "exceeds") ? EXIT_LIMIT : EXIT_INPUT, "%s: %s (--memory-limit)", guest->path, text);
}

static void instantiate(struct guest *guest, wasmtime_module_t *module) {
    wasmtime_instance_t instance;
    wasm_trap_t *trap = NULL;
    const wasmtime_extern_t memory = {.kind = WASMTIME_EXTERN_SHAREDMEMORY, .of.sharedmemory = guest->shared};
    wasmtime_error_t *error =
        wasmtime_instance_new(guest->context, module, &memory, guest->shared ? 1 : 0, &instance, &trap);
    if (trap)
        fail_trapped(guest, trap, "its start function");
    if (error)
        fail_instantiating(guest, guest_wasmtime_text(error));
    wasmtime_extern_t item;
    for (size_t i = 0; i < (guest->shared ? EXPORT_COUNT : COMMON_EXPORT_COUNT); i++) {
        const char *name = guest_contract[i].name;
        wasmtime_instance_export_get(guest->context, &instance, name, strlen(name), &item);
        guest->functions[i] = item.of.func;
    }
    if (!guest->shared) {
        wasmtime_instance_export_get(guest->context, &instance, "memory", strlen("memory"), &item);
        guest->memory = item.of.memory;
    }
    if (!wasmtime_instance_export_get(guest->context, &instance, "_initialize", strlen("_initialize"), &item))
        return;
    error = wasmtime_func_call_unchecked(guest->context, &item.of.func, NULL, 0, &trap);
    if (trap)
        fail_trapped(guest, trap, "_initialize");
    if (error)
        fail(EXIT_INPUT, "%s: _initialize: %s", guest->path, guest_wasmtime_text(error));
}

static void read_dtypes(struct guest *guest) {
    const enum guest_export from = CALL_msw_dtype_at;
    uint32_t row;
    while ((row = guest_call(guest, from, guest->dtype_count, 0, 0, 0)) != 0) {
        struct dtype *dtype = &guest->dtypes[guest->dtype_count++];
        guest_bytes(guest, row, 20, from);
        *dtype = (struct dtype){
            .id = (int32_t)guest_u32(guest, row, from),
            .number = (char)guest_u32(guest, row + 4U, from),
            .bytes = guest_u32(guest, row + 8U, from),
            .name = guest_string(guest, guest_u32(guest, row + 12U, from), from),
            .tag = guest_string(guest, guest_u32(guest, row + 16U, from), from),
        };
        if (!dtype->name || !array_is_type(dtype->number, dtype->bytes))
            fail(EXIT_INPUT, "%s: row %zu of its data types is unknown here, expected a float, an integer or bool",
                 guest->path, guest->dtype_count - 1);
        if (!dtype->tag)
            dtype->tag = utf8_capitals(dtype->name);
        if (guest->dtype_count == GUEST_MAX_DTYPES)
            break;
    }
}

wasmtime_store_t *guest_new_store(wasm_engine_t *engine, uint64_t memory_limit, bool interruptible) {
    wasmtime_store_t *store = wasmtime_store_new(engine, NULL, NULL);
    wasmtime_store_limiter(store, (int64_t)memory_limit, MAX_TABLE_ELEMENTS, 1, 4, 1);
    if (interruptible)
        wasmtime_context_set_epoch_deadline(wasmtime_store_context(store), 1);
    return store;
}

struct guest *guest_new(const char *path, wasm_engine_t *engine, wasmtime_module_t *module, uint64_t memory_limit,
                        wasmtime_sharedmemory_t *shared, bool stranger) {
    struct guest *guest = need(sizeof *guest);
    *guest = (struct guest){.path = path,
                            .engine = engine,
                            .store = guest_new_store(engine, memory_limit, stranger),
                            .shared = shared,
                            .memory_limit = memory_limit,
                            .interruptible = stranger};
    guest->context = wasmtime_store_context(guest->store);
    if (stranger)
        process_interrupt(engine);
    instantiate(guest, module);
    uint32_t version = guest_call(guest, CALL_msw_abi_version, 0, 0, 0, 0);
    if (version != MSW_ABI_VERSION)
        fail(EXIT_INPUT, "%s: its ABI version is %u, expected %d", path, version, MSW_ABI_VERSION);
    guest_call(guest, CALL_msw_tune, MSW_ENGINE_CRANELIFT, 0, 0, 0);
    guest->kind = guest_call(guest, CALL_msw_module_kind, 0, 0, 0, 0);
    if (guest->kind < MSW_KIND_LIBRARY || guest->kind > MSW_KIND_MODEL)
        fail(EXIT_INPUT, "%s: its kind is %u, expected 1 (library), 2 (operators) or 3 (one model)", path, guest->kind);
    read_dtypes(guest);
    return guest;
}

void guest_free(struct guest *guest) {
    if (!threads_end(guest))
        return; /* it still uses them */
    if (guest->shared)
        wasmtime_sharedmemory_delete(guest->shared);
    wasmtime_store_delete(guest->store);
    wasm_engine_delete(guest->engine);
}
