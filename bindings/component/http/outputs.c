/* outputs.c - the outputs of a request: which are asked for, and each as JSON, as bytes, or as its best classes with their labels. */
#include <string.h>

#include "compile/compiled.h"
#include "datatype.h"
#include "infer.h"

enum { MAX_CLASSES = 1000 };

static bool read_parameters(struct infer *infer, yyjson_val *parameters, struct wanted *wanted) {
    struct json_member known[] = {{"binary_data", NULL}, {"classification", NULL}};
    if (!json_members(parameters, "an output's parameters", known, 2, infer->response))
        return false;
    if (known[0].value && !yyjson_is_bool(known[0].value))
        return http_fail(infer->response, 400, "binary_data is neither true nor false");
    if (known[1].value && (!yyjson_is_uint(known[1].value) || yyjson_get_uint(known[1].value) > MAX_CLASSES))
        return http_fail(infer->response, 400, "classification is not a number from 0 to %l", (int64_t)MAX_CLASSES);
    if (known[0].value)
        wanted->binary = yyjson_get_bool(known[0].value);
    if (known[1].value)
        wanted->classes = (int64_t)yyjson_get_uint(known[1].value);
    return true;
}

static uint32_t count_outputs(void) {
    uint32_t count = 0;
    while (msw_model_output(compiled.model, count))
        count++;
    return count;
}

static bool read_output(struct infer *infer, yyjson_val *value) {
    struct json_member members[] = {{"name", NULL}, {"parameters", NULL}};
    struct wanted *wanted = &infer->outputs[infer->output_count];
    *wanted = (struct wanted){.binary = infer->binary};
    if (!json_members(value, "an output", members, 2, infer->response))
        return false;
    const struct bytes name = {yyjson_get_str(members[0].value), yyjson_get_len(members[0].value)};
    if (!name.data)
        return http_fail(infer->response, 400, "an output has no name");
    const struct msw_tensor *output;
    while ((output = msw_model_output(compiled.model, wanted->index)) && !bytes_equal(name, output->name))
        wanted->index++;
    if (!output)
        return http_fail(infer->response, 400, "the model has no output '%b'", name);
    for (uint32_t i = 0; i < infer->output_count; i++)
        if (infer->outputs[i].index == wanted->index)
            return http_fail(infer->response, 400, "output '%s' is asked for twice", output->name);
    infer->output_count++;
    return !members[1].value || read_parameters(infer, members[1].value, wanted);
}

bool infer_read_outputs(struct infer *infer, yyjson_val *outputs) {
    const uint32_t all = count_outputs();
    infer->outputs =
        msw_alloc(sizeof *infer->outputs * (all + 1)); /* one more is written before it is found to be too many */
    if (!infer->outputs)
        return http_fail(infer->response, 413, "out of memory");
    if (outputs && !yyjson_is_arr(outputs))
        return http_fail(infer->response, 400, "outputs is not a list of outputs");
    if (yyjson_arr_size(outputs) == 0) {
        for (; infer->output_count < all; infer->output_count++)
            infer->outputs[infer->output_count] = (struct wanted){infer->output_count, infer->binary, 0};
        return true;
    }
    size_t at, count;
    yyjson_val *value;
    yyjson_arr_foreach(outputs, at, count, value) {
        if (!read_output(infer, value))
            return false;
    }
    return true;
}

static bool write_values(struct infer *infer, const struct msw_tensor *output, struct text *json) {
    size_t elements = 0;
    infer_elements(&output->type, &elements);
    if (!datatype_in_json(output->type.dtype))
        return http_fail(infer->response, 400, "output '%s': %s has no JSON form; ask for binary_data", output->name,
                         datatype_name(output->type.dtype));
    text_add(json, ",\"data\":[");
    for (size_t i = 0; i < elements; i++) {
        if (i > 0)
            text_add(json, ",");
        if (!datatype_write(output->type.dtype, output->data, i, json))
            return http_fail(infer->response, 406,
                             "output '%s': value %l is NaN or infinite, which JSON cannot say; ask for binary_data",
                             output->name, (int64_t)i);
    }
    text_add(json, "]");
    return true;
}

/* Whether element x comes before y: the greater, of equals the first, NaN last. */
static bool before(const struct msw_tensor *output, size_t x, size_t y) {
    const double a = datatype_value(output->type.dtype, output->data, x);
    const double b = datatype_value(output->type.dtype, output->data, y);
    return a > b || (b != b && a == a);
}

/* best[0 .. count): the first of a row, in order. */
static void find_best(const struct msw_tensor *output, size_t row, size_t width, size_t *best, size_t count) {
    size_t found = 0;
    for (size_t i = row * width; i < (row + 1) * width; i++) {
        size_t at = found;
        while (at > 0 && before(output, i, best[at - 1]))
            at--;
        if (at == count)
            continue;
        found += found < count;
        memmove(best + at + 1, best + at, (found - 1 - at) * sizeof *best);
        best[at] = i;
    }
}

/* "VALUE:INDEX:LABEL", or without the label, as other servers of the protocol have it. */
static void write_class(const struct msw_tensor *output, bool labelled, size_t element, size_t class,
                        struct text *text) {
    if (!datatype_write(output->type.dtype, output->data, element, text)) {
        const double value = datatype_value(output->type.dtype, output->data, element);
        text_add(text, value != value ? "nan" : value > 0 ? "inf" : "-inf");
    }
    text_add(text, ":");
    text_integer(text, (int64_t)class);
    if (labelled && class < compiled.label_count) {
        text_add(text, ":");
        text_add(text, compiled.labels[class]);
    }
}

static void put_class(const struct wanted *wanted, const struct text *class, bool first, struct text *json,
                      struct text *blob) {
    const uint32_t length = (uint32_t)class->count;
    if (wanted->binary) {
        text_put(blob, &length, sizeof length);
        text_put(blob, class->data, class->count);
        return;
    }
    if (!first)
        text_add(json, ",");
    text_quote(json, class->data, class->count);
}

static void write_row(const struct wanted *wanted, const struct msw_tensor *output, size_t row, size_t width,
                      size_t count, struct text *json, struct text *blob) {
    size_t best[MAX_CLASSES + 1];
    find_best(output, row, width, best, count);
    for (size_t i = 0; i < count; i++) {
        struct text class = {0};
        write_class(output, wanted->index == 0 && compiled.labels, best[i], best[i] - row * width, &class);
        json->failed = json->failed || class.failed;
        put_class(wanted, &class, row == 0 && i == 0, json, blob);
        text_free(&class);
    }
}

static bool write_classes(struct infer *infer, const struct wanted *wanted, const struct msw_tensor *output,
                          struct text *json, struct text *blob) {
    const struct msw_type *type = &output->type;
    if (type->rank < 1 || !datatype_in_json(type->dtype))
        return http_fail(infer->response, 400, "output '%s' has no classes: its datatype is %s, its rank %l",
                         output->name, datatype_name(type->dtype), (int64_t)type->rank);
    size_t elements = 0;
    infer_elements(type, &elements);
    const size_t width = (size_t)type->dims[type->rank - 1];
    const size_t count = (size_t)wanted->classes < width ? (size_t)wanted->classes : width;
    struct msw_type shown = *type;
    shown.dims[type->rank - 1] = (int32_t)count;
    text_add(json, ",\"datatype\":\"BYTES\",\"shape\":");
    infer_shape(json, &shown);
    if (!wanted->binary)
        text_add(json, ",\"data\":[");
    for (size_t row = 0; row * width < elements; row++)
        write_row(wanted, output, row, width, count, json, blob);
    if (!wanted->binary)
        text_add(json, "]");
    return true;
}

static bool write_tensor(struct infer *infer, const struct wanted *wanted, const struct msw_tensor *output,
                         struct text *json, struct text *blob) {
    text_add(json, ",\"datatype\":\"");
    text_add(json, datatype_name(output->type.dtype));
    text_add(json, "\",\"shape\":");
    infer_shape(json, &output->type);
    if (!wanted->binary)
        return write_values(infer, output, json);
    text_put(blob, output->data, output->bytes);
    return true;
}

static bool write_output(struct infer *infer, const struct wanted *wanted, struct text *json, struct text *blob) {
    const struct msw_tensor *output = msw_run_output(infer->run, wanted->index);
    const size_t before_it = blob->count;
    text_add(json, "{\"name\":");
    text_quote(json, output->name, strlen(output->name));
    if (!(wanted->classes > 0 ? write_classes(infer, wanted, output, json, blob)
                              : write_tensor(infer, wanted, output, json, blob)))
        return false;
    if (wanted->binary) {
        text_add(json, ",\"parameters\":{\"binary_data_size\":");
        text_integer(json, (int64_t)(blob->count - before_it));
        text_add(json, "}");
    }
    text_add(json, "}");
    return true;
}

bool infer_write_outputs(struct infer *infer, struct text *json, struct text *blob) {
    text_add(json, "[");
    for (uint32_t i = 0; i < infer->output_count; i++) {
        if (i > 0)
            text_add(json, ",");
        if (!write_output(infer, &infer->outputs[i], json, blob))
            return false;
    }
    text_add(json, "]");
    return true;
}
