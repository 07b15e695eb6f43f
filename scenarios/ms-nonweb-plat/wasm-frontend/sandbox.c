/* Runs a module's functions in wasmtime: traps become exit codes, memory and time have their limits. */
#include "sandbox.h"

#include <string.h>

#include "fail.h"
#include "process.h"
#include "threads.h"

#define MAX_TABLE_ELEMENTS 100000

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

const char *sandbox_text(wasmtime_error_t *error) {
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
    wasmtime_error_t *error =
        wasmtime_func_call_unchecked(guest->sandbox->context, &guest->sandbox->functions[export], values, 4, &trap);
    if (error)
        fail(EXIT_INPUT, "%s: %s: %s", guest->path, contract->name, sandbox_text(error));
    if (trap)
        fail_trapped(guest, trap, contract->name);
    return (uint32_t)values[0].i32;
}

uint32_t sandbox_call(struct guest *guest, const char *name, uint32_t a, uint32_t b) {
    struct sandbox *sandbox = guest->sandbox;
    wasmtime_extern_t item;
    if (!wasmtime_instance_export_get(sandbox->context, &sandbox->instance, name, strlen(name), &item) ||
        item.kind != WASMTIME_EXTERN_FUNC)
        fail(EXIT_INPUT, "%s: export '%s' missing, expected the template of this version (make build)", guest->path,
             name);
    wasmtime_val_raw_t values[2] = {{.i32 = (int32_t)a}, {.i32 = (int32_t)b}};
    wasm_trap_t *trap = NULL;
    wasmtime_error_t *error = wasmtime_func_call_unchecked(sandbox->context, &item.of.func, values, 2, &trap);
    if (error)
        fail(EXIT_INPUT, "%s: %s: %s", guest->path, name, sandbox_text(error));
    if (trap)
        fail_trapped(guest, trap, name);
    return (uint32_t)values[0].i32;
}

uint64_t guest_memory_bytes(struct guest *guest) {
    struct sandbox *sandbox = guest->sandbox;
    return sandbox->shared ? wasmtime_sharedmemory_data_size(sandbox->shared)
                           : wasmtime_memory_data_size(sandbox->context, &sandbox->memory);
}

uint8_t *guest_memory(struct guest *guest) {
    struct sandbox *sandbox = guest->sandbox;
    return sandbox->shared ? wasmtime_sharedmemory_data(sandbox->shared)
                           : wasmtime_memory_data(sandbox->context, &sandbox->memory);
}

/* A memory is 4 GiB of addresses, whatever is used of it: checks of bounds are then left to the processor. */
static _Noreturn void fail_instantiating(const struct guest *guest, const char *text) {
    if (strstr(text, "mmap"))
        fail(EXIT_LIMIT, "%s: no room for the 4 GiB of addresses that a module's memory is laid out in (ulimit -v): %s",
             guest->path, text);
    fail(strstr(text, "exceeds") ? EXIT_LIMIT : EXIT_INPUT, "%s: %s (--memory-limit)", guest->path, text);
}

/* What the template of compiled modules imports is for a face that a new module may have: nothing calls it here. */
static wasmtime_error_t *instantiate_template(struct sandbox *sandbox, wasmtime_module_t *module, wasm_trap_t **trap) {
    wasmtime_linker_t *linker = wasmtime_linker_new(sandbox->engine);
    wasmtime_error_t *error = wasmtime_linker_define_unknown_imports_as_traps(linker, module);
    if (!error)
        error = wasmtime_linker_instantiate(linker, sandbox->context, module, &sandbox->instance, trap);
    wasmtime_linker_delete(linker);
    return error;
}

static wasmtime_error_t *new_instance(struct sandbox *sandbox, wasmtime_module_t *module, wasm_trap_t **trap) {
    if (sandbox->code == CODE_TEMPLATE)
        return instantiate_template(sandbox, module, trap);
    const wasmtime_extern_t memory = {.kind = WASMTIME_EXTERN_SHAREDMEMORY, .of.sharedmemory = sandbox->shared};
    return wasmtime_instance_new(sandbox->context, module, &memory, sandbox->shared ? 1 : 0, &sandbox->instance, trap);
}

static void instantiate(struct guest *guest, wasmtime_module_t *module) {
    struct sandbox *sandbox = guest->sandbox;
    wasm_trap_t *trap = NULL;
    wasmtime_error_t *error = new_instance(sandbox, module, &trap);
    if (trap)
        fail_trapped(guest, trap, "its start function");
    if (error)
        fail_instantiating(guest, sandbox_text(error));
    wasmtime_extern_t item;
    for (size_t i = 0; i < (sandbox->shared ? EXPORT_COUNT : COMMON_EXPORT_COUNT); i++) {
        const char *name = guest_contract[i].name;
        wasmtime_instance_export_get(sandbox->context, &sandbox->instance, name, strlen(name), &item);
        sandbox->functions[i] = item.of.func;
    }
    if (!sandbox->shared) {
        wasmtime_instance_export_get(sandbox->context, &sandbox->instance, "memory", strlen("memory"), &item);
        sandbox->memory = item.of.memory;
    }
    if (!wasmtime_instance_export_get(sandbox->context, &sandbox->instance, "_initialize", strlen("_initialize"),
                                      &item))
        return;
    error = wasmtime_func_call_unchecked(sandbox->context, &item.of.func, NULL, 0, &trap);
    if (trap)
        fail_trapped(guest, trap, "_initialize");
    if (error)
        fail(EXIT_INPUT, "%s: _initialize: %s", guest->path, sandbox_text(error));
}

static void limit(wasmtime_store_t *store, uint64_t memory_bytes) {
    wasmtime_store_limiter(store, (int64_t)memory_bytes, MAX_TABLE_ELEMENTS, 1, 4, 1);
}

void sandbox_limit_memory(struct guest *guest, uint64_t bytes) {
    limit(guest->sandbox->store, bytes);
}

wasmtime_store_t *sandbox_new_store(wasm_engine_t *engine, uint64_t memory_limit, bool interruptible) {
    wasmtime_store_t *store = wasmtime_store_new(engine, NULL, NULL);
    limit(store, memory_limit);
    if (interruptible)
        wasmtime_context_set_epoch_deadline(wasmtime_store_context(store), 1);
    return store;
}

struct guest *sandbox_new(const char *path, wasm_engine_t *engine, wasmtime_module_t *module, uint64_t memory_limit,
                          wasmtime_sharedmemory_t *shared, enum sandbox_code code) {
    struct sandbox *sandbox = need(sizeof *sandbox);
    struct guest *guest = need(sizeof *guest);
    *guest = (struct guest){.path = path, .sandbox = sandbox, .memory_limit = memory_limit};
    *sandbox = (struct sandbox){.engine = engine,
                                .store = sandbox_new_store(engine, memory_limit, code == CODE_STRANGERS),
                                .shared = shared,
                                .code = code};
    sandbox->context = wasmtime_store_context(sandbox->store);
    if (code == CODE_STRANGERS)
        process_interrupt(engine);
    instantiate(guest, module);
    guest_greet(guest);
    return guest;
}

void guest_free(struct guest *guest) {
    struct sandbox *sandbox = guest->sandbox;
    if (!threads_end(guest))
        return; /* it still uses them */
    if (sandbox->shared)
        wasmtime_sharedmemory_delete(sandbox->shared);
    wasmtime_store_delete(sandbox->store);
    wasm_engine_delete(sandbox->engine);
}
