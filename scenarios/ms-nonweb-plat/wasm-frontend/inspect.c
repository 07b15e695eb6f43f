/* Tells a module that can be run from all else, by its bytes and by its interface, with a message for each way to be wrong. */
#include "inspect.h"

#include <string.h>

#include "fail.h"
#include "guest.h"

#define LARGEST_FUNCTION (256U * 1024)
#define LARGEST_CODE (16U * 1024 * 1024)
#define CODE_SECTION 10
#define PAGE 65536U

bool inspect_is_wasm(const uint8_t *bytes, size_t size) {
    return size >= 4 && memcmp(bytes, "\0asm", 4) == 0;
}

static const char *looks_like(const uint8_t *bytes, size_t size) {
    if (size == 0)
        return "empty";
    if (size >= 4 && memcmp(bytes, "\177ELF", 4) == 0)
        return "native code (ELF: a program, or a .cwasm, which could do anything)";
    for (size_t i = 0; i < size && i < 64; i++)
        if (bytes[i] >= 0x7f || (bytes[i] < 0x20 && !strchr("\t\n\r", bytes[i])))
            return "unknown binary data";
    return "text";
}

/* LEB128 of 32 bits; false: it does not end in time. */
static bool read_u32(const uint8_t **at, const uint8_t *end, uint32_t *value) {
    *value = 0;
    for (unsigned shift = 0; shift < 35 && *at < end; shift += 7) {
        uint8_t byte = *(*at)++;
        *value |= (uint32_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return true;
    }
    return false;
}

bool inspect_section(const uint8_t **at, const uint8_t *end, struct inspect_section *section) {
    const uint8_t *start = *at;
    uint32_t length;
    if (*at == end)
        return false;
    const uint8_t id = *(*at)++;
    if (!read_u32(at, end, &length) || length > (size_t)(end - *at))
        return false;
    *section = (struct inspect_section){.id = id, .start = start, .content = *at, .bytes = length};
    *at += length;
    return true;
}

static void limit_functions(const char *path, const uint8_t *start, const uint8_t *at, const uint8_t *end) {
    uint32_t count, bytes;
    if ((size_t)(end - at) > LARGEST_CODE)
        fail(EXIT_LIMIT, "%s: its code is %zu bytes, expected at most %u", path, (size_t)(end - at), LARGEST_CODE);
    if (!read_u32(&at, end, &count))
        return; /* the compiler says what is wrong */
    for (uint32_t i = 0; i < count && read_u32(&at, end, &bytes) && bytes <= (size_t)(end - at); i++, at += bytes)
        if (bytes > LARGEST_FUNCTION)
            fail(EXIT_LIMIT, "%s: byte %zu: function %u of the code is %u bytes, expected at most %u", path,
                 (size_t)(at - start), i, bytes, LARGEST_FUNCTION);
}

void inspect_binary(const char *path, const uint8_t *bytes, size_t size) {
    static const uint8_t core[] = {1, 0, 0, 0}, component[] = {0x0d, 0, 1, 0};
    if (!inspect_is_wasm(bytes, size))
        fail(EXIT_INPUT, "%s: not a wasm module: %s, expected WebAssembly (.wasm)", path, looks_like(bytes, size));
    if (size >= 8 && memcmp(bytes + 4, component, 4) == 0)
        fail(EXIT_INPUT, "%s: not a wasm module: a component, expected a core module", path);
    if (size < 8 || memcmp(bytes + 4, core, 4) != 0)
        fail(EXIT_INPUT, "%s: not a wasm module: not version 1 of the binary format, expected a core module", path);
    const uint8_t *at = bytes + 8, *end = bytes + size;
    struct inspect_section section;
    while (at < end) {
        const uint8_t *start = at;
        if (!inspect_section(&at, end, &section))
            fail(EXIT_INPUT, "%s: not a wasm module: section at byte %zu ends beyond the file of %zu bytes, truncated?",
                 path, (size_t)(start - bytes), size);
        if (section.id == CODE_SECTION)
            limit_functions(path, bytes, section.content, section.content + section.bytes);
    }
}

static bool same(const wasm_name_t *name, const char *text) {
    return name->size == strlen(text) && memcmp(name->data, text, name->size) == 0;
}

static const wasm_externtype_t *find_export(const wasm_exporttype_vec_t *exports, const char *name) {
    for (size_t i = 0; i < exports->size; i++)
        if (same(wasm_exporttype_name(exports->data[i]), name))
            return wasm_exporttype_type(exports->data[i]);
    return NULL;
}

/* The shared memory that a module with threads imports, and nothing else, or NULL. */
static const wasm_memorytype_t *shared_memory(const wasm_importtype_vec_t *imports) {
    if (imports->size != 1 || !same(wasm_importtype_module(imports->data[0]), "env") ||
        !same(wasm_importtype_name(imports->data[0]), "memory"))
        return NULL;
    const wasm_externtype_t *type = wasm_importtype_type(imports->data[0]);
    const wasm_memorytype_t *memory =
        wasm_externtype_kind(type) == WASM_EXTERN_MEMORY ? wasm_externtype_as_memorytype_const(type) : NULL;
    return memory && wasmtime_memorytype_isshared(memory) && !wasmtime_memorytype_is64(memory) ? memory : NULL;
}

/* Whether the module imports its memory; all other imports are refused. */
static bool check_imports(const char *path, const wasmtime_module_t *module, const wasm_exporttype_vec_t *exports,
                          wasm_limits_t *memory) {
    wasm_importtype_vec_t *imports = need(sizeof *imports);
    wasmtime_module_imports(module, imports);
    const wasm_memorytype_t *shared = shared_memory(imports);
    if (shared)
        *memory = *wasm_memorytype_limits(shared);
    if (shared || imports->size == 0) {
        wasm_importtype_vec_delete(imports);
        return shared != NULL;
    }
    const wasm_name_t *from = wasm_importtype_module(imports->data[0]), *name = wasm_importtype_name(imports->data[0]);
    if (find_export(exports, "run") && from->size >= 4 && memcmp(from->data, "wasi", 4) == 0)
        fail(EXIT_INPUT,
             "%s: a module with the interface of 2020 (it exports 'run' and imports WASI), expected one that exports "
             "msw_abi_version and imports nothing (docs/ABI.md)",
             path);
    fail(EXIT_INPUT, "%s: unknown import '%.*s::%.*s', expected a module that imports nothing", path, (int)from->size,
         from->data, (int)name->size, name->data);
}

/* "(i32, i64) -> i32" of a letter list. */
static const char *signature(const char *parameters, const char *result) {
    const char *text = "(";
    for (size_t i = 0; parameters[i] != '\0'; i++)
        text = text_of("%s%s%s", text, i > 0 ? ", " : "", parameters[i] == 'I' ? "i64" : "i32");
    return text_of("%s)%s", text, result[0] ? " -> i32" : "");
}

static bool types_are(const wasm_valtype_vec_t *types, const char *letters) {
    if (types->size != strlen(letters))
        return false;
    for (size_t i = 0; i < types->size; i++)
        if (wasm_valtype_kind(types->data[i]) != (letters[i] == 'I' ? WASM_I64 : WASM_I32))
            return false;
    return true;
}

static void check_function(const char *path, const wasm_externtype_t *type, const char *name, const char *parameters,
                           const char *result) {
    const char *expected = signature(parameters, result);
    if (!type)
        fail(EXIT_INPUT, "%s: export '%s' missing, expected a function %s", path, name, expected);
    if (wasm_externtype_kind(type) != WASM_EXTERN_FUNC)
        fail(EXIT_INPUT, "%s: export '%s' is not a function, expected %s", path, name, expected);
    const wasm_functype_t *function = wasm_externtype_as_functype_const(type);
    if (!types_are(wasm_functype_params(function), parameters) || !types_are(wasm_functype_results(function), result))
        fail(EXIT_INPUT, "%s: export '%s' has the wrong signature, expected %s", path, name, expected);
}

/* One that is shared must be imported: the host makes it, within the limit. */
static void check_memory(const char *path, const wasm_externtype_t *type, bool shared, uint64_t memory_limit) {
    if (!type || wasm_externtype_kind(type) != WASM_EXTERN_MEMORY)
        fail(EXIT_INPUT, "%s: export 'memory' %s, expected a memory", path, type ? "is not a memory" : "missing");
    const wasm_memorytype_t *memory = wasm_externtype_as_memorytype_const(type);
    if (wasmtime_memorytype_isshared(memory) && !shared)
        fail(EXIT_INPUT,
             "%s: export 'memory' is a shared memory of its own, expected one that it imports as env.memory", path);
    uint64_t pages = wasm_memorytype_limits(memory)->min;
    if (pages > memory_limit / PAGE)
        fail(EXIT_LIMIT, "%s: its memory begins with %llu pages of 64 KiB, expected at most %llu (--memory-limit)",
             path, (unsigned long long)pages, (unsigned long long)(memory_limit / PAGE));
}

bool inspect_interface(const char *path, const wasmtime_module_t *module, uint64_t memory_limit,
                       wasm_limits_t *memory) {
    wasm_exporttype_vec_t *exports = need(sizeof *exports);
    wasmtime_module_exports(module, exports);
    const bool threads = check_imports(path, module, exports, memory);
    for (size_t i = 0; i < (threads ? EXPORT_COUNT : COMMON_EXPORT_COUNT); i++)
        check_function(path, find_export(exports, guest_contract[i].name), guest_contract[i].name,
                       guest_contract[i].parameters, guest_contract[i].result);
    check_memory(path, find_export(exports, "memory"), threads, memory_limit);
    const wasm_externtype_t *initialize = find_export(exports, "_initialize");
    if (initialize)
        check_function(path, initialize, "_initialize", "", "");
    wasm_exporttype_vec_delete(exports);
    return threads;
}
