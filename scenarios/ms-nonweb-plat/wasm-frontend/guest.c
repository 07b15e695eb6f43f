/* Reads what a module answers, believing nothing: pointers are checked in 64 bits against the memory's size after each call, strings and
 * tables are bounded. */
#include "guest.h"

#include <string.h>

#include "array.h"
#include "fail.h"
#include "msw.h"
#include "utf8.h"

#define MAX_STRING 4096

const struct guest_contract guest_contract[EXPORT_COUNT] = {
#define EXPORT(name, parameters, result) {#name, parameters, result},
#include "contract.def"
#include "contract_threads.def"
#undef EXPORT
};

uint8_t *guest_bytes(struct guest *guest, uint32_t pointer, uint64_t bytes, enum guest_export export) {
    uint64_t size = guest_memory_bytes(guest);
    if (pointer > size || bytes > size - pointer)
        fail(EXIT_INPUT, "%s: %s gave %llu bytes at %u, expected them inside the memory of %llu bytes", guest->path,
             guest_contract[export].name, (unsigned long long)bytes, pointer, (unsigned long long)size);
    return guest_memory(guest) + pointer;
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

void guest_greet(struct guest *guest) {
    uint32_t version = guest_call(guest, CALL_msw_abi_version, 0, 0, 0, 0);
    if (version != MSW_ABI_VERSION)
        fail(EXIT_INPUT, "%s: its ABI version is %u, expected %d", guest->path, version, MSW_ABI_VERSION);
    guest_call(guest, CALL_msw_tune, MSW_ENGINE_CRANELIFT, 0, 0, 0);
    guest->kind = guest_call(guest, CALL_msw_module_kind, 0, 0, 0, 0);
    if (guest->kind < MSW_KIND_LIBRARY || guest->kind > MSW_KIND_MODEL)
        fail(EXIT_INPUT, "%s: its kind is %u, expected 1 (library), 2 (operators) or 3 (one model)", guest->path,
             guest->kind);
    read_dtypes(guest);
}
