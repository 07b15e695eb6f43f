/* linked.h - a module as the linker left it with --emit-relocs: its parts, and every place in it that names a function, a type or an address.
 *
 * The format is that of https://github.com/WebAssembly/tool-conventions/blob/main/Linking.md; what of it our template does not have is refused. */
#ifndef LINKED_H
#define LINKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct span {
    const uint8_t *at;
    size_t bytes;
};

/* Numbers of the format. */
enum relocation_kind {
    RELOCATION_FUNCTION = 0,
    RELOCATION_SLOT = 1,          /* of the table, signed LEB */
    RELOCATION_SLOT_WORD = 2,     /* four bytes of data */
    RELOCATION_ADDRESS = 3,       /* unsigned LEB */
    RELOCATION_ADDRESS_CONST = 4, /* signed LEB */
    RELOCATION_ADDRESS_WORD = 5,
    RELOCATION_TYPE = 6,
    RELOCATION_GLOBAL = 7,
    RELOCATION_TABLE = 20,
};

/* at: where in the file. address: of data, where in memory. symbol: of data that it means, or NO_SYMBOL. */
struct relocation {
    size_t at;
    uint32_t address;
    enum relocation_kind kind;
    uint32_t symbol;
};

#define NO_SYMBOL UINT32_MAX

/* An object in memory: a variable, a constant, a string. Strings may share their ends. */
struct data_symbol {
    uint32_t address, bytes;
    bool constant;
};

struct data_segment {
    uint32_t address;
    struct span content;
};

struct linked_import {
    const char *module, *name;
    uint32_t type;
};

/* kind: 0 function, 1 table, 2 memory, 3 global. */
struct linked_export {
    const char *name;
    uint8_t kind;
    uint32_t index;
};

/* Functions are numbered from the imports on; bodies[i] is that of function import_count + i. slots: functions in the table, from first_slot on.
 * symbols are sorted by address, relocations by place. */
struct linked {
    const char *path;
    struct span file;
    struct span *types;
    uint32_t type_count;
    struct linked_import *imports;
    uint32_t import_count;
    uint32_t *function_types;
    uint32_t function_count;
    struct span *bodies;
    uint32_t first_slot, slot_count;
    uint32_t *slots;
    struct span globals;
    struct linked_export *exports;
    uint32_t export_count;
    struct data_segment *segments;
    uint32_t segment_count;
    struct relocation *code, *data;
    uint32_t code_count, data_count;
    struct data_symbol *symbols;
    uint32_t symbol_count;
    uint32_t data_start, data_end;
};

/* Read it; ends the program where it is not such a module. What is returned points into `bytes`. */
struct linked linked_read(const char *path, const uint8_t *bytes, size_t size);

const struct linked_export *linked_find_export(const struct linked *linked, const char *name);

/* The number at a relocation's place: an index or an address. */
uint32_t linked_value(const struct linked *linked, const struct relocation *relocation);

#endif
