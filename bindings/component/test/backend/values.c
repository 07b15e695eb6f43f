/* values.c - by the types that the component tells, so that nothing here knows what it is called for. */
#include "values.h"

#include <math.h>
#include <nettle/base64.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void give_up(const char *what, const char *which) {
    fprintf(stderr, "cases: %s: %s\n", what, which);
    exit(1);
}

wasmtime_component_resource_any_t *find_handle(const struct handle *handles, const char *name) {
    for (; handles; handles = handles->next)
        if (strcmp(handles->name, name) == 0)
            return handles->resource;
    give_up("no such handle", name);
}

struct bytes {
    unsigned char *at;
    size_t count;
};

static void *memory(size_t bytes) {
    void *memory = calloc(bytes ? bytes : 1, 1);
    if (!memory)
        give_up("out of", "memory");
    return memory;
}

static struct bytes decode(const char *text) {
    struct base64_decode_ctx context;
    struct bytes bytes = {.count = BASE64_DECODE_LENGTH(strlen(text))};
    bytes.at = memory(bytes.count);
    base64_decode_init(&context);
    if (!base64_decode_update(&context, &bytes.count, bytes.at, strlen(text), text))
        give_up("no base64", text);
    return bytes;
}

static struct bytes read_file(const char *path, json_t *first) {
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END) != 0)
        give_up("cannot read", path);
    struct bytes bytes = {.count = first ? (size_t)json_integer_value(first) : (size_t)ftell(file)};
    bytes.at = memory(bytes.count);
    if (fseek(file, 0, SEEK_SET) != 0 || fread(bytes.at, 1, bytes.count, file) != bytes.count)
        give_up("cannot read", path);
    fclose(file);
    return bytes;
}

static struct bytes repeat(const char *text, size_t times) {
    const struct bytes part = decode(text);
    struct bytes bytes = {memory(part.count * times), part.count * times};
    for (size_t i = 0; i < times; i++)
        memcpy(bytes.at + i * part.count, part.at, part.count);
    free(part.at);
    return bytes;
}

static struct bytes bytes_of(json_t *json) {
    if (json_object_get(json, "file"))
        return read_file(json_string_value(json_object_get(json, "file")), json_object_get(json, "first"));
    if (json_object_get(json, "repeat"))
        return repeat(json_string_value(json_object_get(json, "repeat")),
                      (size_t)json_integer_value(json_object_get(json, "times")));
    return decode(json_string_value(json_object_get(json, "base64")));
}

typedef wasmtime_component_val_t value_t;
typedef wasmtime_component_valtype_t type_t;

static wasm_name_t name_of(json_t *json) {
    wasm_name_t name;
    if (!json_is_string(json))
        give_up("no string", json_dumps(json, JSON_ENCODE_ANY));
    wasm_byte_vec_new(&name, json_string_length(json), json_string_value(json));
    return name;
}

static value_t list_value(const type_t *type, json_t *json, const struct handle *handles) {
    type_t element;
    value_t value = {.kind = WASMTIME_COMPONENT_LIST};
    wasmtime_component_list_type_element(type->of.list, &element);
    if (element.kind == WASMTIME_COMPONENT_VALTYPE_U8) {
        const struct bytes bytes = bytes_of(json);
        wasmtime_component_vallist_new_uninit(&value.of.list, bytes.count);
        for (size_t i = 0; i < bytes.count; i++)
            value.of.list.data[i] = (value_t){.kind = WASMTIME_COMPONENT_U8, .of.u8 = bytes.at[i]};
        free(bytes.at);
    } else {
        wasmtime_component_vallist_new_uninit(&value.of.list, json_array_size(json));
        for (size_t i = 0; i < json_array_size(json); i++)
            value.of.list.data[i] = to_value(&element, json_array_get(json, i), handles);
    }
    wasmtime_component_valtype_delete(&element);
    return value;
}

static value_t record_value(const type_t *type, json_t *json, const struct handle *handles) {
    const size_t count = wasmtime_component_record_type_field_count(type->of.record);
    value_t value = {.kind = WASMTIME_COMPONENT_RECORD};
    wasmtime_component_valrecord_new_uninit(&value.of.record, count);
    for (size_t i = 0; i < count; i++) {
        const char *name;
        size_t length;
        type_t field;
        wasmtime_component_record_type_field_nth(type->of.record, i, &name, &length, &field);
        wasmtime_component_valrecord_entry_t *entry = &value.of.record.data[i];
        wasm_byte_vec_new(&entry->name, length, name);
        entry->val = to_value(&field, json_object_getn(json, name, length), handles);
        wasmtime_component_valtype_delete(&field);
    }
    return value;
}

static value_t variant_value(const type_t *type, json_t *json, const struct handle *handles) {
    json_t *wanted = json_object_get(json, "variant");
    for (size_t i = 0;; i++) {
        const char *name;
        size_t length;
        bool has_payload;
        type_t payload;
        if (!wasmtime_component_variant_type_case_nth(type->of.variant, i, &name, &length, &has_payload, &payload))
            give_up("no such case of a variant", json_string_value(wanted));
        value_t *inside = NULL;
        if (length == json_string_length(wanted) && memcmp(name, json_string_value(wanted), length) == 0) {
            value_t given = to_value(&payload, json_object_get(json, "value"), handles);
            inside = wasmtime_component_val_new(&given);
        }
        if (has_payload)
            wasmtime_component_valtype_delete(&payload);
        if (inside)
            return (value_t){.kind = WASMTIME_COMPONENT_VARIANT, .of.variant = {name_of(wanted), inside}};
    }
}

wasmtime_component_val_t to_value(const wasmtime_component_valtype_t *type, json_t *json,
                                  const struct handle *handles) {
    json_t *whole = json_object_get(json, "s64");
    switch (type->kind) {
    case WASMTIME_COMPONENT_VALTYPE_U32:
        return (value_t){.kind = WASMTIME_COMPONENT_U32, .of.u32 = (uint32_t)json_integer_value(json)};
    case WASMTIME_COMPONENT_VALTYPE_S64:
        return (value_t){.kind = WASMTIME_COMPONENT_S64, .of.s64 = json_integer_value(whole)};
    case WASMTIME_COMPONENT_VALTYPE_F64:
        return (value_t){.kind = WASMTIME_COMPONENT_F64,
                         .of.f64 =
                             json_is_string(json) ? strtod(json_string_value(json), NULL) : json_number_value(json)};
    case WASMTIME_COMPONENT_VALTYPE_STRING:
        return (value_t){.kind = WASMTIME_COMPONENT_STRING, .of.string = name_of(json)};
    case WASMTIME_COMPONENT_VALTYPE_ENUM:
        return (value_t){.kind = WASMTIME_COMPONENT_ENUM, .of.enumeration = name_of(json)};
    case WASMTIME_COMPONENT_VALTYPE_LIST: return list_value(type, json, handles);
    case WASMTIME_COMPONENT_VALTYPE_RECORD: return record_value(type, json, handles);
    case WASMTIME_COMPONENT_VALTYPE_VARIANT: return variant_value(type, json, handles);
    case WASMTIME_COMPONENT_VALTYPE_BORROW: {
        const char *name = json_string_value(json_object_get(json, "resource"));
        return (value_t){.kind = WASMTIME_COMPONENT_RESOURCE,
                         .of.resource = wasmtime_component_resource_any_clone(find_handle(handles, name))};
    }
    default: give_up("a parameter of a type that no case has", json_dumps(json, JSON_ENCODE_ANY));
    }
}

static bool is_number(const value_t *got, double want) {
    switch (got->kind) {
    case WASMTIME_COMPONENT_U8: return got->of.u8 == want;
    case WASMTIME_COMPONENT_U32: return got->of.u32 == want;
    case WASMTIME_COMPONENT_U64: return (double)got->of.u64 == want;
    default: return false;
    }
}

static bool fits_bytes(const value_t *got, const struct bytes *want) {
    bool same = got->of.list.size == want->count;
    for (size_t i = 0; same && i < want->count; i++)
        same = got->of.list.data[i].of.u8 == want->at[i];
    return same;
}

static float float_at(const unsigned char *bytes, size_t i) {
    float number;
    memcpy(&number, bytes + 4 * i, 4);
    return number;
}

static bool fits_floats(const value_t *got, const struct bytes *want, double tolerance) {
    if (got->of.list.size != want->count)
        return false;
    double largest = 0;
    for (size_t i = 0; i < want->count / 4; i++) {
        const double y = (double)float_at(want->at, i);
        largest = isfinite(y) && fabs(y) > largest ? fabs(y) : largest;
    }
    for (size_t i = 0; i < want->count / 4; i++) {
        unsigned char bytes[4];
        for (size_t k = 0; k < 4; k++)
            bytes[k] = got->of.list.data[4 * i + k].of.u8;
        const double x = (double)float_at(bytes, 0), y = (double)float_at(want->at, i);
        if (isnan(y) ? !isnan(x) : !(x == y || fabs(x - y) <= tolerance * largest))
            return false;
    }
    return true;
}

/* bytes: what a list<u8> shall be, exactly or as float32. */
static bool fits_data(const value_t *got, json_t *want) {
    json_t *floats = json_object_get(want, "float32");
    const struct bytes bytes = decode(json_string_value(floats ? floats : json_object_get(want, "base64")));
    const bool good = got->kind == WASMTIME_COMPONENT_LIST &&
                      (floats ? fits_floats(got, &bytes, json_number_value(json_object_get(want, "tolerance")))
                              : fits_bytes(got, &bytes));
    free(bytes.at);
    return good;
}

static bool has_text(const wasm_name_t *text, json_t *part) {
    return memmem(text->data, text->size, json_string_value(part), json_string_length(part));
}

static bool has_all(const value_t *got, json_t *parts) {
    size_t i;
    json_t *part;
    json_array_foreach(parts, i, part) {
        bool found = got->kind == WASMTIME_COMPONENT_STRING && has_text(&got->of.string, part);
        for (size_t k = 0; got->kind == WASMTIME_COMPONENT_LIST && !found && k < got->of.list.size; k++)
            found = fits(&got->of.list.data[k], part);
        if (!found)
            return false;
    }
    return true;
}

static const value_t *find_field(const value_t *record, const char *name) {
    for (size_t i = 0; i < record->of.record.size; i++) {
        const wasmtime_component_valrecord_entry_t *entry = &record->of.record.data[i];
        if (entry->name.size == strlen(name) && memcmp(entry->name.data, name, entry->name.size) == 0)
            return &entry->val;
    }
    return NULL;
}

static bool fits_fields(const value_t *got, json_t *want) {
    const char *name;
    json_t *field;
    json_object_foreach(want, name, field) {
        const value_t *value = got->kind == WASMTIME_COMPONENT_RECORD ? find_field(got, name) : NULL;
        if (!value || !fits(value, field))
            return false;
    }
    return true;
}

static bool fits_object(const value_t *got, json_t *want) {
    json_t *least = json_object_get(want, "at-least");
    if (json_object_get(want, "base64") || json_object_get(want, "float32"))
        return fits_data(got, want);
    if (json_object_get(want, "has"))
        return has_all(got, json_object_get(want, "has"));
    if (least)
        return got->kind == WASMTIME_COMPONENT_U64 && got->of.u64 >= (uint64_t)json_integer_value(least);
    return fits_fields(got, want);
}

bool fits(const wasmtime_component_val_t *got, json_t *want) {
    if (got->kind == WASMTIME_COMPONENT_OPTION)
        return got->of.option ? fits(got->of.option, want) : json_is_null(want);
    if (json_is_object(want))
        return fits_object(got, want);
    if (json_is_boolean(want))
        return got->kind == WASMTIME_COMPONENT_BOOL && got->of.boolean == json_is_true(want);
    if (json_is_number(want))
        return is_number(got, json_number_value(want));
    const bool text = got->kind == WASMTIME_COMPONENT_STRING || got->kind == WASMTIME_COMPONENT_ENUM;
    if (json_is_string(want)) /* both names are of one type */
        return text && got->of.string.size == json_string_length(want) &&
               memcmp(got->of.string.data, json_string_value(want), got->of.string.size) == 0;
    bool good =
        json_is_array(want) && got->kind == WASMTIME_COMPONENT_LIST && got->of.list.size == json_array_size(want);
    for (size_t i = 0; good && i < json_array_size(want); i++)
        good = fits(&got->of.list.data[i], json_array_get(want, i));
    return good;
}
