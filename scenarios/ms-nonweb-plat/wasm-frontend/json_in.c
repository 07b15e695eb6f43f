/* Reads JSON with jansson, and says of each wrong thing which input and value it is and what would be accepted. */
#include "json_in.h"

#include <math.h>
#include <string.h>

#include "fail.h"
#include "json_place.h"
#include "suggest.h"

#define LIST_OF_TENSORS "a JSON list of tensors"

static const char *const keys[] = {"input-data", "dim-size", "shape"};

static _Noreturn void fail_form(const char *place, const char *text, size_t bytes, const json_error_t *error) {
    struct json_place at = json_place_at(text, bytes, error->position > 0 ? (size_t)error->position - 1 : 0);
    const char *where = at.depth == 3 ? text_of("input %zu, value %zu: ", at.input, at.value) : "";
    fail(EXIT_INPUT, "%s: line %d column %d: %s%s", place, error->line, error->column, where, error->text);
}

json_t *json_parse(const char *place, const char *text, size_t bytes, const char *expected) {
    struct json_place deep;
    if (strspn(text, " \t\r\n") == bytes)
        fail(EXIT_INPUT, "%s: empty, expected %s", place, expected);
    if (bytes >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
        fail(EXIT_INPUT, "%s: byte 0: a byte order mark, expected UTF-8 without one", place);
    if (json_too_deep(text, bytes, &deep))
        fail(EXIT_INPUT, "%s: line %d column %d: nesting deeper than %d", place, deep.line, deep.column - 1,
             JSON_MAX_DEPTH);
    json_error_t error;
    json_t *json = json_loadb(text, bytes, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    if (!json)
        fail_form(place, text, bytes, &error);
    return keep(json);
}

struct json_tensors json_tensors_parse(const char *place, const char *text, size_t bytes) {
    struct json_tensors tensors = {.place = place, .text = text, .bytes = bytes};
    tensors.list = json_parse(place, text, bytes, LIST_OF_TENSORS);
    if (json_is_object(tensors.list)) {
        json_t *only = tensors.list;
        tensors.list = keep(json_array());
        json_array_append_new(tensors.list, only);
    }
    if (!json_is_array(tensors.list))
        fail(EXIT_INPUT, "%s: not a list, expected " LIST_OF_TENSORS, place);
    tensors.count = json_array_size(tensors.list);
    return tensors;
}

static void refuse_unknown_keys(const struct json_tensors *tensors, size_t index, json_t *tensor) {
    const char *key;
    json_t *value;
    json_object_foreach(tensor, key, value) {
        bool known = false;
        for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
            known = known || strcmp(key, keys[i]) == 0;
        if (known)
            continue;
        struct json_place at;
        bool found = json_place_of_key(tensors->text, tensors->bytes, index, key, &at);
        fail(EXIT_INPUT, "%s: %sinput %zu: unknown key '%s'%s, expected input-data, dim-size and shape", tensors->place,
             found ? text_of("line %d column %d: ", at.line, at.column) : "", index, shown(key),
             did_you_mean(key, keys, sizeof keys / sizeof keys[0]));
    }
}

static json_t *member(const struct json_tensors *tensors, size_t index, const char *key) {
    json_t *tensor = json_array_get(tensors->list, index);
    if (!json_is_object(tensor))
        fail(EXIT_INPUT,
             "%s: input %zu: not an object, expected {\"input-data\": [..], \"dim-size\": n, \"shape\": [..]}",
             tensors->place, index);
    refuse_unknown_keys(tensors, index, tensor);
    json_t *value = json_object_get(tensor, key);
    if (!value)
        fail(EXIT_INPUT, "%s: input %zu: '%s' missing, expected input-data, dim-size and shape", tensors->place, index,
             key);
    return value;
}

static int32_t read_shape(const struct json_tensors *tensors, size_t index, int32_t dims[ARRAY_MAX_RANK]) {
    json_t *shape = member(tensors, index, "shape"), *size = member(tensors, index, "dim-size");
    size_t rank = json_array_size(shape);
    if (!json_is_array(shape) || rank > MSW_MAX_RANK)
        fail(EXIT_INPUT, "%s: input %zu: shape is %s, expected a list of at most %d sizes", tensors->place, index,
             json_is_array(shape) ? text_of("%zu sizes long", rank) : "not a list", MSW_MAX_RANK);
    if (!json_is_integer(size) || json_integer_value(size) != (json_int_t)rank)
        fail(EXIT_INPUT, "%s: input %zu: dim-size is %s, expected %zu, the length of shape", tensors->place, index,
             json_is_integer(size) ? text_of("%lld", (long long)json_integer_value(size)) : "not an integer", rank);
    for (size_t i = 0; i < rank; i++) {
        json_t *dim = json_array_get(shape, i);
        json_int_t value = json_integer_value(dim);
        if (!json_is_integer(dim) || value < 0 || value > INT32_MAX)
            fail(EXIT_INPUT, "%s: input %zu: dimension %zu is %s, expected an integer from 0 to %d", tensors->place,
                 index, i, json_is_integer(dim) ? text_of("%lld", (long long)value) : "not an integer", INT32_MAX);
        dims[i] = (int32_t)value;
    }
    return (int32_t)rank;
}

/* A number as it would be written. */
static const char *as_text(json_t *value) {
    char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(9));
    const char *copy = text ? text_of("%s", text) : "?";
    free(text);
    return shown(copy);
}

static bool store(struct array *array, size_t i, json_t *value) {
    if (array_is_float(array->number)) {
        double number = json_number_value(value);
        array_set_number(array, i, number);
        return json_is_number(value) && isfinite(array_number(array, i));
    }
    double real = json_real_value(value);
    int64_t integer = json_is_boolean(value) ? json_boolean_value(value) : json_integer_value(value);
    if (json_is_real(value)) { /* 3.0 is an integer, whatever a program made of it on the way */
        if (real != floor(real) || fabs(real) >= 0x1p63)
            return false;
        integer = (int64_t)real;
    }
    array_set_integer(array, i, integer);
    return (json_is_number(value) || (json_is_boolean(value) && array->number == 'b')) &&
           integer >= array_least(array->number, array->item) && integer <= array_most(array->number, array->item);
}

static _Noreturn void fail_value(const struct json_tensors *tensors, size_t index, size_t i, json_t *value,
                                 const struct array *array, const char *tag) {
    if (json_is_array(value))
        fail(EXIT_INPUT, "%s: input %zu: value %zu is a list, expected numbers, flat and row-major", tensors->place,
             index, i);
    const char *range = array_is_float(array->number) ? "a number that fits"
                                                      : text_of("an integer from %lld to %lld",
                                                                (long long)array_least(array->number, array->item),
                                                                (long long)array_most(array->number, array->item));
    fail(EXIT_INPUT, "%s: input %zu: value %zu is %s, expected %s (%s)", tensors->place, index, i, as_text(value),
         range, tag);
}

struct array json_tensor(const struct json_tensors *tensors, size_t index, char number, size_t item, const char *tag) {
    json_t *data = member(tensors, index, "input-data");
    int32_t dims[ARRAY_MAX_RANK] = {0};
    int32_t rank = read_shape(tensors, index, dims);
    size_t elements, given = json_array_size(data);
    if (!array_count(dims, rank, item, &elements))
        fail(EXIT_INPUT, "%s: input %zu: element count of shape %s overflows", tensors->place, index,
             array_shape_text(dims, rank));
    if (!json_is_array(data))
        fail(EXIT_INPUT, "%s: input %zu: input-data is not a list, expected %zu numbers, flat and row-major",
             tensors->place, index, elements);
    struct array array = {.number = number, .item = item};
    if (given > 0 && json_is_array(json_array_get(data, 0)))
        fail_value(tensors, index, 0, json_array_get(data, 0), &array, tag);
    if (given != elements)
        fail(EXIT_INPUT, "%s: input %zu: shape %s needs %zu values, got %zu", tensors->place, index,
             array_shape_text(dims, rank), elements, given);
    array = array_new(number, item, dims, rank);
    for (size_t i = 0; i < elements; i++)
        if (!store(&array, i, json_array_get(data, i)))
            fail_value(tensors, index, i, json_array_get(data, i), &array, tag);
    return array;
}
