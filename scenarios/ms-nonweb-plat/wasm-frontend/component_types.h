/* component_types.h - the types of a compiled model's interface, in the component model's binary format. */
#ifndef COMPONENT_TYPES_H
#define COMPONENT_TYPES_H

#include "component.h"

enum {
    SECTION_CORE_MODULE = 1,
    SECTION_CORE_INSTANCE = 2,
    SECTION_COMPONENT = 4,
    SECTION_INSTANCE = 5,
    SECTION_ALIAS = 6,
    SECTION_TYPE = 7,
    SECTION_CANON = 8,
    SECTION_IMPORT = 10,
    SECTION_EXPORT = 11,
};

/* What an index can be of. */
enum { SORT_FUNC = 1, SORT_TYPE = 3, SORT_INSTANCE = 5 };

#define IMPORTED_TYPE "import-type-"

/* How a component comes by the types that have names: by their structure alone, by import, or by export. */
enum type_origin { TYPE_PLAIN, TYPE_IMPORTED, TYPE_EXPORTED };

struct named_type {
    const char *name;
    uint32_t index;
};

/* The types of one component.
 *   next         index of the next type
 *   run, labels  functions' */
struct type_space {
    struct wasm_writer *writer;
    enum type_origin origin;
    uint32_t next;
    struct named_type *named;
    size_t named_count;
    uint32_t run, labels;
};

/* Define all types of the interface in the component that is being written, which has `next` types so far. */
struct type_space component_types(struct wasm_writer *writer, const struct component_face *face,
                                  enum type_origin origin, uint32_t next);

/* The name of something imported or exported. */
void put_extern_name(struct wasm_writer *writer, const char *name);

#endif
