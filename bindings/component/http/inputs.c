/* inputs.c - the inputs of a request: which of the model's each one is, whether type, shape and amount are right, and its elements into the run. */
#include <string.h>

#include "compile/compiled.h"
#include "datatype.h"
#include "infer.h"

static struct bytes string_of(yyjson_val *value) {
    return (struct bytes){yyjson_get_str(value), yyjson_get_len(value)};
}

bool infer_elements(const struct msw_type *type, size_t *elements) {
    uint64_t product = 1;
    bool empty = false;
    for (int32_t i = 0; i < type->rank; i++)
        empty = empty || type->dims[i] == 0;
    for (int32_t i = 0; i < type->rank && !empty; i++) {
        product *= (uint64_t)type->dims[i];
        if (product > INT32_MAX)
            return false;
    }
    *elements = empty ? 0 : (size_t)product;
    return true;
}

void infer_shape(struct text *text, const struct msw_type *type) {
    text_add(text, "[");
    for (int32_t i = 0; i < type->rank; i++) {
        if (i > 0)
            text_add(text, ",");
        text_integer(text, type->dims[i]);
    }
    text_add(text, "]");
}

static bool fits(const struct msw_type *given, const struct msw_type *declared) {
    bool same = declared->rank < 0 || given->rank == declared->rank;
    for (int32_t i = 0; same && declared->rank >= 0 && i < given->rank; i++)
        same = declared->dims[i] < 0 || given->dims[i] == declared->dims[i];
    return same;
}

static bool read_shape(struct infer *infer, const struct msw_tensor *input, yyjson_val *shape, struct msw_type *type) {
    if (!yyjson_is_arr(shape) || yyjson_arr_size(shape) > MSW_MAX_RANK)
        return http_fail(infer->response, 400, "input '%s': shape is a list of at most %l sizes", input->name,
                         (int64_t)MSW_MAX_RANK);
    size_t at, count;
    yyjson_val *size;
    yyjson_arr_foreach(shape, at, count, size) {
        if (!yyjson_is_uint(size) || yyjson_get_uint(size) > INT32_MAX)
            return http_fail(infer->response, 400, "input '%s': size %l of the shape is not a number from 0 to %l",
                             input->name, (int64_t)at, (int64_t)INT32_MAX);
        type->dims[at] = (int32_t)yyjson_get_uint(size);
    }
    type->rank = (int32_t)count;
    if (fits(type, &input->type))
        return true;
    struct text got = {0}, expected = {0};
    infer_shape(&got, type);
    infer_shape(&expected, &input->type);
    http_fail(infer->response, 400, "input '%s': shape %b, expected %b", input->name,
              (struct bytes){got.data, got.count}, (struct bytes){expected.data, expected.count});
    text_free(&got);
    text_free(&expected);
    return false;
}

static bool read_datatype(struct infer *infer, const struct msw_tensor *input, yyjson_val *value, int32_t *dtype) {
    if (!yyjson_is_str(value))
        return http_fail(infer->response, 400, "input '%s': no datatype", input->name);
    *dtype = datatype_of(string_of(value));
    if (*dtype != MSW_ANY && (input->type.dtype == MSW_ANY || input->type.dtype == *dtype))
        return true;
    const char *expected = datatype_name(input->type.dtype);
    return http_fail(infer->response, 400, "input '%s': datatype %b, expected %s", input->name, string_of(value),
                     expected ? expected : "one that the model takes");
}

/* Bytes behind the JSON belong to the inputs that have binary_data_size, in the order of the request. */
static bool take_binary(struct infer *infer, const char *name, yyjson_val *size, size_t need, struct given *given) {
    if (!yyjson_is_uint(size) || yyjson_get_uint(size) != need)
        return http_fail(infer->response, 400,
                         "input '%s': binary_data_size is not %l, which its shape and datatype need", name,
                         (int64_t)need);
    if (need > infer->blob.count)
        return http_fail(infer->response, 400, "input '%s': binary_data_size %l, but %l bytes are left behind the JSON",
                         name, (int64_t)need, (int64_t)infer->blob.count);
    given->binary = (struct bytes){infer->blob.data, need};
    infer->blob.data += need;
    infer->blob.count -= need;
    return true;
}

static bool take_json(struct infer *infer, const char *name, yyjson_val *data, size_t elements, struct given *given) {
    if (!yyjson_is_arr(data))
        return http_fail(infer->response, 400, "input '%s': neither data, a list, nor parameter binary_data_size",
                         name);
    if (!datatype_in_json(given->type.dtype))
        return http_fail(infer->response, 400, "input '%s': %s has no JSON form; send bytes with binary_data_size",
                         name, datatype_name(given->type.dtype));
    const bool nested = given->type.rank > 1 && yyjson_is_arr(yyjson_arr_get_first(data));
    if (!nested && yyjson_arr_size(data) != elements)
        return http_fail(infer->response, 400, "input '%s': its shape needs %l values, data has %l", name,
                         (int64_t)elements, (int64_t)yyjson_arr_size(data));
    if (elements > infer->request->body.count) /* before memory is asked for */
        return http_fail(infer->response, 400, "input '%s': its shape needs %l values, more than data has", name,
                         (int64_t)elements);
    given->data = data;
    return true;
}

static bool read_content(struct infer *infer, const struct msw_tensor *input, yyjson_val *data, yyjson_val *parameters,
                         struct given *given) {
    struct json_member known[] = {{"binary_data_size", NULL}};
    size_t elements;
    if (parameters && !json_members(parameters, "an input's parameters", known, 1, infer->response))
        return false;
    if (!infer_elements(&given->type, &elements))
        return http_fail(infer->response, 413, "input '%s': more elements than %l", input->name, (int64_t)INT32_MAX);
    if (!known[0].value)
        return take_json(infer, input->name, data, elements, given);
    if (data)
        return http_fail(infer->response, 400, "input '%s': both data and binary_data_size", input->name);
    return take_binary(infer, input->name, known[0].value, elements * datatype_bytes(given->type.dtype), given);
}

static bool read_input(struct infer *infer, yyjson_val *value) {
    struct json_member members[] = {
        {"name", NULL}, {"shape", NULL}, {"datatype", NULL}, {"parameters", NULL}, {"data", NULL}};
    if (!json_members(value, "an input", members, sizeof members / sizeof members[0], infer->response))
        return false;
    if (!yyjson_is_str(members[0].value))
        return http_fail(infer->response, 400, "an input has no name");
    uint32_t index = 0;
    while (index < infer->input_count &&
           !bytes_equal(string_of(members[0].value), msw_model_input(compiled.model, index)->name))
        index++;
    if (index == infer->input_count)
        return http_fail(infer->response, 400, "the model has no input '%b'", string_of(members[0].value));
    const struct msw_tensor *input = msw_model_input(compiled.model, index);
    struct given *given = &infer->inputs[index];
    if (given->seen)
        return http_fail(infer->response, 400, "input '%s' is given twice", input->name);
    given->seen = true;
    return read_datatype(infer, input, members[2].value, &given->type.dtype) &&
           read_shape(infer, input, members[1].value, &given->type) &&
           read_content(infer, input, members[4].value, members[3].value, given);
}

bool infer_read_inputs(struct infer *infer, yyjson_val *inputs) {
    if (!yyjson_is_arr(inputs))
        return http_fail(infer->response, 400, "inputs is not a list of inputs");
    size_t at, count;
    yyjson_val *value;
    yyjson_arr_foreach(inputs, at, count, value) {
        if (!read_input(infer, value))
            return false;
    }
    for (uint32_t i = 0; i < infer->input_count; i++)
        if (!infer->inputs[i].seen)
            return http_fail(infer->response, 400, "input '%s' is missing", msw_model_input(compiled.model, i)->name);
    if (infer->blob.count > 0)
        return http_fail(infer->response, 400, "%l bytes behind the JSON belong to no input",
                         (int64_t)infer->blob.count);
    return true;
}

/* Where the next element goes. */
struct place {
    const struct msw_tensor *tensor;
    size_t element;
};

static bool put_element(struct infer *infer, struct place *place, yyjson_val *value) {
    const int32_t dtype = place->tensor->type.dtype;
    char *to = (char *)place->tensor->data + place->element * datatype_bytes(dtype);
    if (!datatype_read(dtype, value, to))
        return http_fail(infer->response, 400, "input '%s': value %l is no %s, or does not fit: %s",
                         place->tensor->name, (int64_t)place->element, datatype_name(dtype),
                         yyjson_get_type_desc(value));
    place->element++;
    return true;
}

/* Lists in lists, as the shape says; so no deeper than the rank. */
static bool put_nested(struct infer *infer, struct place *place, yyjson_val *list, int32_t axis) {
    const struct msw_type *type = &place->tensor->type;
    if (!yyjson_is_arr(list) || yyjson_arr_size(list) != (size_t)type->dims[axis])
        return http_fail(infer->response, 400, "input '%s': a list of axis %l does not have %l values",
                         place->tensor->name, (int64_t)axis, (int64_t)type->dims[axis]);
    size_t at, count;
    yyjson_val *value;
    yyjson_arr_foreach(list, at, count, value) {
        if (axis + 1 < type->rank ? !put_nested(infer, place, value, axis + 1) : !put_element(infer, place, value))
            return false;
    }
    return true;
}

static bool put_flat(struct infer *infer, struct place *place, yyjson_val *list) {
    size_t at, count;
    yyjson_val *value;
    yyjson_arr_foreach(list, at, count, value) {
        if (!put_element(infer, place, value))
            return false;
    }
    return true;
}

/* Any byte but 0 is true, and the engine knows 1 alone. */
static void put_binary(const struct msw_tensor *to, struct bytes from) {
    if (from.count > 0)
        memcpy(to->data, from.data, from.count);
    for (size_t i = 0; to->type.dtype == MSW_BOOL && i < from.count; i++)
        ((uint8_t *)to->data)[i] = ((uint8_t *)to->data)[i] != 0;
}

bool infer_fill_inputs(struct infer *infer) {
    for (uint32_t i = 0; i < infer->input_count; i++) {
        const struct given *given = &infer->inputs[i];
        struct place place = {msw_run_input(infer->run, i), 0};
        if (!given->data) {
            put_binary(place.tensor, given->binary);
            continue;
        }
        const bool nested = given->type.rank > 1 && yyjson_is_arr(yyjson_arr_get_first(given->data));
        if (nested ? !put_nested(infer, &place, given->data, 0) : !put_flat(infer, &place, given->data))
            return false;
    }
    return true;
}
