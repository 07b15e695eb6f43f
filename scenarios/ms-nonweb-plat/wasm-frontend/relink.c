/* Writes the sections of a module of which only a part is left: functions, types and imports get new numbers, slots and addresses keep theirs. Numbers that the
 * linker left room for are written in as few bytes as they take. */
#include "relink.h"

#include <string.h>

#include "fail.h"
#include "reach.h"

enum {
    SECTION_TYPE = 1,
    SECTION_IMPORT = 2,
    SECTION_FUNCTION = 3,
    SECTION_TABLE = 4,
    SECTION_MEMORY = 5,
    SECTION_GLOBAL = 6,
    SECTION_EXPORT = 7,
    SECTION_ELEMENT = 9,
    SECTION_CODE = 10,
    SECTION_DATA = 11,
    OP_I32_CONST = 0x41,
    OP_END = 0x0b,
    FUNCREF = 0x70,
    PAGE_BYTES = 65536,
    GAP = 8,               /* a new segment costs about as many bytes */
    MAX_SEGMENTS = 100000, /* that engines take: V8 and wasmtime both */
};

struct relinking {
    const struct linked *linked;
    struct reach reach;
    uint32_t *new_function, *new_type; /* by the old number */
    uint32_t function_count, import_count, type_count;
    const uint8_t *memory;
    size_t memory_bytes;
    struct wasm_writer *out;
};

static void number(struct relinking *r) {
    const struct linked *linked = r->linked;
    bool *types = need(linked->type_count);
    memcpy(types, r->reach.types, linked->type_count);
    r->new_function = need(linked->function_count * sizeof *r->new_function);
    r->new_type = need(linked->type_count * sizeof *r->new_type);
    for (uint32_t i = 0; i < linked->function_count; i++) {
        if (!r->reach.functions[i])
            continue;
        r->new_function[i] = r->function_count++;
        r->import_count += i < linked->import_count;
        types[linked->function_types[i]] = true;
    }
    for (uint32_t i = 0; i < linked->type_count; i++)
        if (types[i])
            r->new_type[i] = r->type_count++;
        else
            r->new_type[i] = UINT32_MAX;
}

static void write_types(const struct relinking *r) {
    const size_t section = put_section_begin(r->out, SECTION_TYPE);
    put_u32(r->out, r->type_count);
    for (uint32_t i = 0; i < r->linked->type_count; i++)
        if (r->new_type[i] != UINT32_MAX)
            put_bytes(r->out, r->linked->types[i].at, r->linked->types[i].bytes);
    put_sized_end(r->out, section);
}

static void write_imports(const struct relinking *r) {
    if (r->import_count == 0)
        return;
    const size_t section = put_section_begin(r->out, SECTION_IMPORT);
    put_u32(r->out, r->import_count);
    for (uint32_t i = 0; i < r->linked->import_count; i++) {
        if (!r->reach.functions[i])
            continue;
        put_name(r->out, r->linked->imports[i].module);
        put_name(r->out, r->linked->imports[i].name);
        put_byte(r->out, 0);
        put_u32(r->out, r->new_type[r->linked->imports[i].type]);
    }
    put_sized_end(r->out, section);
}

static void write_functions(const struct relinking *r) {
    const size_t section = put_section_begin(r->out, SECTION_FUNCTION);
    put_u32(r->out, r->function_count - r->import_count);
    for (uint32_t i = r->linked->import_count; i < r->linked->function_count; i++)
        if (r->reach.functions[i])
            put_u32(r->out, r->new_type[r->linked->function_types[i]]);
    put_sized_end(r->out, section);
}

/* As large as the last slot needs it. */
static void write_table(const struct relinking *r) {
    uint32_t slots = r->linked->slot_count;
    while (slots > 0 && !r->reach.slots[slots - 1])
        slots--;
    const uint32_t size = slots > 0 ? r->linked->first_slot + slots : 0;
    const size_t section = put_section_begin(r->out, SECTION_TABLE);
    put_u32(r->out, 1);
    put_byte(r->out, FUNCREF);
    put_byte(r->out, 1); /* with a maximum */
    put_u32(r->out, size);
    put_u32(r->out, size);
    put_sized_end(r->out, section);
}

static void write_memory(const struct relinking *r) {
    const size_t section = put_section_begin(r->out, SECTION_MEMORY);
    put_u32(r->out, 1);
    put_byte(r->out, 0);
    put_u32(r->out, (uint32_t)(r->memory_bytes / PAGE_BYTES));
    put_sized_end(r->out, section);
}

/* The stack pointer alone, which stands at the stack's end between calls. */
static void write_globals(const struct relinking *r) {
    const size_t section = put_section_begin(r->out, SECTION_GLOBAL);
    put_bytes(r->out, r->linked->globals.at, r->linked->globals.bytes);
    put_sized_end(r->out, section);
}

static void write_exports(const struct relinking *r, const struct relink_export *exports, uint32_t count) {
    const size_t section = put_section_begin(r->out, SECTION_EXPORT);
    put_u32(r->out, count + 1);
    put_name(r->out, "memory");
    put_byte(r->out, 2);
    put_u32(r->out, 0);
    for (uint32_t i = 0; i < count; i++) {
        put_name(r->out, exports[i].name);
        put_byte(r->out, 0);
        put_u32(r->out, r->new_function[exports[i].function]);
    }
    put_sized_end(r->out, section);
}

/* Slots from `first` on that are reached without a gap. */
static uint32_t run_of_slots(const struct relinking *r, uint32_t first) {
    uint32_t end = first;
    while (end < r->linked->slot_count && r->reach.slots[end])
        end++;
    return end - first;
}

static void write_offset(struct wasm_writer *out, uint32_t offset) {
    put_byte(out, OP_I32_CONST);
    put_s32(out, (int32_t)offset);
    put_byte(out, OP_END);
}

static void write_elements(const struct relinking *r) {
    struct wasm_writer segments = {0};
    uint32_t count = 0;
    for (uint32_t slot = 0, run; slot < r->linked->slot_count; slot += run + 1) {
        run = run_of_slots(r, slot);
        if (run == 0)
            continue;
        count++;
        put_byte(&segments, 0);
        write_offset(&segments, r->linked->first_slot + slot);
        put_u32(&segments, run);
        for (uint32_t i = slot; i < slot + run; i++)
            put_u32(&segments, r->new_function[r->linked->slots[i]]);
    }
    const size_t section = put_section_begin(r->out, SECTION_ELEMENT);
    put_u32(r->out, count);
    put_bytes(r->out, segments.data, segments.bytes);
    put_sized_end(r->out, section);
    writer_free(&segments);
}

/* Bytes of a number that the linker wrote, padded or not. */
static size_t leb_bytes(const uint8_t *at) {
    size_t bytes = 1;
    while (*at++ >= 0x80)
        bytes++;
    return bytes;
}

static void write_number(const struct relinking *r, const struct relocation *relocation) {
    const uint32_t value = linked_value(r->linked, relocation);
    switch (relocation->kind) {
    case RELOCATION_FUNCTION: put_u32(r->out, r->new_function[value]); break;
    case RELOCATION_TYPE: put_u32(r->out, r->new_type[value]); break;
    case RELOCATION_SLOT:
    case RELOCATION_ADDRESS_CONST: put_s32(r->out, (int32_t)value); break;
    default: put_u32(r->out, value); break;
    }
}

/* Copy a body up to each relocation, and the number there as it is now. */
static void write_body(const struct relinking *r, struct span body, uint32_t *next) {
    const struct linked *linked = r->linked;
    const uint8_t *at = body.at, *end = body.at + body.bytes;
    const size_t size = put_sized_begin(r->out);
    for (; *next < linked->code_count && linked->file.at + linked->code[*next].at < end; (*next)++) {
        const uint8_t *place = linked->file.at + linked->code[*next].at;
        if (place < at)
            continue; /* of a function that was left out */
        put_bytes(r->out, at, (size_t)(place - at));
        write_number(r, &linked->code[*next]);
        at = place + leb_bytes(place);
    }
    put_bytes(r->out, at, (size_t)(end - at));
    put_sized_end(r->out, size);
}

static void write_code(const struct relinking *r) {
    const struct linked *linked = r->linked;
    const size_t section = put_section_begin(r->out, SECTION_CODE);
    put_u32(r->out, r->function_count - r->import_count);
    uint32_t next = 0;
    for (uint32_t i = linked->import_count; i < linked->function_count; i++)
        if (r->reach.functions[i])
            write_body(r, linked->bodies[i - linked->import_count], &next);
    put_sized_end(r->out, section);
}

/* The memory as it is to begin: without the stack and what of the data is not reached. */
static uint8_t *first_memory(const struct relinking *r) {
    const struct linked *linked = r->linked;
    uint8_t *first = need(r->memory_bytes);
    memcpy(first + linked->data_end, r->memory + linked->data_end, r->memory_bytes - linked->data_end);
    for (uint32_t i = 0; i < linked->symbol_count; i++)
        if (r->reach.symbols[i])
            memcpy(first + linked->symbols[i].address, r->memory + linked->symbols[i].address,
                   linked->symbols[i].bytes);
    return first;
}

/* The end of a run of bytes with no gap of more zeros in it. */
static size_t run_end(const uint8_t *memory, size_t from, size_t end, size_t gap) {
    size_t last = from;
    for (size_t at = from; at < end && at - last <= gap; at++)
        if (memory[at] != 0)
            last = at;
    return last + 1;
}

/* Segments that leave out gaps of more zeros, which are written where there is a writer. */
static uint32_t put_segments(struct wasm_writer *out, const uint8_t *memory, size_t bytes, size_t gap) {
    uint32_t count = 0;
    for (size_t at = 0, end; at < bytes; at = end) {
        end = at + 1;
        if (memory[at] == 0)
            continue;
        end = run_end(memory, at, bytes, gap);
        count++;
        if (!out)
            continue;
        put_byte(out, 0);
        write_offset(out, (uint32_t)at);
        put_u32(out, (uint32_t)(end - at));
        put_bytes(out, memory + at, end - at);
    }
    return count;
}

/* Weights that are mostly zeros have more gaps than engines take segments: then the small ones are written, too. */
static void write_data(const struct relinking *r) {
    const uint8_t *memory = first_memory(r);
    size_t gap = GAP;
    while (put_segments(NULL, memory, r->memory_bytes, gap) > MAX_SEGMENTS)
        gap *= 2;
    struct wasm_writer segments = {0};
    put_reserve(&segments, r->memory_bytes);
    const uint32_t count = put_segments(&segments, memory, r->memory_bytes, gap);
    const size_t section = put_section_begin(r->out, SECTION_DATA);
    put_u32(r->out, count);
    put_bytes(r->out, segments.data, segments.bytes);
    put_sized_end(r->out, section);
    writer_free(&segments);
}

void relink(const struct linked *linked, const struct relink_export *exports, uint32_t export_count,
            const uint8_t *memory, size_t memory_bytes, struct wasm_writer *out) {
    uint32_t *roots = need(export_count * sizeof *roots);
    for (uint32_t i = 0; i < export_count; i++)
        roots[i] = exports[i].function;
    struct relinking r = {.linked = linked,
                          .reach = reach_from(linked, roots, export_count, memory, memory_bytes),
                          .memory = memory,
                          .memory_bytes = memory_bytes,
                          .out = out};
    number(&r);
    write_types(&r);
    write_imports(&r);
    write_functions(&r);
    write_table(&r);
    write_memory(&r);
    write_globals(&r);
    write_exports(&r, exports, export_count);
    write_elements(&r);
    write_code(&r);
    write_data(&r);
}
