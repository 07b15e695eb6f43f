/* Takes a linked module apart. */
#include "linked.h"

#include <stdlib.h>
#include <string.h>

#include "fail.h"

enum {
    SECTION_CUSTOM = 0,
    SECTION_TYPE = 1,
    SECTION_IMPORT = 2,
    SECTION_FUNCTION = 3,
    SECTION_GLOBAL = 6,
    SECTION_EXPORT = 7,
    SECTION_ELEMENT = 9,
    SECTION_CODE = 10,
    SECTION_DATA = 11,
    LINKING_SEGMENTS = 5,
    LINKING_SYMBOLS = 8,
    SYMBOL_FUNCTION = 0,
    SYMBOL_DATA = 1,
    SYMBOL_GLOBAL = 2,
    SYMBOL_SECTION = 3,
    SYMBOL_TABLE = 5,
    SYMBOL_UNDEFINED = 0x10,
    SYMBOL_EXPLICIT_NAME = 0x40,
    SYMBOL_ABSOLUTE = 0x200, /* an address that is no object */
    OP_I32_CONST = 0x41,
    OP_END = 0x0b,
    FUNCTION_FORM = 0x60,
};

struct cursor {
    const struct linked *linked;
    const uint8_t *at, *end;
};

static _Noreturn void fail_at(const struct cursor *cursor, const char *what) {
    fail(EXIT_INPUT, "%s: byte %zu: %s, expected the template of this version (make build)",
         shown(cursor->linked->path), (size_t)(cursor->at - cursor->linked->file.at), what);
}

static uint8_t byte(struct cursor *cursor) {
    if (cursor->at == cursor->end)
        fail_at(cursor, "ends too early");
    return *cursor->at++;
}

static uint32_t u32(struct cursor *cursor) {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 35; shift += 7) {
        const uint8_t next = byte(cursor);
        value |= (uint64_t)(next & 0x7f) << shift;
        if (next < 0x80 && value <= UINT32_MAX)
            return (uint32_t)value;
    }
    fail_at(cursor, "a number of more than 32 bits");
}

/* A signed number, as the bits of an address. */
static uint32_t s32(struct cursor *cursor) {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 35; shift += 7) {
        const uint8_t next = byte(cursor);
        value |= (uint64_t)(next & 0x7f) << shift;
        if (next >= 0x80)
            continue;
        if (next & 0x40)
            value |= UINT64_MAX << (shift + 7);
        return (uint32_t)value;
    }
    fail_at(cursor, "a number of more than 32 bits");
}

static struct span take(struct cursor *cursor, size_t bytes) {
    if (bytes > (size_t)(cursor->end - cursor->at))
        fail_at(cursor, "ends too early");
    const struct span span = {cursor->at, bytes};
    cursor->at += bytes;
    return span;
}

/* As many as there may be: each takes a byte at least. */
static uint32_t count(struct cursor *cursor) {
    const uint32_t number = u32(cursor);
    if (number > (size_t)(cursor->end - cursor->at))
        fail_at(cursor, "a list longer than what is left");
    return number;
}

static const char *name(struct cursor *cursor) {
    const struct span span = take(cursor, u32(cursor));
    return text_of("%.*s", (int)span.bytes, (const char *)span.at);
}

static void expect(struct cursor *cursor, uint8_t wanted, const char *what) {
    if (byte(cursor) != wanted)
        fail_at(cursor, what);
}

/* `i32.const N end` */
static uint32_t constant(struct cursor *cursor) {
    expect(cursor, OP_I32_CONST, "an offset that is no constant");
    const uint32_t value = s32(cursor);
    expect(cursor, OP_END, "an offset that is no constant");
    return value;
}

static void read_types(struct linked *linked, struct cursor *cursor) {
    linked->type_count = count(cursor);
    linked->types = need(linked->type_count * sizeof *linked->types);
    for (uint32_t i = 0; i < linked->type_count; i++) {
        const uint8_t *start = cursor->at;
        expect(cursor, FUNCTION_FORM, "a type that is no function's");
        take(cursor, u32(cursor));
        take(cursor, u32(cursor));
        linked->types[i] = (struct span){start, (size_t)(cursor->at - start)};
    }
}

static uint32_t type_index(const struct linked *linked, struct cursor *cursor) {
    const uint32_t type = u32(cursor);
    if (type >= linked->type_count)
        fail_at(cursor, "a type that is not there");
    return type;
}

static void read_imports(struct linked *linked, struct cursor *cursor) {
    linked->import_count = count(cursor);
    linked->imports = need(linked->import_count * sizeof *linked->imports);
    for (uint32_t i = 0; i < linked->import_count; i++) {
        linked->imports[i].module = name(cursor);
        linked->imports[i].name = name(cursor);
        expect(cursor, 0, "an import that is no function");
        linked->imports[i].type = type_index(linked, cursor);
    }
}

static void read_functions(struct linked *linked, struct cursor *cursor) {
    const uint32_t defined = count(cursor);
    linked->function_count = linked->import_count + defined;
    linked->function_types = need(linked->function_count * sizeof *linked->function_types);
    linked->bodies = need(defined * sizeof *linked->bodies);
    for (uint32_t i = 0; i < linked->import_count; i++)
        linked->function_types[i] = linked->imports[i].type;
    for (uint32_t i = linked->import_count; i < linked->function_count; i++)
        linked->function_types[i] = type_index(linked, cursor);
}

static uint32_t function_index(const struct linked *linked, struct cursor *cursor) {
    const uint32_t function = u32(cursor);
    if (function >= linked->function_count)
        fail_at(cursor, "a function that is not there");
    return function;
}

static void read_exports(struct linked *linked, struct cursor *cursor) {
    linked->export_count = count(cursor);
    linked->exports = need(linked->export_count * sizeof *linked->exports);
    for (uint32_t i = 0; i < linked->export_count; i++) {
        struct linked_export *exported = &linked->exports[i];
        exported->name = name(cursor);
        exported->kind = byte(cursor);
        exported->index = exported->kind == 0 ? function_index(linked, cursor) : u32(cursor);
    }
}

static void read_elements(struct linked *linked, struct cursor *cursor) {
    if (count(cursor) != 1)
        fail_at(cursor, "more than one segment of the table");
    expect(cursor, 0, "a segment of the table that is not active");
    linked->first_slot = constant(cursor);
    linked->slot_count = count(cursor);
    linked->slots = need(linked->slot_count * sizeof *linked->slots);
    for (uint32_t i = 0; i < linked->slot_count; i++)
        linked->slots[i] = function_index(linked, cursor);
}

static void read_code(struct linked *linked, struct cursor *cursor) {
    if (count(cursor) != linked->function_count - linked->import_count)
        fail_at(cursor, "not as many bodies as functions");
    for (uint32_t i = 0; i < linked->function_count - linked->import_count; i++)
        linked->bodies[i] = take(cursor, u32(cursor));
}

static void read_data(struct linked *linked, struct cursor *cursor) {
    linked->segment_count = count(cursor);
    linked->segments = need(linked->segment_count * sizeof *linked->segments);
    linked->data_start = UINT32_MAX;
    for (uint32_t i = 0; i < linked->segment_count; i++) {
        struct data_segment *segment = &linked->segments[i];
        expect(cursor, 0, "a segment of data that is not active");
        segment->address = constant(cursor);
        segment->content = take(cursor, u32(cursor));
        if (segment->content.bytes > UINT32_MAX - segment->address)
            fail_at(cursor, "data beyond the memory");
        const uint32_t end = segment->address + (uint32_t)segment->content.bytes;
        linked->data_start = segment->address < linked->data_start ? segment->address : linked->data_start;
        linked->data_end = end > linked->data_end ? end : linked->data_end;
    }
}

/* What the linker calls symbols, of which those of data are kept: `of_symbol` leads from its numbers to ours. */
static void read_symbols(struct linked *linked, struct cursor *cursor, const bool *constant_segment,
                         struct data_symbol **of_symbol, uint32_t *all) {
    *all = count(cursor);
    *of_symbol = need(*all * sizeof **of_symbol);
    for (uint32_t i = 0; i < *all; i++) {
        const uint8_t kind = byte(cursor);
        const uint32_t flags = u32(cursor);
        if (kind == SYMBOL_FUNCTION || kind == SYMBOL_GLOBAL || kind == SYMBOL_TABLE) {
            u32(cursor);
            if (!(flags & SYMBOL_UNDEFINED) || (flags & SYMBOL_EXPLICIT_NAME))
                take(cursor, u32(cursor));
        } else if (kind == SYMBOL_SECTION) {
            u32(cursor);
        } else if (kind == SYMBOL_DATA) {
            take(cursor, u32(cursor));
            if (flags & SYMBOL_UNDEFINED)
                continue;
            const uint32_t segment = u32(cursor), offset = u32(cursor), bytes = u32(cursor);
            if (flags & SYMBOL_ABSOLUTE)
                continue;
            if (segment >= linked->segment_count || offset > linked->segments[segment].content.bytes ||
                bytes > linked->segments[segment].content.bytes - offset)
                fail_at(cursor, "a symbol outside its segment");
            (*of_symbol)[i] = (struct data_symbol){.address = linked->segments[segment].address + offset,
                                                   .bytes = bytes,
                                                   .constant = constant_segment[segment]};
        } else {
            fail_at(cursor, "an unknown kind of symbol");
        }
    }
}

static int by_address(const void *x, const void *y) {
    const struct data_symbol *a = x, *b = y;
    return a->address != b->address ? (a->address < b->address ? -1 : 1)
           : a->bytes != b->bytes   ? (a->bytes < b->bytes ? -1 : 1)
                                    : 0;
}

static uint32_t find_symbol(const struct linked *linked, const struct data_symbol *symbol) {
    const struct data_symbol *found =
        bsearch(symbol, linked->symbols, linked->symbol_count, sizeof *symbol, by_address);
    return found ? (uint32_t)(found - linked->symbols) : NO_SYMBOL;
}

static void sort_symbols(struct linked *linked, const struct data_symbol *all, uint32_t all_count) {
    linked->symbols = need(all_count * sizeof *linked->symbols);
    for (uint32_t i = 0; i < all_count; i++)
        if (all[i].bytes > 0)
            linked->symbols[linked->symbol_count++] = all[i];
    qsort(linked->symbols, linked->symbol_count, sizeof *linked->symbols, by_address);
}

/* Which segments hold constants alone. */
static void read_segments(const struct linked *linked, struct cursor *cursor, bool *constant_segment) {
    const uint32_t segments = count(cursor);
    if (segments != linked->segment_count)
        fail_at(cursor, "not as many names as segments");
    for (uint32_t i = 0; i < segments; i++) {
        constant_segment[i] = strncmp(name(cursor), ".rodata", strlen(".rodata")) == 0;
        u32(cursor);
        u32(cursor);
    }
}

/* A part of the linking section, empty where there is none. */
static struct cursor linking_part(struct linked *linked, struct cursor cursor, uint8_t wanted) {
    if (u32(&cursor) != 2)
        fail_at(&cursor, "not version 2 of the linking section");
    while (cursor.at < cursor.end) {
        const uint8_t kind = byte(&cursor);
        const struct span content = take(&cursor, u32(&cursor));
        if (kind == wanted)
            return (struct cursor){linked, content.at, content.at + content.bytes};
    }
    fail_at(&cursor, "a linking section without symbols or segments");
}

static void read_linking(struct linked *linked, struct cursor cursor, struct data_symbol **of_symbol,
                         uint32_t *symbols) {
    bool *constant_segment = need(linked->segment_count);
    struct cursor segments = linking_part(linked, cursor, LINKING_SEGMENTS);
    struct cursor table = linking_part(linked, cursor, LINKING_SYMBOLS);
    read_segments(linked, &segments, constant_segment);
    read_symbols(linked, &table, constant_segment, of_symbol, symbols);
    sort_symbols(linked, *of_symbol, *symbols);
}

static bool has_addend(uint32_t kind) {
    return kind == RELOCATION_ADDRESS || kind == RELOCATION_ADDRESS_CONST || kind == RELOCATION_ADDRESS_WORD;
}

static bool is_known(uint32_t kind) {
    return kind <= RELOCATION_GLOBAL || kind == RELOCATION_TABLE;
}

/* Where in memory the byte of a data segment lies. */
static uint32_t address_of(const struct linked *linked, const struct cursor *cursor, size_t at) {
    const uint8_t *place = linked->file.at + at;
    for (uint32_t i = 0; i < linked->segment_count; i++) {
        const struct data_segment *segment = &linked->segments[i];
        if (place >= segment->content.at && place < segment->content.at + segment->content.bytes)
            return segment->address + (uint32_t)(place - segment->content.at);
    }
    fail_at(cursor, "a relocation outside the data");
}

/* They are written in the order of their places. */
static struct relocation *read_relocations(struct linked *linked, struct cursor cursor, struct span section, bool data,
                                           const struct data_symbol *of_symbol, uint32_t symbols, uint32_t *found) {
    u32(&cursor); /* which section, by number */
    *found = count(&cursor);
    struct relocation *list = need(*found * sizeof *list);
    size_t last = 0;
    for (uint32_t i = 0; i < *found; i++) {
        const uint8_t kind = byte(&cursor);
        const uint32_t offset = u32(&cursor), index = u32(&cursor);
        if (!is_known(kind) || offset < last || offset >= section.bytes)
            fail_at(&cursor, "a relocation of an unknown kind or out of order");
        if (has_addend(kind))
            s32(&cursor);
        last = offset;
        list[i] = (struct relocation){
            .at = (size_t)(section.at - linked->file.at) + offset, .kind = kind, .symbol = NO_SYMBOL};
        if (data)
            list[i].address = address_of(linked, &cursor, list[i].at);
        if (has_addend(kind) && index < symbols && of_symbol[index].bytes > 0)
            list[i].symbol = find_symbol(linked, &of_symbol[index]);
    }
    return list;
}

static void read_section(struct linked *linked, uint8_t id, struct cursor cursor) {
    switch (id) {
    case SECTION_TYPE: read_types(linked, &cursor); break;
    case SECTION_IMPORT: read_imports(linked, &cursor); break;
    case SECTION_FUNCTION: read_functions(linked, &cursor); break;
    case SECTION_GLOBAL: linked->globals = (struct span){cursor.at, (size_t)(cursor.end - cursor.at)}; break;
    case SECTION_EXPORT: read_exports(linked, &cursor); break;
    case SECTION_ELEMENT: read_elements(linked, &cursor); break;
    case SECTION_CODE: read_code(linked, &cursor); break;
    case SECTION_DATA: read_data(linked, &cursor); break;
    default: break;
    }
}

struct linked linked_read(const char *path, const uint8_t *bytes, size_t size) {
    struct linked linked = {.path = path, .file = {bytes, size}};
    struct cursor cursor = {&linked, bytes, bytes + size};
    struct span code = {0}, data = {0};
    struct data_symbol *of_symbol = NULL;
    uint32_t symbols = 0;
    take(&cursor, 8); /* magic and version, looked at before */
    while (cursor.at < cursor.end) {
        const uint8_t id = byte(&cursor);
        const struct span content = take(&cursor, u32(&cursor));
        struct cursor section = {&linked, content.at, content.at + content.bytes};
        code = id == SECTION_CODE ? content : code;
        data = id == SECTION_DATA ? content : data;
        if (id != SECTION_CUSTOM) {
            read_section(&linked, id, section);
            continue;
        }
        const char *custom = name(&section);
        if (strcmp(custom, "linking") == 0)
            read_linking(&linked, section, &of_symbol, &symbols);
        else if (strcmp(custom, "reloc.CODE") == 0)
            linked.code = read_relocations(&linked, section, code, false, of_symbol, symbols, &linked.code_count);
        else if (strcmp(custom, "reloc.DATA") == 0)
            linked.data = read_relocations(&linked, section, data, true, of_symbol, symbols, &linked.data_count);
    }
    if (!linked.code || !linked.data)
        fail_at(&cursor, "no relocations");
    return linked;
}

const struct linked_export *linked_find_export(const struct linked *linked, const char *name) {
    for (uint32_t i = 0; i < linked->export_count; i++)
        if (strcmp(linked->exports[i].name, name) == 0)
            return &linked->exports[i];
    return NULL;
}

uint32_t linked_value(const struct linked *linked, const struct relocation *relocation) {
    const uint8_t *end = linked->file.at + linked->file.bytes;
    struct cursor cursor = {linked, linked->file.at + relocation->at, end};
    uint32_t value;
    switch (relocation->kind) {
    case RELOCATION_FUNCTION: return function_index(linked, &cursor);
    case RELOCATION_TYPE: return type_index(linked, &cursor);
    case RELOCATION_SLOT:
    case RELOCATION_ADDRESS_CONST: return s32(&cursor);
    case RELOCATION_SLOT_WORD:
    case RELOCATION_ADDRESS_WORD: memcpy(&value, take(&cursor, sizeof value).at, sizeof value); return value;
    default: return u32(&cursor);
    }
}
