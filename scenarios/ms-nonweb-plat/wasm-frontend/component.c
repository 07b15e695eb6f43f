/* Wraps a compiled model's core module as a component, as `wasm-tools component new` would for the same WIT: the functions are lifted, and a component inside
 * takes them and the types they need, and exports both under their names as one instance, the interface. */
#include "component.h"

#include <string.h>

#include "component_types.h"
#include "fail.h"

#define MOST_REGISTERS 16 /* parameters beyond that go through memory: MAX_FLAT_PARAMS of the canonical ABI */
#define MOST_TENSORS 1000 /* parameters of a function, fields of a record that readers of components take */
#define IMPORTED_FUNC "import-func-"

/* Indices in the outer component. */
enum { CORE_FUNC_REALLOC, CORE_FUNC_RUN, CORE_FUNC_LABELS };
enum { FUNC_RUN, FUNC_LABELS };

const char *component_run_export(const struct component_face *face) {
    size_t words = 0;
    for (size_t i = 0; i < face->inputs.count; i++) {
        const int32_t rank = face->inputs.tensors[i].type.rank;
        words += (rank < 0 ? 2 : (size_t)rank) + 2; /* a list is its address and its count */
    }
    return words > MOST_REGISTERS ? "typed:run-in-memory" : text_of("typed:run-%zu", words);
}

static void check_face(const struct component_face *face) {
    if (face->outputs.count == 0)
        fail(EXIT_INPUT, "%s: no outputs, expected one for a typed function to give", shown(face->place));
    if (face->inputs.count > MOST_TENSORS || face->outputs.count > MOST_TENSORS)
        fail(EXIT_LIMIT, "%s: %zu inputs and %zu outputs, expected at most %d for a typed function", shown(face->place),
             face->inputs.count, face->outputs.count, MOST_TENSORS);
}

static void put_preamble(struct wasm_writer *writer) {
    static const uint8_t component[] = {0, 'a', 's', 'm', 0x0d, 0, 1, 0};
    put_bytes(writer, component, sizeof component);
}

/* A section with one thing in it, which is written until put_sized_end. */
static size_t put_single(struct wasm_writer *writer, uint8_t section) {
    const size_t begin = put_section_begin(writer, section);
    put_u32(writer, 1);
    return begin;
}

static void put_core(struct wasm_writer *writer, const uint8_t *core, size_t core_bytes) {
    const size_t module = put_section_begin(writer, SECTION_CORE_MODULE);
    put_bytes(writer, core, core_bytes);
    put_sized_end(writer, module);
    const size_t instance = put_single(writer, SECTION_CORE_INSTANCE);
    put_byte(writer, 0); /* instantiate */
    put_u32(writer, 0);  /* module */
    put_u32(writer, 0);  /* with no arguments */
    put_sized_end(writer, instance);
}

/* Take an export of the core instance. */
static void put_alias(struct wasm_writer *writer, uint8_t core_sort, const char *name) {
    enum { CORE = 0, OF_CORE_EXPORT = 1 };
    const size_t alias = put_single(writer, SECTION_ALIAS);
    put_byte(writer, CORE);
    put_byte(writer, core_sort);
    put_byte(writer, OF_CORE_EXPORT);
    put_u32(writer, 0); /* instance */
    put_name(writer, name);
    put_sized_end(writer, alias);
}

static void put_aliases(struct wasm_writer *writer, const struct component_face *face) {
    enum { FUNC = 0, MEMORY = 2 };
    put_alias(writer, MEMORY, COMPONENT_MEMORY);
    put_alias(writer, FUNC, COMPONENT_REALLOC);
    put_alias(writer, FUNC, component_run_export(face));
    if (face->labels)
        put_alias(writer, FUNC, COMPONENT_LABELS);
}

/* What the core function returns stays as it is until the next call, so there is nothing to do after one. */
static void put_lift(struct wasm_writer *writer, uint32_t core_func, uint32_t type) {
    enum { LIFT = 0, UTF8 = 0, MEMORY = 3, REALLOC = 4 };
    const size_t lift = put_single(writer, SECTION_CANON);
    put_byte(writer, LIFT);
    put_byte(writer, 0);
    put_u32(writer, core_func);
    put_u32(writer, 3);
    put_byte(writer, UTF8);
    put_byte(writer, MEMORY);
    put_u32(writer, 0);
    put_byte(writer, REALLOC);
    put_u32(writer, CORE_FUNC_REALLOC);
    put_u32(writer, type);
    put_sized_end(writer, lift);
}

static void put_import(struct wasm_writer *writer, const char *name, uint32_t type) {
    const size_t import = put_single(writer, SECTION_IMPORT);
    put_extern_name(writer, name);
    put_byte(writer, SORT_FUNC);
    put_u32(writer, type);
    put_sized_end(writer, import);
}

/* Under its name, and with the type whose parts have names. */
static void put_export(struct wasm_writer *writer, const char *name, uint32_t func, uint32_t type) {
    const size_t export = put_single(writer, SECTION_EXPORT);
    put_extern_name(writer, name);
    put_byte(writer, SORT_FUNC);
    put_u32(writer, func);
    put_byte(writer, 1); /* of this type */
    put_byte(writer, SORT_FUNC);
    put_u32(writer, type);
    put_sized_end(writer, export);
}

/* The component inside, which gives names. */
static void put_namer(struct wasm_writer *writer, const struct component_face *face) {
    const size_t section = put_section_begin(writer, SECTION_COMPONENT);
    put_preamble(writer);
    const struct type_space imported = component_types(writer, face, TYPE_IMPORTED, 0);
    put_import(writer, IMPORTED_FUNC "run", imported.run);
    if (face->labels)
        put_import(writer, IMPORTED_FUNC "labels", imported.labels);
    const struct type_space exported = component_types(writer, face, TYPE_EXPORTED, imported.next);
    put_export(writer, "run", FUNC_RUN, exported.run);
    if (face->labels)
        put_export(writer, "labels", FUNC_LABELS, exported.labels);
    put_sized_end(writer, section);
}

static void put_argument(struct wasm_writer *writer, const char *name, uint8_t sort, uint32_t index) {
    put_name(writer, name);
    put_byte(writer, sort);
    put_u32(writer, index);
}

static void put_instance(struct wasm_writer *writer, const struct component_face *face,
                         const struct type_space *types) {
    const size_t instance = put_single(writer, SECTION_INSTANCE);
    put_byte(writer, 0); /* instantiate */
    put_u32(writer, 0);  /* component */
    put_u32(writer, (uint32_t)types->named_count + (face->labels ? 2 : 1));
    put_argument(writer, IMPORTED_FUNC "run", SORT_FUNC, FUNC_RUN);
    if (face->labels)
        put_argument(writer, IMPORTED_FUNC "labels", SORT_FUNC, FUNC_LABELS);
    for (size_t i = 0; i < types->named_count; i++)
        put_argument(writer, text_of(IMPORTED_TYPE "%s", types->named[i].name), SORT_TYPE, types->named[i].index);
    put_sized_end(writer, instance);
}

/* "acme:digits/model@1.0.0" of "acme:digits@1.0.0". */
static const char *interface_of(const char *package) {
    const size_t name = strcspn(package, "@");
    return text_of("%.*s/model%s", (int)name, package, package + name);
}

static void put_interface(struct wasm_writer *writer, const char *name) {
    const size_t export = put_single(writer, SECTION_EXPORT);
    put_extern_name(writer, name);
    put_byte(writer, SORT_INSTANCE);
    put_u32(writer, 0);
    put_byte(writer, 0); /* as it is */
    put_sized_end(writer, export);
}

void component_wrap(struct wasm_writer *writer, const struct component_face *face, const uint8_t *core,
                    size_t core_bytes) {
    check_face(face);
    put_reserve(writer, core_bytes);
    put_preamble(writer);
    put_core(writer, core, core_bytes);
    put_aliases(writer, face);
    const struct type_space types = component_types(writer, face, TYPE_PLAIN, 0);
    put_lift(writer, CORE_FUNC_RUN, types.run);
    if (face->labels)
        put_lift(writer, CORE_FUNC_LABELS, types.labels);
    put_namer(writer, face);
    put_instance(writer, face, &types);
    put_interface(writer, interface_of(face->package));
}
