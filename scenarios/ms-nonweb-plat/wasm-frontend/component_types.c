/* Defines the types of a compiled model's interface. A component that exports named types has them three times: for its own functions, as imports of the
 * component inside that gives them names, and as exports of that one (component.c); so one function does it for all three.
 * (https://github.com/WebAssembly/component-model/blob/main/design/mvp/Binary.md) */
#include "component_types.h"

#include <string.h>

#include "fail.h"
#include "wit_name.h"

enum {
    U32 = 0x79,
    STRING = 0x73,
    RECORD = 0x72,
    LIST = 0x70,
    TUPLE = 0x6f,
    ENUM = 0x6d,
    OPTION = 0x6b,
    RESULT = 0x6a,
    FUNCTION = 0x40,
};

/* Elements as WIT has them. name begins the name of the tensor's type; NULL: WIT has no such type, the bits go as another, and the name is our own. */
static const struct element {
    char number;
    size_t bytes;
    uint8_t type;
    const char *name;
} elements[] = {
    {'f', 4, 0x76, "f32"}, {'f', 8, 0x75, "f64"}, {'f', 2, 0x7b, NULL},   {'B', 2, 0x7b, NULL}, {'i', 1, 0x7e, "s8"},
    {'i', 2, 0x7c, "s16"}, {'i', 4, 0x7a, "s32"}, {'i', 8, 0x78, "s64"},  {'u', 1, 0x7d, "u8"}, {'u', 2, 0x7b, "u16"},
    {'u', 4, U32, "u32"},  {'u', 8, 0x77, "u64"}, {'b', 1, 0x7f, "bool"},
};

static const struct element *element_of(const struct component_face *face, const struct tensor *tensor) {
    if (!tensor->dtype)
        fail(EXIT_INPUT, "%s: '%s' has no data type before a run, expected one: a typed function needs it",
             shown(face->place), shown(tensor->name));
    for (size_t i = 0; i < sizeof elements / sizeof elements[0]; i++)
        if (elements[i].number == tensor->dtype->number && elements[i].bytes == tensor->dtype->bytes)
            return &elements[i];
    fail(EXIT_INPUT, "%s: '%s' is %s, which no interface has", shown(face->place), shown(tensor->name),
         tensor->dtype->name);
}

static const char *tensor_type(const struct component_face *face, const struct tensor *tensor) {
    const struct element *element = element_of(face, tensor);
    const char *name = element->name ? element->name : tensor->dtype->name;
    return tensor->type.rank < 0 ? text_of("%s-tensor", name) : text_of("%s-tensor%d", name, tensor->type.rank);
}

/* A type's definition in a section of its own, written between both calls; its index. */
static size_t define(struct type_space *space, uint8_t kind) {
    const size_t section = put_section_begin(space->writer, SECTION_TYPE);
    put_u32(space->writer, 1);
    put_byte(space->writer, kind);
    return section;
}

static uint32_t defined(struct type_space *space, size_t section) {
    put_sized_end(space->writer, section);
    return space->next++;
}

/* Where a type is meant, indices are signed: negative ones are the types that everyone knows. */
static void put_type(struct type_space *space, uint32_t index) {
    put_s64(space->writer, index);
}

static uint32_t define_list(struct type_space *space, uint8_t element) {
    const size_t section = define(space, LIST);
    put_byte(space->writer, element);
    return defined(space, section);
}

void put_extern_name(struct wasm_writer *writer, const char *name) {
    put_byte(writer, 0); /* no version apart from the name */
    put_name(writer, name);
}

/* The same type under its name, which is a type of its own. */
static uint32_t import_type(struct type_space *space, const char *name, uint32_t index) {
    const size_t section = put_section_begin(space->writer, SECTION_IMPORT);
    put_u32(space->writer, 1);
    put_extern_name(space->writer, text_of(IMPORTED_TYPE "%s", name));
    put_byte(space->writer, SORT_TYPE);
    put_byte(space->writer, 0); /* equal to */
    put_u32(space->writer, index);
    return defined(space, section);
}

static uint32_t export_type(struct type_space *space, const char *name, uint32_t index) {
    const size_t section = put_section_begin(space->writer, SECTION_EXPORT);
    put_u32(space->writer, 1);
    put_extern_name(space->writer, name);
    put_byte(space->writer, SORT_TYPE);
    put_u32(space->writer, index);
    put_byte(space->writer, 0); /* as it is */
    return defined(space, section);
}

static uint32_t give_name(struct type_space *space, const char *name, uint32_t index) {
    if (space->origin == TYPE_IMPORTED)
        index = import_type(space, name, index);
    if (space->origin == TYPE_EXPORTED)
        index = export_type(space, name, index);
    space->named[space->named_count++] = (struct named_type){name, index};
    return index;
}

static const struct named_type *find(const struct type_space *space, const char *name) {
    for (size_t i = 0; i < space->named_count; i++)
        if (strcmp(space->named[i].name, name) == 0)
            return &space->named[i];
    return NULL;
}

static uint32_t define_shape(struct type_space *space, int32_t rank) {
    if (rank < 0)
        return define_list(space, U32);
    const size_t section = define(space, TUPLE);
    put_u32(space->writer, (uint32_t)rank);
    for (int32_t i = 0; i < rank; i++)
        put_byte(space->writer, U32);
    return defined(space, section);
}

/* WIT has no tuple of nothing: a scalar is its data alone. */
static void define_tensor(struct type_space *space, const char *name, const struct element *element, int32_t rank) {
    const uint32_t shape = rank != 0 ? define_shape(space, rank) : 0;
    const uint32_t data = define_list(space, element->type);
    const size_t section = define(space, RECORD);
    put_u32(space->writer, rank != 0 ? 2 : 1);
    if (rank != 0) {
        put_name(space->writer, "shape");
        put_type(space, shape);
    }
    put_name(space->writer, "data");
    put_type(space, data);
    give_name(space, name, defined(space, section));
}

static void define_tensors(struct type_space *space, const struct component_face *face,
                           const struct tensor_list *list) {
    for (size_t i = 0; i < list->count; i++) {
        const char *name = tensor_type(face, &list->tensors[i]);
        if (!find(space, name))
            define_tensor(space, name, element_of(face, &list->tensors[i]), list->tensors[i].type.rank);
    }
}

/* The names of all inputs or outputs, each with its type: parameters, or fields of a record. */
static void put_tensors(struct type_space *space, const struct component_face *face, const struct tensor_list *list,
                        const char *fallback) {
    const char **texts = need((list->count + 1) * sizeof *texts);
    for (size_t i = 0; i < list->count; i++)
        texts[i] = list->tensors[i].name;
    const char **names = wit_names_of(texts, list->count, fallback);
    put_u32(space->writer, (uint32_t)list->count);
    for (size_t i = 0; i < list->count; i++) {
        put_name(space->writer, names[i]);
        put_type(space, find(space, tensor_type(face, &list->tensors[i]))->index);
    }
}

static uint32_t define_outputs(struct type_space *space, const struct component_face *face) {
    const size_t section = define(space, RECORD);
    put_tensors(space, face, &face->outputs, "output");
    return give_name(space, "outputs", defined(space, section));
}

/* As of ms:backend. */
static uint32_t define_error(struct type_space *space) {
    static const char *const codes[] = {"usage", "invalid", "limit", "unsupported"};
    size_t section = define(space, ENUM);
    put_u32(space->writer, sizeof codes / sizeof codes[0]);
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        put_name(space->writer, codes[i]);
    const uint32_t code = give_name(space, "error-code", defined(space, section));
    section = define(space, OPTION);
    put_byte(space->writer, STRING);
    const uint32_t node = defined(space, section);
    section = define(space, RECORD);
    put_u32(space->writer, 3);
    put_name(space->writer, "code");
    put_type(space, code);
    put_name(space->writer, "node");
    put_type(space, node);
    put_name(space->writer, "text");
    put_byte(space->writer, STRING);
    return give_name(space, "error", defined(space, section));
}

static uint32_t define_run(struct type_space *space, const struct component_face *face, uint32_t outputs,
                           uint32_t error) {
    size_t section = define(space, RESULT);
    put_byte(space->writer, 1);
    put_type(space, outputs);
    put_byte(space->writer, 1);
    put_type(space, error);
    const uint32_t result = defined(space, section);
    section = define(space, FUNCTION);
    put_tensors(space, face, &face->inputs, "input");
    put_byte(space->writer, 0); /* one result, without a name */
    put_type(space, result);
    return defined(space, section);
}

static uint32_t define_labels(struct type_space *space) {
    const uint32_t list = define_list(space, STRING);
    const size_t section = define(space, FUNCTION);
    put_u32(space->writer, 0);
    put_byte(space->writer, 0);
    put_type(space, list);
    return defined(space, section);
}

struct type_space component_types(struct wasm_writer *writer, const struct component_face *face,
                                  enum type_origin origin, uint32_t next) {
    const size_t most = face->inputs.count + face->outputs.count + 3;
    struct type_space space = {
        .writer = writer, .origin = origin, .next = next, .named = need(most * sizeof *space.named)};
    define_tensors(&space, face, &face->inputs);
    define_tensors(&space, face, &face->outputs);
    const uint32_t outputs = define_outputs(&space, face);
    const uint32_t error = define_error(&space);
    space.run = define_run(&space, face, outputs, error);
    if (face->labels)
        space.labels = define_labels(&space);
    return space;
}
