/* A module of operators over kernels written here as plain loops: what the rules hand to them, what comes out, and what is refused. */
#include "base/test.h"
#include "base/type.h"
#include "operators.h"
#include "short_memory.h"

static const int64_t *shape_of(const struct tvm_any *arg, int32_t rank) {
    const struct tvm_tensor *tensor = arg->value.pointer;
    assert_int_equal(arg->type_index, TVM_TENSOR);
    assert_int_equal(tensor->ndim, rank);
    return tensor->shape;
}

static float *floats(const struct tvm_any *arg) {
    return ((struct tvm_tensor *)arg->value.pointer)->data;
}

#define KERNEL(name) static int name(void *self, const struct tvm_any *args, int32_t count, struct tvm_any *answer)
#define UNUSED ((void)self, (void)count, (void)answer)

static bool refuse; /* the next kernel fails */

KERNEL(negate) {
    UNUSED;
    const int64_t n = shape_of(&args[0], 1)[0];
    if (refuse) {
        TVMFFIErrorSetRaisedFromCStr("ValueError", "no");
        return -1;
    }
    for (int64_t i = 0; i < n; i++)
        floats(&args[1])[i] = -floats(&args[0])[i];
    return 0;
}

/* x - y, of which one may be one number a row. */
static void subtract(const struct tvm_any *args, int64_t x_step, int64_t y_step) {
    const int64_t *z = shape_of(&args[2], 2);
    for (int64_t i = 0; i < z[0]; i++)
        for (int64_t j = 0; j < z[1]; j++)
            floats(&args[2])[i * z[1] + j] = floats(&args[0])[i * args[3].value.integer + j * x_step] -
                                             floats(&args[1])[i * args[4].value.integer + j * y_step];
}

KERNEL(subtract_both) {
    UNUSED;
    subtract(args, 1, 1);
    return 0;
}

KERNEL(subtract_number) {
    UNUSED;
    subtract(args, 1, 0);
    return 0;
}

KERNEL(subtract_from_number) {
    UNUSED;
    subtract(args, 0, 1);
    return 0;
}

KERNEL(sum) {
    UNUSED;
    const int64_t *x = shape_of(&args[0], 3), *z = shape_of(&args[1], 2);
    assert_true(x[0] == z[0] && x[2] == z[1]);
    for (int64_t o = 0; o < x[0]; o++)
        for (int64_t i = 0; i < x[2]; i++) {
            floats(&args[1])[o * x[2] + i] = 0;
            for (int64_t n = 0; n < x[1]; n++)
                floats(&args[1])[o * x[2] + i] += floats(&args[0])[(o * x[1] + n) * x[2] + i];
        }
    return 0;
}

KERNEL(first_above_zero) {
    UNUSED;
    const int64_t *x = shape_of(&args[0], 3);
    for (int64_t o = 0; o < x[0]; o++)
        for (int64_t i = 0; i < x[2]; i++) {
            int32_t at = 0;
            while (at < x[1] - 1 && floats(&args[0])[(o * x[1] + at) * x[2] + i] <= 0)
                at++;
            ((int32_t *)((struct tvm_tensor *)args[1].value.pointer)->data)[o * x[2] + i] = at;
        }
    return 0;
}

KERNEL(running_sum) {
    UNUSED;
    const int64_t *x = shape_of(&args[0], 3);
    shape_of(&args[1], 3);
    for (int64_t o = 0; o < x[0]; o++)
        for (int64_t i = 0; i < x[2]; i++)
            for (int64_t n = 0; n < x[1]; n++) {
                float *z = &floats(&args[1])[(o * x[1] + n) * x[2] + i];
                *z = floats(&args[0])[(o * x[1] + n) * x[2] + i] + (n > 0 ? z[-x[2]] : 0);
            }
    return 0;
}

static void product(const struct tvm_any *args, bool a_turned, bool b_turned) {
    const int64_t m = shape_of(&args[2], 2)[0], n = shape_of(&args[2], 2)[1];
    const int64_t k = shape_of(&args[0], 2)[a_turned ? 0 : 1];
    for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < n; j++) {
            floats(&args[2])[i * n + j] = 0;
            for (int64_t p = 0; p < k; p++)
                floats(&args[2])[i * n + j] += floats(&args[0])[a_turned ? p * m + i : i * k + p] *
                                               floats(&args[1])[b_turned ? j * k + p : p * n + j];
        }
}

KERNEL(product_plain) {
    UNUSED;
    product(args, false, false);
    return 0;
}

KERNEL(product_b) {
    UNUSED;
    product(args, false, true);
    return 0;
}

KERNEL(product_a) {
    UNUSED;
    product(args, true, false);
    return 0;
}

KERNEL(product_ab) {
    UNUSED;
    product(args, true, true);
    return 0;
}

/* Sums what a window of ones sees, so that only its place matters. */
KERNEL(window_sum) {
    UNUSED;
    const int64_t *x = shape_of(&args[0], 3), *w = shape_of(&args[1], 4), *z = shape_of(&args[2], 3);
    int64_t how[6];
    for (int i = 0; i < 6; i++)
        how[i] = args[3 + i].value.integer;
    for (int64_t o = 0; o < z[0]; o++)
        for (int64_t at = 0; at < z[1] * z[2]; at++) {
            float total = 0;
            for (int64_t c = 0; c < w[1]; c++)
                for (int64_t tap = 0; tap < w[2] * w[3]; tap++) {
                    const int64_t y = at / z[2] * how[0] - how[4] + tap / w[3] * how[2];
                    const int64_t u = at % z[2] * how[1] - how[5] + tap % w[3] * how[3];
                    if (y >= 0 && y < x[1] && u >= 0 && u < x[2])
                        total += floats(&args[0])[(c * x[1] + y) * x[2] + u];
                }
            floats(&args[2])[o * z[1] * z[2] + at] = total;
        }
    return 0;
}

static const struct msw_attr_spec axes[] = {{"axis", MSW_ATTR_INTS, 0}, {"keep_dims", MSW_ATTR_INT, 0}};
static const struct msw_attr_spec axis[] = {{"axis", MSW_ATTR_INT, 0}};
static const struct msw_attr_spec turns[] = {{"transpose_a", MSW_ATTR_INT, 0}, {"transpose_b", MSW_ATTR_INT, 0}};
static const struct msw_attr_spec windows[] = {{"strides", MSW_ATTR_INTS, 0},
                                               {"dilations", MSW_ATTR_INTS, 0},
                                               {"pads", MSW_ATTR_INTS, 0},
                                               {"pad_mode", MSW_ATTR_INT, 0},
                                               {"group", MSW_ATTR_INT, 0}};
#define KERNELS(output, ...)                                                                                           \
    (const struct operator_kernels[]) {                                                                                \
        {                                                                                                              \
            MSW_FLOAT32, output, {                                                                                     \
                __VA_ARGS__                                                                                            \
            }                                                                                                          \
        }                                                                                                              \
    }
#define F32 (1u << MSW_FLOAT32)
const struct operator_row operator_table[] = {
    {{"Neg", F32, MSW_ANSWER_ARRAY, 1, 1, 1, 0, NULL}, RULE_UNARY, 1, 1, KERNELS(MSW_FLOAT32, negate)},
    {{"Sub", F32, MSW_ANSWER_ARRAY, 2, 2, 1, 0, NULL},
     RULE_BINARY,
     1,
     1,
     KERNELS(MSW_FLOAT32, subtract_both, subtract_number, subtract_from_number)},
    {{"Sum", F32, MSW_ANSWER_ARRAY, 1, 1, 1, 2, axes}, RULE_REDUCE, 1, 1, KERNELS(MSW_FLOAT32, sum)},
    {{"Above", F32, MSW_ANSWER_ARRAY, 1, 1, 1, 1, axis}, RULE_INDEX, 1, 1, KERNELS(MSW_INT32, first_above_zero)},
    {{"Running", F32, MSW_ANSWER_ARRAY, 1, 1, 1, 1, axis}, RULE_ALONG, 1, 1, KERNELS(MSW_FLOAT32, running_sum)},
    {{"Product", F32, MSW_ANSWER_ARRAY, 2, 2, 1, 2, turns},
     RULE_MATMUL,
     2,
     1,
     KERNELS(MSW_FLOAT32, product_plain, product_b, product_a, product_ab)},
    {{"Window", F32, MSW_ANSWER_ARRAY, 2, 2, 1, 5, windows}, RULE_CONV2D, 2, 1, KERNELS(MSW_FLOAT32, window_sum)},
};
const uint32_t operator_count = COUNT(operator_table);

/* A use: its attributes and inputs, with the numbers 1, 2, 3 ... in each. */
struct use {
    const char *op;
    struct msw_attr attrs[4];
    uint32_t attr_count;
    struct msw_type inputs[2];
};

static struct msw_run *plan(const struct use *use, struct msw_model **model) {
    const uint32_t inputs = use->inputs[1].dtype ? 2 : 1;
    *model = msw_model_from_operator(use->op, inputs, use->attrs, use->attr_count);
    struct msw_run *run = *model ? msw_run_new(*model, use->inputs) : NULL;
    const struct msw_tensor *tensor;
    for (uint32_t i = 0; run && (tensor = msw_run_input(run, i)); i++)
        for (size_t e = 0; e < tensor->bytes / 4; e++)
            ((float *)tensor->data)[e] = (float)(e + 1);
    return run;
}

static void gives(const struct use *use, int32_t rank, const int32_t *dims, const float *values) {
    struct msw_model *model;
    struct msw_run *run = plan(use, &model);
    if (!run)
        fail_msg("%s", msw_error()->text);
    assert_int_equal(msw_run(run), MSW_OK);
    const struct msw_tensor *z = msw_run_output(run, 0);
    assert_int_equal(z->type.rank, rank);
    for (int32_t i = 0; i < rank; i++)
        assert_int_equal(z->type.dims[i], dims[i]);
    for (size_t e = 0; e < type_elements(&z->type); e++)
        if (((float *)z->data)[e] != values[e])
            fail_msg("%s: element %zu is %g, expected %g", use->op, e, (double)((float *)z->data)[e],
                     (double)values[e]);
    msw_run_free(run);
    msw_model_free(model);
}

#define GIVES(use, dims, ...)                                                                                          \
    gives(use, COUNT(((const int32_t[])dims)), (const int32_t[])dims, (const float[]){__VA_ARGS__})
#define LIST(...) {__VA_ARGS__}
#define F(...)                                                                                                         \
    {                                                                                                                  \
        .dtype = MSW_FLOAT32, .rank = COUNT(((int32_t[]){__VA_ARGS__})), .dims = { __VA_ARGS__ }                       \
    }
#define INTS(name_, ...)                                                                                               \
    {                                                                                                                  \
        .name = (name_), .kind = MSW_ATTR_INTS, .count = COUNT(((int64_t[]){__VA_ARGS__})),                            \
        .values = (const int64_t[]) {                                                                                  \
            __VA_ARGS__                                                                                                \
        }                                                                                                              \
    }
#define INT(name_, value)                                                                                              \
    {                                                                                                                  \
        .name = (name_), .kind = MSW_ATTR_INT, .count = 1, .values = (const int64_t[]) {                               \
            value                                                                                                      \
        }                                                                                                              \
    }

static void elements_one_by_one(void **state) {
    (void)state;
    GIVES((&(struct use){.op = "Neg", .inputs = {F(2, 1)}}), LIST(2, 1), -1, -2);
    GIVES((&(struct use){.op = "Sub", .inputs = {F(2, 2), F(2, 2)}}), LIST(2, 2), 0, 0, 0, 0);
    GIVES((&(struct use){.op = "Sub", .inputs = {F(2, 2), F(1)}}), LIST(2, 2), 0, 1, 2, 3);
    GIVES((&(struct use){.op = "Sub", .inputs = {F(1), F(2, 2)}}), LIST(2, 2), 0, -1, -2, -3);
    GIVES((&(struct use){.op = "Sub", .inputs = {F(2, 1), F(1, 3)}}), LIST(2, 3), 0, -1, -2, 1, 0, -1);
    GIVES((&(struct use){.op = "Sub", .inputs = {F(2, 1, 2, 1), F(1, 2, 1, 2)}}), LIST(2, 2, 2, 2), 0, -1, 1, 0, -2, -3,
          -1, -2, 2, 1, 3, 2, 0, -1, 1, 0);
}

static void axes_in_any_place(void **state) {
    (void)state;
    gives(&(struct use){.op = "Sum", .inputs = {F(2, 3)}}, 0, NULL, (const float[]){21});
    GIVES((&(struct use){.op = "Sum", .inputs = {F(2, 3)}, .attrs = {INTS("axis", 0)}, .attr_count = 1}), LIST(3), 5, 7,
          9);
    GIVES(
        (&(struct use){
            .op = "Sum", .inputs = {F(2, 2, 2)}, .attrs = {INTS("axis", -1, 0), INT("keep_dims", 1)}, .attr_count = 2}),
        LIST(1, 2, 1), 14, 22); /* 1 + 2 + 5 + 6, 3 + 4 + 7 + 8 */
    GIVES((&(struct use){.op = "Running", .inputs = {F(2, 3)}}), LIST(2, 3), 1, 3, 6, 4, 9, 15);
    GIVES((&(struct use){.op = "Running", .inputs = {F(2, 3)}, .attrs = {INT("axis", 0)}, .attr_count = 1}), LIST(2, 3),
          1, 2, 3, 5, 7, 9);
}

static void a_place_is_a_whole_number(void **state) {
    (void)state;
    struct msw_model *model;
    struct msw_run *run = plan(&(struct use){.op = "Above", .inputs = {F(1, 3)}}, &model);
    float *x = msw_run_input(run, 0)->data;
    x[0] = -1;
    assert_int_equal(msw_run(run), MSW_OK);
    assert_int_equal(msw_run_output(run, 0)->type.dtype, MSW_INT32);
    assert_int_equal(*(int32_t *)msw_run_output(run, 0)->data, 1);
    msw_run_free(run);
    msw_model_free(model);
}

static void matrices_turned_and_in_batches(void **state) {
    (void)state;
    GIVES((&(struct use){.op = "Product", .inputs = {F(2, 2), F(2, 2)}}), LIST(2, 2), 7, 10, 15, 22);
    GIVES((&(struct use){
              .op = "Product", .inputs = {F(2, 2), F(2, 2)}, .attrs = {INT("transpose_b", 1)}, .attr_count = 1}),
          LIST(2, 2), 5, 11, 11, 25);
    GIVES((&(struct use){
              .op = "Product", .inputs = {F(2, 2), F(2, 2)}, .attrs = {INT("transpose_a", 1)}, .attr_count = 1}),
          LIST(2, 2), 10, 14, 14, 20);
    GIVES((&(struct use){.op = "Product",
                         .inputs = {F(2, 2), F(2, 2)},
                         .attrs = {INT("transpose_a", 1), INT("transpose_b", 1)},
                         .attr_count = 2}),
          LIST(2, 2), 7, 15, 10, 22);
    gives(&(struct use){.op = "Product", .inputs = {F(3), F(3)}}, 0, NULL, (const float[]){14});
    GIVES((&(struct use){.op = "Product", .inputs = {F(2, 1, 2), F(2, 1)}}), LIST(2, 1, 1), 5, 11);
    GIVES((&(struct use){.op = "Product", .inputs = {F(1, 2), F(2, 2, 1)}}), LIST(2, 1, 1), 5, 11);
    GIVES((&(struct use){.op = "Product", .inputs = {F(2, 1, 1, 1), F(2, 1, 1)}}), LIST(2, 2, 1, 1), 1, 2, 2, 4);
}

static void windows_of_images(void **state) {
    (void)state;
    GIVES((&(struct use){.op = "Window", .inputs = {F(1, 1, 3, 3), F(1, 1, 2, 2)}}), LIST(1, 1, 2, 2), 12, 16, 24, 28);
    GIVES((&(struct use){.op = "Window",
                         .inputs = {F(1, 1, 3, 3), F(1, 1, 2, 2)},
                         .attrs = {INTS("pads", 1, 0, 0, 1), INTS("strides", 2, 1), INTS("dilations", 1, 2)},
                         .attr_count = 3}),
          LIST(1, 1, 2, 2), 4, 2, 4 + 6 + 7 + 9, 5 + 8);
    GIVES(
        (&(struct use){
            .op = "Window", .inputs = {F(1, 1, 3, 3), F(1, 1, 2, 2)}, .attrs = {INT("pad_mode", 1)}, .attr_count = 1}),
        LIST(1, 1, 3, 3), 12, 16, 9, 24, 28, 15, 15, 17, 9);
    GIVES((&(struct use){
              .op = "Window", .inputs = {F(2, 2, 1, 1), F(2, 1, 1, 1)}, .attrs = {INT("group", 2)}, .attr_count = 1}),
          LIST(2, 2, 1, 1), 1, 2, 3, 4);
}

static void nothing_is_to_do_where_nothing_comes_out(void **state) {
    (void)state;
    struct msw_model *model;
    struct msw_run *run = plan(&(struct use){.op = "Sub", .inputs = {F(0, 3), F(3)}}, &model);
    assert_int_equal(msw_run_plan(run)->steps, 0);
    assert_int_equal(msw_run(run), MSW_OK);
    msw_run_free(run);
    msw_model_free(model);
}

static void a_step_tells_its_work(void **state) {
    (void)state;
    struct msw_model *model;
    struct msw_run *run = plan(&(struct use){.op = "Product", .inputs = {F(2, 3), F(3, 4)}}, &model);
    assert_int_equal(msw_run_plan(run)->steps, 1);
    assert_int_equal(msw_run_next_step(run)->operations, 2 * 2 * 3 * 4);
    assert_int_equal(msw_run_next_step(run)->bytes, 4 * (6 + 12 + 8));
    assert_int_equal(msw_run_plan(run)->arena_bytes, 3 * 64);
    assert_string_equal(msw_model_info(model)->format, "operator");
    assert_string_equal(msw_model_node(model, 0)->op, "Product");
    assert_string_equal(msw_model_node(model, 0)->parts[0], "Product");
    assert_null(msw_model_node(model, 1));
    assert_string_equal(msw_model_input(model, 1)->name, "x1");
    assert_null(msw_model_input(model, 2));
    assert_string_equal(msw_model_output(model, 0)->name, "z0");
    assert_null(msw_model_output(model, 1));
    assert_null(msw_model_state(model, 0));
    assert_null(msw_model_pass(model, 0));
    msw_run_free(run);
    msw_model_free(model);
}

static void what_is_wrong_is_named(void **state) {
    (void)state;
    const struct {
        struct use use;
        int32_t status;
        const char *text;
    } cases[] = {
        {{.op = "Nothing", .inputs = {F(1)}}, MSW_USAGE, "unknown operator 'Nothing'"},
        {{.op = "Neg", .inputs = {F(1), F(1)}}, MSW_INVALID, "Neg takes 1 inputs, got 2"},
        {{.op = "Neg", .inputs = {F(1)}, .attrs = {INT("axis", 1)}, .attr_count = 1},
         MSW_USAGE,
         "Neg has no attribute 'axis'"},
        {{.op = "Above", .inputs = {F(1)}, .attrs = {INTS("axis", 1, 2)}, .attr_count = 1},
         MSW_INVALID,
         "Above: attribute 'axis' must be a whole number"},
        {{.op = "Sum", .inputs = {F(1)}, .attrs = {{"axis", MSW_ATTR_FLOAT, 1, "12345678"}}, .attr_count = 1},
         MSW_INVALID,
         "Sum: attribute 'axis' must be a list of whole numbers"},
        {{.op = "Neg", .inputs = {{.dtype = 77, .rank = 0}}}, MSW_INVALID, "input 'x0': 77 is not a data type"},
        {{.op = "Neg", .inputs = {{.dtype = MSW_INT8, .rank = 0}}}, MSW_USAGE, "Neg: int8 is not supported (float32)"},
        {{.op = "Neg", .inputs = {F(-1)}},
         MSW_INVALID,
         "input 'x0': float32[?] is not a shape of at most 8 dims and 2147483647 bytes"},
        {{.op = "Sub", .inputs = {F(2), F(3)}}, MSW_INVALID, "Sub: shapes [2] and [3] cannot be broadcast to one"},
        {{.op = "Sub", .inputs = {F(2), {.dtype = MSW_INT32, .rank = 1, .dims = {2}}}},
         MSW_INVALID,
         "Sub: inputs must have one data type, got float32[2] and int32[2]"},
        {{.op = "Sub", .inputs = {F(1 << 20, 1), F(1, 1 << 20)}},
         MSW_LIMIT,
         "Sub: output float32[1048576,1048576] is larger than 2147483647 bytes"},
        {{.op = "Product", .inputs = {F(1 << 20, 1), F(1, 1 << 20)}},
         MSW_LIMIT,
         "Product: output float32[1048576,1048576] is larger than 2147483647 bytes"},
        {{.op = "Sum", .inputs = {F(2, 0)}}, MSW_INVALID, "Sum: float32[2,0] has no elements along axis 1"},
        {{.op = "Above", .inputs = {{.dtype = MSW_FLOAT32, .rank = 0}}},
         MSW_INVALID,
         "Above: a scalar has no axis, rank 1 or more expected"},
        {{.op = "Window", .inputs = {F(1, 1, 3, 3), F(1, 1, 0, 1)}},
         MSW_INVALID,
         "Window: kernel height must be 1 or more, got 0"},
        {{.op = "Window",
          .inputs = {F(1, 1, 3, 3), F(1, 1, 3, 1)},
          .attrs = {INTS("dilations", 400000000, 1)},
          .attr_count = 1},
         MSW_LIMIT,
         "Window: a window of 800000001 in height is more than 536870911"},
        {{.op = "Window",
          .inputs = {F(1, 1, 1, 1), F(1, 1, 1 << 14, 1 << 14)},
          .attrs = {INTS("pads", 8191, 8192, 8191, 8192)},
          .attr_count = 1},
         MSW_LIMIT,
         "Window: a sum of 268435456 products is longer than 33554431"},
        {{.op = "Product", .inputs = {F(1 << 25), F(1 << 25)}},
         MSW_LIMIT,
         "Product: a sum of 33554432 products is longer than 33554431"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct msw_model *model;
        assert_null(plan(&cases[i].use, &model));
        assert_int_equal(msw_error()->status, cases[i].status);
        assert_string_equal(msw_error()->text, cases[i].text);
        msw_model_free(model);
    }
    struct msw_model *model = msw_model_from_operator("Neg", 1, NULL, 0);
    assert_null(msw_run_new(model, NULL));
    assert_string_equal(msw_error()->text, "input 'x0' is any[...]: its type must be given");
    msw_model_free(model);
}

static void a_kernel_that_fails_names_its_operator(void **state) {
    (void)state;
    struct msw_model *model;
    struct msw_run *run = plan(&(struct use){.op = "Neg", .inputs = {F(2)}}, &model);
    refuse = true;
    assert_int_equal(msw_run(run), MSW_INVALID);
    refuse = false;
    assert_string_equal(msw_error()->text, "Neg: ValueError: no");
    assert_int_equal(msw_run(run), MSW_OK);
    msw_run_free(run);
    msw_model_free(model);
}

static void the_module_is_of_operators(void **state) {
    (void)state;
    assert_int_equal(msw_module_kind(), MSW_KIND_OPERATORS);
    assert_int_equal(msw_abi_version(), MSW_ABI_VERSION);
    assert_string_equal(msw_operator_at(1)->name, "Sub");
    assert_null(msw_operator_at(operator_count));
    assert_string_equal(msw_dtype_at(0)->name, "float32");
    assert_null(msw_dtype_at(UINT32_MAX));
    assert_null(msw_model_open(10));
    assert_int_equal(msw_error()->status, MSW_UNSUPPORTED);
    struct msw_model *model = msw_model_from_operator("Neg", 1, NULL, 0);
    assert_int_equal(msw_load_step(model, NULL), MSW_OK);
    assert_null(msw_model_file(model, 1));
    assert_int_equal(msw_model_file_size(model, 1, 5), MSW_INVALID);
    msw_model_free(model);
    msw_model_free(NULL);
}

/* Every allocation fails in turn. */
static void without_memory_nothing_leaks(void **state) {
    (void)state;
    const struct use use = {.op = "Sum", .inputs = {F(64, 64, 64)}, .attrs = {INTS("axis", 0, 2)}, .attr_count = 1};
    struct msw_run *run = NULL;
    size_t allocations = 0;
    for (; !run; allocations++) {
        struct msw_model *model;
        allocations_left = allocations;
        run = plan(&use, &model);
        allocations_left = SIZE_MAX;
        if (!run)
            assert_int_equal(msw_error()->status, MSW_LIMIT);
        msw_run_free(run);
        msw_model_free(model);
    }
    assert_true(allocations > 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(elements_one_by_one),
        cmocka_unit_test(axes_in_any_place),
        cmocka_unit_test(a_place_is_a_whole_number),
        cmocka_unit_test(matrices_turned_and_in_batches),
        cmocka_unit_test(windows_of_images),
        cmocka_unit_test(nothing_is_to_do_where_nothing_comes_out),
        cmocka_unit_test(a_step_tells_its_work),
        cmocka_unit_test(what_is_wrong_is_named),
        cmocka_unit_test(a_kernel_that_fails_names_its_operator),
        cmocka_unit_test(the_module_is_of_operators),
        cmocka_unit_test(without_memory_nothing_leaks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
