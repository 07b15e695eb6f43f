/* packed_sort_test.c - the sort family against an insertion sort that compares the numbers themselves, through the calls that generated code makes. */
#include "base/test.h"

#include <math.h>

#include "tvm_abi.h"
#include "workspace.h"

enum { MOST = 400 };

struct type {
    const char *name;
    uint8_t code, bits;
};

static const struct type types[] = {
    {"float32", TVM_DTYPE_FLOAT, 32},   {"float64", TVM_DTYPE_FLOAT, 64}, {"float16", TVM_DTYPE_FLOAT, 16},
    {"bfloat16", TVM_DTYPE_BFLOAT, 16}, {"int8", TVM_DTYPE_INT, 8},       {"int16", TVM_DTYPE_INT, 16},
    {"int32", TVM_DTYPE_INT, 32},       {"int64", TVM_DTYPE_INT, 64},     {"uint8", TVM_DTYPE_UINT, 8},
    {"uint16", TVM_DTYPE_UINT, 16},     {"uint32", TVM_DTYPE_UINT, 32},   {"uint64", TVM_DTYPE_UINT, 64},
    {"bool", TVM_DTYPE_BOOL, 8},
};

/* What an element is worth: exact in a long double for every type, made by arithmetic on the fields of a half float. */
static long double half_value(uint16_t bits, int exponent_bits) {
    const int mantissa_bits = 15 - exponent_bits, bias = (1 << (exponent_bits - 1)) - 1;
    const int exponent = bits >> mantissa_bits & ((1 << exponent_bits) - 1);
    const int mantissa = bits & ((1 << mantissa_bits) - 1);
    const long double sign = bits >> 15 ? -1 : 1;
    if (exponent == (1 << exponent_bits) - 1)
        return mantissa ? (long double)NAN : sign * (long double)INFINITY;
    const int whole = exponent ? mantissa + (1 << mantissa_bits) : mantissa;
    return sign * ldexpl(whole, (exponent ? exponent : 1) - bias - mantissa_bits);
}

static long double value_of(const unsigned char *x, const struct type *type, size_t at) {
    const unsigned char *place = x + at * (type->bits / 8);
    uint64_t bits = 0;
    memcpy(&bits, place, type->bits / 8);
    if (type->code == TVM_DTYPE_FLOAT && type->bits == 32) {
        float number;
        memcpy(&number, place, sizeof number);
        return (long double)number;
    }
    if (type->code == TVM_DTYPE_FLOAT && type->bits == 64) {
        double number;
        memcpy(&number, place, sizeof number);
        return (long double)number;
    }
    if (type->code == TVM_DTYPE_FLOAT || type->code == TVM_DTYPE_BFLOAT)
        return half_value((uint16_t)bits, type->code == TVM_DTYPE_FLOAT ? 5 : 8);
    if (type->code == TVM_DTYPE_INT && bits >> (type->bits - 1))
        return -(long double)(UINT64_MAX - (bits | (type->bits < 64 ? UINT64_MAX << type->bits : 0))) - 1;
    return (long double)bits;
}

static bool comes_before(long double x, long double y, bool ascend) {
    if (isnan(x) || isnan(y))
        return ascend ? !isnan(x) && isnan(y) : isnan(x) && !isnan(y);
    return ascend ? x < y : x > y;
}

static void insertion_order(size_t *order, const long double *numbers, size_t n, bool ascend) {
    for (size_t i = 0; i < n; i++) {
        size_t at = i;
        for (; at > 0 && comes_before(numbers[i], numbers[order[at - 1]], ascend); at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
}

/* Tensors and calls */

static struct tvm_tensor tensor(void *data, const struct type *type, int64_t *shape, int32_t ndim) {
    return (struct tvm_tensor){.data = data,
                               .device = {TVM_DEVICE_CPU, 0},
                               .ndim = ndim,
                               .dtype = {type->code, type->bits, 1},
                               .shape = shape};
}

static struct tvm_any pointer_arg(struct tvm_tensor *tensor) {
    return (struct tvm_any){.type_index = TVM_TENSOR, .value.pointer = tensor};
}

static struct tvm_any integer_arg(int64_t integer) {
    return (struct tvm_any){.type_index = TVM_INT, .value.integer = integer};
}

static struct tvm_any string_arg(const char *text) {
    return (struct tvm_any){.type_index = TVM_STRING, .value.pointer = (void *)(uintptr_t)text};
}

static const char *looked_up;

static int look_up(void **handle) {
    return TVMFFIEnvModLookupFromImports(NULL, looked_up, handle);
}

/* As generated code does it: the handle is looked up at the first call. */
static int call(const char *name, const struct tvm_any *args, int32_t count) {
    void *handle = NULL;
    struct tvm_any answer = {.type_index = TVM_NONE};
    looked_up = name;
    if (TVMFFIHandleInitOnce(&handle, look_up))
        return -1;
    looked_up = "nothing more is looked up";
    assert_int_equal(TVMFFIHandleInitOnce(&handle, look_up), 0);
    return TVMFFIFunctionCall(handle, args, count, &answer);
}

static int64_t integer_at(const unsigned char *z, const struct type *type, size_t at) {
    return (int64_t)value_of(z, type, at);
}

/* Elements from few distinct bit patterns at times, so that many are equal. */
static unsigned char *random_elements(uint64_t *random, const struct type *type, size_t n) {
    const size_t bytes = type->bits / 8;
    unsigned char *x = test_bytes(n * bytes + 1);
    const bool few = test_below(random, 2);
    for (size_t i = 0; i < n; i++) {
        uint64_t bits = test_random(random) << 16 ^ test_random(random);
        if (type->code == TVM_DTYPE_BOOL)
            bits &= 1;
        else if (type->bits == 32 && type->code == TVM_DTYPE_FLOAT) {
            const float number = test_float(random);
            memcpy(&bits, &number, sizeof number);
        } else if (few)
            bits = (bits & 3) << (type->bits - 2);
        memcpy(x + i * bytes, &bits, bytes);
    }
    return x;
}

struct shape {
    int32_t ndim, axis;
    int64_t dims[3];
};

static const struct shape shapes[] = {
    {1, 0, {1}},         {1, -1, {13}},  {2, 1, {3, 7}},    {2, 0, {7, 3}}, {3, 1, {2, 13, 3}}, {3, -3, {5, 2, 3}},
    {3, 2, {2, 3, 127}}, {1, 0, {MOST}}, {3, 1, {2, 1, 3}}, {2, 1, {0, 3}}, {2, 0, {0, 3}},
};

/* One call of one function on random elements, all lines compared. `what`: v values, i indices, n valid counts, k the first k. */
static void expect_sorted(uint64_t *random, const struct shape *shape, const struct type *type,
                          const struct type *index_type, char what, bool ascend) {
    int64_t dims[3], out_dims[3], lines_dims[2];
    memcpy(dims, shape->dims, sizeof dims);
    memcpy(out_dims, shape->dims, sizeof out_dims);
    const int32_t axis = shape->axis < 0 ? shape->axis + shape->ndim : shape->axis;
    const size_t n = (size_t)dims[axis];
    size_t outer = 1, step = 1;
    for (int32_t i = 0; i < shape->ndim; i++)
        if (i != axis)
            *(i < axis ? &outer : &step) *= (size_t)dims[i];
    const size_t k = what == 'k' && n > 0 ? test_below(random, n + 1) : 0;
    const size_t taken = k ? k : n;
    out_dims[axis] = (int64_t)taken;
    lines_dims[0] = (int64_t)outer;
    lines_dims[1] = (int64_t)step;

    unsigned char *x = random_elements(random, type, outer * n * step);
    unsigned char *values = test_bytes(outer * taken * step * (type->bits / 8) + 1);
    unsigned char *indices = test_bytes(outer * taken * step * (index_type->bits / 8) + 1);
    int32_t *valid = test_bytes(outer * step * sizeof *valid + 1);
    for (size_t i = 0; i < outer * step; i++)
        valid[i] = (int32_t)test_below(random, n + 2) - 1;
    struct tvm_tensor tx = tensor(x, type, dims, shape->ndim), tv = tensor(values, type, out_dims, shape->ndim);
    struct tvm_tensor ti = tensor(indices, index_type, out_dims, shape->ndim);
    struct tvm_tensor tn = tensor(valid, &(struct type){"int32", TVM_DTYPE_INT, 32}, lines_dims, 2);
    const struct tvm_any a = integer_arg(shape->axis), up = {.type_index = TVM_BOOL, .value.integer = ascend};
    int failed = 0;
    switch (what) {
    case 'v':
        failed = call("tvm.contrib.sort.sort", (struct tvm_any[]){pointer_arg(&tx), pointer_arg(&tv), a, up}, 4);
        break;
    case 'i':
        failed = call("tvm.contrib.sort.argsort", (struct tvm_any[]){pointer_arg(&tx), pointer_arg(&ti), a, up}, 4);
        break;
    case 'n':
        failed = call("tvm.contrib.sort.argsort_nms",
                      (struct tvm_any[]){pointer_arg(&tx), pointer_arg(&tn), pointer_arg(&ti), a, up}, 5);
        break;
    default:
        failed = call("tvm.contrib.sort.topk",
                      (struct tvm_any[]){pointer_arg(&tx), pointer_arg(&tv), pointer_arg(&ti), integer_arg((int64_t)k),
                                         a, string_arg("both"), up},
                      7);
    }
    assert_int_equal(failed, 0);

    for (size_t line = 0; line < outer * step; line++) {
        long double numbers[MOST];
        size_t order[MOST], sorted = n;
        const size_t from = line / step * n * step + line % step, to = line / step * taken * step + line % step;
        if (what == 'n')
            sorted = valid[line] > 0 ? (size_t)valid[line] : 0;
        for (size_t i = 0; i < n; i++) {
            numbers[i] = value_of(x, type, from + i * step);
            order[i] = i;
        }
        insertion_order(order, numbers, sorted, ascend);
        for (size_t i = 0; i < taken; i++) {
            const size_t bytes = type->bits / 8;
            if (what == 'v' || what == 'k')
                assert_memory_equal(values + (to + i * step) * bytes, x + (from + order[i] * step) * bytes, bytes);
            if (what != 'v')
                assert_int_equal(integer_at(indices, index_type, to + i * step), order[i]);
        }
    }
    free(x);
    free(values);
    free(indices);
    free(valid);
}

static void every_function_and_type_agrees_with_insertion_sort(void **state) {
    (void)state;
    static const struct type index_types[] = {{"int32", TVM_DTYPE_INT, 32},
                                              {"int64", TVM_DTYPE_INT, 64},
                                              {"float32", TVM_DTYPE_FLOAT, 32},
                                              {"float64", TVM_DTYPE_FLOAT, 64},
                                              {"uint16", TVM_DTYPE_UINT, 16}};
    uint64_t random = 7;
    for (size_t t = 0; t < COUNT(types); t++)
        for (size_t s = 0; s < COUNT(shapes); s++)
            for (const char *what = "vink"; *what; what++)
                for (int ascend = 0; ascend < 2; ascend++)
                    expect_sorted(&random, &shapes[s], &types[t], &index_types[test_below(&random, COUNT(index_types))],
                                  *what, ascend);
}

static void topk_writes_only_what_is_asked_for(void **state) {
    (void)state;
    float x[] = {3, -1, 7, 7}, values[2];
    int64_t four = 4, two = 2, indices[2];
    struct tvm_tensor tx = tensor(x, &types[0], &four, 1), tv = tensor(values, &types[0], &two, 1);
    struct tvm_tensor ti = tensor(indices, &types[7], &two, 1);
    const struct tvm_any k = integer_arg(2), axis = integer_arg(0), down = integer_arg(0);
    struct tvm_any args[] = {pointer_arg(&tx), pointer_arg(&tv), k, axis, string_arg("values"), down};
    assert_int_equal(call("tvm.contrib.sort.topk", args, 6), 0);
    assert_true(values[0] == 7 && values[1] == 7);
    args[1] = pointer_arg(&ti);
    args[4] = string_arg("indices");
    assert_int_equal(call("tvm.contrib.sort.topk", args, 6), 0);
    assert_true(indices[0] == 2 && indices[1] == 3);
}

static void a_tensor_may_begin_behind_its_data(void **state) {
    (void)state;
    float x[] = {9, 9, 3, 1, 2}, z[] = {8, 0, 0, 0};
    int64_t three = 3, one = 1;
    struct tvm_tensor tx = tensor(x, &types[0], &three, 1), tz = tensor(z, &types[0], &three, 1);
    tx.byte_offset = 8;
    tz.byte_offset = 4;
    tx.strides = &one;
    const struct tvm_any args[] = {pointer_arg(&tx), pointer_arg(&tz), integer_arg(0), integer_arg(1)};
    assert_int_equal(call("tvm.contrib.sort.sort", args, 4), 0);
    assert_true(z[0] == 8 && z[1] == 1 && z[2] == 2 && z[3] == 3);
}

/* Bad calls */

static void expect_error(const char *name, const struct tvm_any *args, int32_t count, const char *text) {
    assert_int_equal(call(name, args, count), -1);
    assert_non_null(strstr(tvm_error_text(), text));
    assert_non_null(strstr(tvm_error_text(), name));
}

static void an_unknown_function_is_an_error_that_names_it(void **state) {
    (void)state;
    expect_error("tvm.contrib.cblas.matmul", NULL, 0,
                 "not a function of this runtime, expected one of tvm.contrib.sort");
}

static void a_bad_argument_is_an_error_that_says_which(void **state) {
    (void)state;
    float x[6] = {0}, z[6];
    int32_t valid[2] = {1, 4}, i[6];
    int64_t dims[] = {2, 3}, lines[] = {2}, gaps[] = {4, 1};
    const struct type boolean_of_four = {"bool32", TVM_DTYPE_BOOL, 32};
    struct tvm_tensor tx = tensor(x, &types[0], dims, 2), tz = tensor(z, &types[0], dims, 2);
    struct tvm_tensor ti = tensor(i, &types[6], dims, 2), tn = tensor(valid, &types[6], lines, 1);
    struct tvm_tensor flat = tensor(z, &types[0], lines, 1), odd = tensor(x, &boolean_of_four, dims, 2);
    struct tvm_tensor wide = tx, half = tensor(z, &types[2], dims, 2);
    wide.strides = gaps;
    const struct tvm_any up = integer_arg(1), last = integer_arg(-1);
    const struct tvm_any X = pointer_arg(&tx), Z = pointer_arg(&tz), I = pointer_arg(&ti), N = pointer_arg(&tn);

#define SORT(x, z, axis, up) "tvm.contrib.sort.sort", (struct tvm_any[]){x, z, axis, up}, 4
    expect_error(SORT(last, Z, last, up), "an input that cannot be sorted");
    expect_error(SORT(pointer_arg(&odd), Z, last, up), "an input that cannot be sorted");
    expect_error(SORT(pointer_arg(&wide), Z, last, up), "an input that cannot be sorted");
    expect_error(SORT(X, last, last, up), "an output is no tensor");
    expect_error(SORT(X, I, last, up), "values of another data type");
    expect_error(SORT(X, pointer_arg(&flat), last, up), "an output of another shape");
    expect_error(SORT(X, pointer_arg(&wide), last, up), "an output with gaps");
    expect_error(SORT(X, Z, integer_arg(2), up), "axis out of range");
    expect_error(SORT(X, Z, integer_arg(-3), up), "axis out of range");
    expect_error(SORT(X, Z, X, up), "an axis or an order that is no integer");
    expect_error("tvm.contrib.sort.sort", (struct tvm_any[]){X, Z, last, up}, 3, "another number of arguments");
    expect_error("tvm.contrib.sort.argsort", (struct tvm_any[]){X, pointer_arg(&half), last, up}, 4,
                 "indices of a data type");
    expect_error("tvm.contrib.sort.argsort", (struct tvm_any[]){X, I, last, up}, 5, "another number of arguments");
    expect_error("tvm.contrib.sort.argsort_nms", (struct tvm_any[]){X, N, I, last, up}, 5, "a valid count is larger");
    expect_error("tvm.contrib.sort.argsort_nms", (struct tvm_any[]){X, X, I, last, up}, 5,
                 "valid counts of another data type");
    expect_error("tvm.contrib.sort.argsort_nms", (struct tvm_any[]){X, N, I, integer_arg(0), up}, 5,
                 "another number of valid counts");
    expect_error("tvm.contrib.sort.argsort_nms", (struct tvm_any[]){X, N, I, last}, 4, "another number of arguments");
#define TOPK(k, what) "tvm.contrib.sort.topk", (struct tvm_any[]){X, Z, I, k, last, what, up}, 7
    expect_error(TOPK(integer_arg(4), string_arg("both")), "k is larger than the axis");
    expect_error(TOPK(integer_arg(2), string_arg("both")), "an output of another shape");
    expect_error(TOPK(integer_arg(3), string_arg("none")), "arguments of another kind");
    expect_error(TOPK(integer_arg(3), string_arg("values")), "arguments of another kind");
    expect_error(TOPK(X, string_arg("both")), "arguments of another kind");
    expect_error(TOPK(integer_arg(3), up), "arguments of another kind");
    expect_error("tvm.contrib.sort.topk", (struct tvm_any[]){X}, 1, "another number of arguments");
}

/* A line longer than any memory: the workspace is asked, so that a run can tell how much was wanting. */
static void a_line_that_no_memory_holds_is_refused(void **state) {
    (void)state;
    float x = 0, z = 0;
    int64_t n = INT64_C(1) << 59;
    struct tvm_tensor tx = tensor(&x, &types[0], &n, 1), tz = tensor(&z, &types[0], &n, 1);
    const struct tvm_any args[] = {pointer_arg(&tx), pointer_arg(&tz), integer_arg(0), integer_arg(1)};
    expect_error("tvm.contrib.sort.sort", args, 4, "no memory");
    assert_true(workspace_reset() == (size_t)n * 16);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_function_and_type_agrees_with_insertion_sort),
        cmocka_unit_test(topk_writes_only_what_is_asked_for),
        cmocka_unit_test(a_tensor_may_begin_behind_its_data),
        cmocka_unit_test(an_unknown_function_is_an_error_that_names_it),
        cmocka_unit_test(a_bad_argument_is_an_error_that_says_which),
        cmocka_unit_test(a_line_that_no_memory_holds_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
