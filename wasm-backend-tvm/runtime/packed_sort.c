/* packed_sort.c - the arguments of the sort family, checked before sort_lines.h sorts. */
#include "packed_sort.h"

#include <stdbool.h>
#include <string.h>

#include "sort_lines.h"

static int fail(const char *name, const char *text) {
    const char *parts[] = {"tvm.contrib.sort.", name, ": ", text};
    TVMFFIErrorSetRaisedFromCStrParts("ValueError", parts, 4);
    return -1;
}

static const struct tvm_tensor *tensor_of(const struct tvm_any *arg) {
    return arg->type_index == TVM_TENSOR ? arg->value.pointer : NULL;
}

static bool is_integer(const struct tvm_any *arg) {
    return arg->type_index == TVM_INT || arg->type_index == TVM_BOOL;
}

static unsigned char *data_of(const struct tvm_tensor *tensor) {
    return (unsigned char *)tensor->data + tensor->byte_offset;
}

static bool is_dense(const struct tvm_tensor *tensor) {
    int64_t step = 1;
    for (int32_t i = tensor->ndim - 1; tensor->strides && i >= 0; i--) {
        if (tensor->shape[i] != 1 && tensor->strides[i] != step)
            return false;
        step *= tensor->shape[i];
    }
    return true;
}

static bool is_whole(const struct tvm_tensor *tensor) {
    const uint8_t bits = tensor->dtype.bits;
    return tensor->dtype.lanes == 1 && (bits == 8 || bits == 16 || bits == 32 || bits == 64);
}

static bool can_sort(const struct tvm_tensor *x) {
    const uint8_t bits = x->dtype.bits;
    switch (x->dtype.code) {
    case TVM_DTYPE_INT:
    case TVM_DTYPE_UINT: return is_whole(x);
    case TVM_DTYPE_BOOL: return is_whole(x) && bits == 8;
    case TVM_DTYPE_FLOAT: return is_whole(x) && bits != 8;
    case TVM_DTYPE_BFLOAT: return is_whole(x) && bits == 16;
    default: return false;
    }
}

static bool can_index(const struct tvm_tensor *z) {
    const uint8_t code = z->dtype.code;
    if (code == TVM_DTYPE_FLOAT)
        return is_whole(z) && z->dtype.bits >= 32;
    return is_whole(z) && (code == TVM_DTYPE_INT || code == TVM_DTYPE_UINT);
}

/* True when z has the shape of x, but k at the axis. */
static bool has_shape(const struct tvm_tensor *z, const struct tvm_tensor *x, int64_t axis, int64_t k) {
    bool same = z->ndim == x->ndim;
    for (int32_t i = 0; same && i < x->ndim; i++)
        same = z->shape[i] == (i == axis ? k : x->shape[i]);
    return same;
}

/* What the functions have in common, once their arguments are told apart. */
struct request {
    const char *name;
    const struct tvm_any *x, *valid, *values, *indices, *axis, *ascend; /* NULL: not there */
    int64_t k;                                                          /* < 1: all */
};

static const char *check_outputs(const struct request *request, const struct tvm_tensor *x, int64_t axis, int64_t k) {
    const struct tvm_tensor *values = request->values ? tensor_of(request->values) : NULL;
    const struct tvm_tensor *indices = request->indices ? tensor_of(request->indices) : NULL;
    if ((request->values && !values) || (request->indices && !indices))
        return "an output is no tensor, expected tensors";
    if (values && (values->dtype.code != x->dtype.code || values->dtype.bits != x->dtype.bits || !is_whole(values)))
        return "values of another data type than the input's, expected the same";
    if (indices && !can_index(indices))
        return "indices of a data type that holds none, expected integers, float32 or float64";
    if ((values && !has_shape(values, x, axis, k)) || (indices && !has_shape(indices, x, axis, k)))
        return "an output of another shape, expected the input's with k at the axis";
    if ((values && !is_dense(values)) || (indices && !is_dense(indices)))
        return "an output with gaps, expected row-major tensors";
    return NULL;
}

static const char *check_valid(const struct tvm_any *arg, struct sort_input *input) {
    const struct tvm_tensor *valid = tensor_of(arg);
    if (!valid || valid->dtype.code != TVM_DTYPE_INT || valid->dtype.bits != 32 || !is_whole(valid) || !is_dense(valid))
        return "valid counts of another data type or with gaps, expected int32";
    size_t count = 1;
    for (int32_t i = 0; i < valid->ndim; i++)
        count *= (size_t)valid->shape[i];
    if (count != input->outer * input->step)
        return "another number of valid counts, expected one for each line of the axis";
    input->valid = (const int32_t *)(void *)data_of(valid);
    for (size_t i = 0; i < count; i++)
        if (input->valid[i] > 0 && (size_t)input->valid[i] > input->n)
            return "a valid count is larger than the axis, expected at most its size";
    return NULL;
}

static struct sort_output output_of(const struct tvm_any *arg) {
    if (!arg)
        return (struct sort_output){0};
    const struct tvm_tensor *z = tensor_of(arg);
    return (struct sort_output){data_of(z), z->dtype.code, z->dtype.bits};
}

static struct sort_input input_of(const struct tvm_tensor *x, int64_t axis, bool ascend) {
    struct sort_input input = {.x = data_of(x),
                               .outer = 1,
                               .n = (size_t)x->shape[axis],
                               .step = 1,
                               .element_bytes = x->dtype.bits / 8,
                               .code = x->dtype.code,
                               .ascend = ascend};
    for (int32_t i = 0; i < x->ndim; i++)
        if (i != axis)
            *(i < axis ? &input.outer : &input.step) *= (size_t)x->shape[i];
    return input;
}

static int sort_request(const struct request *request) {
    const struct tvm_tensor *x = tensor_of(request->x);
    if (!x || !can_sort(x) || !is_dense(x))
        return fail(request->name, "an input that cannot be sorted, expected a row-major tensor of numbers");
    if (!is_integer(request->axis) || !is_integer(request->ascend))
        return fail(request->name, "an axis or an order that is no integer, expected integers");
    const int64_t axis = request->axis->value.integer + (request->axis->value.integer < 0 ? x->ndim : 0);
    if (axis < 0 || axis >= x->ndim)
        return fail(request->name, "axis out of range, expected one of the input's");
    const int64_t k = request->k < 1 ? x->shape[axis] : request->k;
    if (k > x->shape[axis])
        return fail(request->name, "k is larger than the axis, expected at most its size");
    const char *wrong = check_outputs(request, x, axis, k);
    if (wrong)
        return fail(request->name, wrong);
    struct sort_input input = input_of(x, axis, request->ascend->value.integer != 0);
    if (request->valid && (wrong = check_valid(request->valid, &input)))
        return fail(request->name, wrong);
    const struct sort_output values = output_of(request->values), indices = output_of(request->indices);
    if (!sort_lines(&input, (size_t)k, &values, &indices))
        return fail(request->name, "no memory, expected 16 bytes for each element of a line");
    return 0;
}

static int wrong_count(const char *name) {
    return fail(name, "another number of arguments than TVM 0.27 gives");
}

int sort_values(void *self, const struct tvm_any *args, int32_t count, struct tvm_any *answer) {
    (void)self, (void)answer;
    if (count != 4)
        return wrong_count("sort");
    return sort_request(
        &(struct request){.name = "sort", .x = args, .values = args + 1, .axis = args + 2, .ascend = args + 3});
}

int sort_indices(void *self, const struct tvm_any *args, int32_t count, struct tvm_any *answer) {
    (void)self, (void)answer;
    if (count != 4)
        return wrong_count("argsort");
    return sort_request(
        &(struct request){.name = "argsort", .x = args, .indices = args + 1, .axis = args + 2, .ascend = args + 3});
}

int sort_valid_indices(void *self, const struct tvm_any *args, int32_t count, struct tvm_any *answer) {
    (void)self, (void)answer;
    if (count != 5)
        return wrong_count("argsort_nms");
    return sort_request(&(struct request){.name = "argsort_nms",
                                          .x = args,
                                          .valid = args + 1,
                                          .indices = args + 2,
                                          .axis = args + 3,
                                          .ascend = args + 4});
}

int sort_topk(void *self, const struct tvm_any *args, int32_t count, struct tvm_any *answer) {
    (void)self, (void)answer;
    if (count < 6 || count > 7)
        return wrong_count("topk");
    const struct tvm_any *last = args + count - 4; /* k, axis, what to return, ascend */
    const char *what = last[2].type_index == TVM_STRING ? last[2].value.pointer : "";
    const bool both = strcmp(what, "both") == 0;
    const bool values = both || strcmp(what, "values") == 0;
    const bool indices = both || strcmp(what, "indices") == 0;
    if (!is_integer(last) || (!values && !indices) || count != (both ? 7 : 6))
        return fail("topk",
                    "arguments of another kind, expected outputs, k, axis, \"both\", \"values\" or \"indices\", order");
    return sort_request(&(struct request){.name = "topk",
                                          .x = args,
                                          .values = values ? args + 1 : NULL,
                                          .indices = indices ? args + (both ? 2 : 1) : NULL,
                                          .k = last->value.integer,
                                          .axis = last + 1,
                                          .ascend = last + 3});
}
