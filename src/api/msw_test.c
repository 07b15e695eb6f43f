/* msw_test.c - the public interface as a host meets it: tables, single operators, stepping, errors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "msw.h"

static void the_module_says_what_it_is(void **state) {
    (void)state;
    assert_int_equal(msw_abi_version(), MSW_ABI_VERSION);
    assert_int_equal(msw_module_kind(), MSW_KIND_LIBRARY);
}

static void tables_end_in_null(void **state) {
    (void)state;
    uint32_t dtypes = 0, operators = 0;
    for (; msw_dtype_at(dtypes); dtypes++)
        assert_int_equal(msw_dtype_at(dtypes)->dtype, dtypes + 1);
    assert_string_equal(msw_dtype_at(0)->label, "FP32");
    assert_null(msw_dtype_at(MSW_BOOL - 1)->label);
    assert_int_equal(dtypes, MSW_UINT2);
    assert_null(msw_dtype_at(UINT32_MAX));
    for (; msw_operator_at(operators); operators++)
        if (operators > 0)
            assert_true(strcmp(msw_operator_at(operators - 1)->name, msw_operator_at(operators)->name) < 0);
    assert_true(operators > 5);
    assert_null(msw_operator_at(UINT32_MAX));
}

static void memory_for_hosts_is_aligned(void **state) {
    (void)state;
    void *a = msw_alloc(1), *b = msw_alloc(0);
    assert_int_equal((uintptr_t)a % 16, 0);
    assert_non_null(b);
    msw_free(a);
    msw_free(b);
    msw_free(NULL);
    assert_null(msw_alloc(SIZE_MAX));
    assert_null(msw_alloc(SIZE_MAX - 15));
}

static const struct msw_type vector3 = {.dtype = MSW_INT32, .rank = 1, .dims = {3}};

static void an_operator_runs(void **state) {
    (void)state;
    struct msw_model *model = msw_model_from_operator("Sub", 2, NULL, 0);
    assert_non_null(model);
    assert_string_equal(msw_model_info(model)->format, "operator");
    assert_string_equal(msw_model_input(model, 1)->name, "x1");
    assert_int_equal(msw_model_input(model, 0)->type.dtype, MSW_ANY);
    assert_int_equal(msw_model_input(model, 0)->type.rank, -1);
    assert_string_equal(msw_model_output(model, 0)->name, "z0");
    struct msw_run *run = msw_run_new(model, (struct msw_type[]){vector3, vector3});
    assert_non_null(run);
    memcpy(msw_run_input(run, 0)->data, (int32_t[]){1, 2, INT32_MIN}, 12);
    memcpy(msw_run_input(run, 1)->data, (int32_t[]){5, 2, 1}, 12);
    assert_int_equal(msw_run(run), MSW_OK);
    assert_memory_equal(msw_run_output(run, 0)->data, ((int32_t[]){-4, 0, INT32_MAX}), 12);
    assert_null(msw_run_input(run, 2));
    assert_null(msw_run_output(run, 1));
    msw_run_free(run);
    msw_model_free(model);
}

static void attributes_reach_the_operator(void **state) {
    (void)state;
    const int64_t axis = 0;
    const struct msw_attr attr = {.name = "axis", .kind = MSW_ATTR_INT, .count = 1, .values = &axis};
    struct msw_model *model = msw_model_from_operator("Argmax", 1, &attr, 1);
    const struct msw_type type = {.dtype = MSW_INT32, .rank = 2, .dims = {2, 2}};
    struct msw_run *run = msw_run_new(model, &type);
    memcpy(msw_run_input(run, 0)->data, (int32_t[]){1, 9, 8, 2}, 16);
    assert_int_equal(msw_run(run), MSW_OK);
    assert_memory_equal(msw_run_output(run, 0)->data, ((int32_t[]){1, 0}), 8);
    msw_run_free(run);
    msw_model_free(model);
}

static void wrong_uses_of_operators_are_named(void **state) {
    (void)state;
    const int64_t one = 1;
    const double half = 0.5;
    static const struct {
        const char *name;
        uint32_t inputs;
        const char *attr;
        int32_t kind, count, status;
        const char *text;
    } cases[] = {
        {"Cnv2D", 2, NULL, 0, 0, MSW_USAGE, "unknown operator 'Cnv2D'"},
        {"", 1, NULL, 0, 0, MSW_USAGE, "unknown operator ''"},
        {"Add", 1, NULL, 0, 0, MSW_INVALID, "Add takes 2 inputs, got 1"},
        {"Add", 3, NULL, 0, 0, MSW_INVALID, "Add takes 2 inputs, got 3"},
        {"Add", 2, "axis", MSW_ATTR_INT, 1, MSW_USAGE, "Add has no attribute 'axis'"},
        {"Argmax", 1, "axis", MSW_ATTR_FLOAT, 1, MSW_INVALID, "Argmax: attribute 'axis' must be a whole number"},
        {"Argmax", 1, "axis", MSW_ATTR_INT, 2, MSW_INVALID, "Argmax: attribute 'axis' must be a whole number"},
        {"Argmax", 1, "axis", 77, 1, MSW_INVALID, "Argmax: attribute 'axis' must be a whole number"},
        {"Transpose", 1, "perm", MSW_ATTR_INTS, -1, MSW_INVALID,
         "Transpose: attribute 'perm' must be a list of whole numbers"},
        {"MaxPool", 1, NULL, 0, 0, MSW_INVALID, "MaxPool needs attribute 'kernel'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct msw_attr attr = {.name = cases[i].attr,
                                      .kind = cases[i].kind,
                                      .count = cases[i].count,
                                      .values = cases[i].kind == MSW_ATTR_FLOAT ? (const void *)&half : &one};
        assert_null(msw_model_from_operator(cases[i].name, cases[i].inputs, &attr, cases[i].attr != NULL));
        assert_string_equal(msw_error()->text, cases[i].text);
        assert_int_equal(msw_error()->status, cases[i].status);
    }
}

static void the_run_checks_what_the_inputs_are(void **state) {
    (void)state;
    struct msw_model *model = msw_model_from_operator("Add", 2, NULL, 0);
    assert_null(msw_run_new(model, NULL));
    assert_string_equal(msw_error()->text, "input 'x0' is any[...]: its type must be given");
    const struct msw_type other = {.dtype = MSW_INT32, .rank = 1, .dims = {2}};
    assert_null(msw_run_new(model, (struct msw_type[]){vector3, other}));
    assert_string_equal(msw_error()->text, "Add: shapes [3] and [2] cannot be broadcast to one");
    assert_int_equal(msw_error()->node, -1);
    const struct msw_type wide = {.dtype = MSW_BOOL, .rank = 1, .dims = {3}};
    assert_null(msw_run_new(model, (struct msw_type[]){wide, wide}));
    assert_string_equal(
        msw_error()->text,
        "Add: bool is not supported (float32, int32, int8, uint8, int64, float16, bfloat16, float64, int16, "
        "uint16, uint32, uint64)");
    assert_int_equal(msw_error()->status, MSW_USAGE);
    msw_model_free(model);

    const int64_t kernel[] = {2, 2};
    const struct msw_attr attr = {.name = "kernel", .kind = MSW_ATTR_INTS, .count = 2, .values = kernel};
    model = msw_model_from_operator("MaxPool", 1, &attr, 1);
    assert_null(msw_run_new(model, &(struct msw_type){.dtype = MSW_FLOAT32, .rank = 3, .dims = {3, 3, 3}}));
    assert_string_equal(msw_error()->text, "MaxPool: needs an image of rank 4, got float32[3,3,3]");
    msw_model_free(model);
}

static void a_run_goes_step_by_step(void **state) {
    (void)state;
    const int64_t kernel[] = {2, 2};
    const struct msw_attr attr = {.name = "kernel", .kind = MSW_ATTR_INTS, .count = 2, .values = kernel};
    struct msw_model *model = msw_model_from_operator("MaxPool", 1, &attr, 1);
    const struct msw_type type = {.dtype = MSW_FLOAT32, .rank = 4, .dims = {1, 2, 2, 2}};
    struct msw_run *run = msw_run_new(model, &type);
    const float in[8] = {1, 2, 3, 4, 8, 7, 6, 5}, out[2] = {4, 8};
    memcpy(msw_run_input(run, 0)->data, in, sizeof in);
    const int32_t steps = msw_run_plan(run)->steps;
    assert_true(steps >= 2); /* to channels last, and the pool */
    for (int32_t i = 0; i + 1 < steps; i++) {
        assert_non_null(msw_model_node(model, (uint32_t)msw_run_next_step(run)->node));
        assert_int_equal(msw_run_some(run, 1), MSW_MORE);
    }
    assert_string_equal(msw_model_node(model, (uint32_t)msw_run_next_step(run)->node)->op, "MaxPool");
    assert_int_equal(msw_run_some(run, 0), MSW_MORE);
    assert_int_equal(msw_run_some(run, 5), MSW_OK);
    assert_memory_equal(msw_run_output(run, 0)->data, out, sizeof out);

    memcpy(msw_run_input(run, 0)->data, in, sizeof in);
    assert_int_equal(msw_run_some(run, 1), MSW_MORE);
    msw_run_restart(run);
    memcpy(msw_run_input(run, 0)->data, in, sizeof in);
    for (int32_t i = 0; i + 1 < steps; i++)
        assert_int_equal(msw_run_some(run, 1), MSW_MORE);
    assert_int_equal(msw_run_some(run, 1), MSW_OK);
    assert_memory_equal(msw_run_output(run, 0)->data, out, sizeof out);
    msw_run_free(run);
    msw_model_free(model);
}

/* [1,2,4,6] in windows of 2 x 3: to channels last, the largest of 6 for each of 2 x 2 x 2 answers, and back. */
static void a_step_says_what_it_has_to_do(void **state) {
    (void)state;
    const int64_t kernel[] = {2, 3};
    const struct msw_attr attrs[] = {{.name = "kernel", .kind = MSW_ATTR_INTS, .count = 2, .values = kernel},
                                     {.name = "strides", .kind = MSW_ATTR_INTS, .count = 2, .values = kernel}};
    struct msw_model *model = msw_model_from_operator("MaxPool", 1, attrs, 2);
    const struct msw_type type = {.dtype = MSW_FLOAT32, .rank = 4, .dims = {1, 2, 4, 6}};
    struct msw_run *run = msw_run_new(model, &type);
    memset(msw_run_input(run, 0)->data, 0, msw_run_input(run, 0)->bytes);
    const struct msw_step *step = msw_run_next_step(run);
    const struct msw_node *node = msw_model_node(model, (uint32_t)step->node);
    assert_string_equal(node->op, "Transpose");
    assert_int_equal(node->part_count, 1);
    assert_string_equal(node->parts[0], node->name);
    assert_true(step->operations == 0 && step->bytes == 2 * 4 * 48);
    assert_int_equal(msw_run_some(run, 1), MSW_MORE);
    step = msw_run_next_step(run);
    assert_string_equal(msw_model_node(model, (uint32_t)step->node)->op, "MaxPool");
    assert_true(step->operations == 8 * 6 && step->bytes == 4 * (48 + 8));
    const struct msw_type *made = &step->output; /* channels last */
    assert_true(made->rank == 4 && made->dims[1] == 2 && made->dims[2] == 2 && made->dims[3] == 2);
    msw_run_free(run);
    msw_model_free(model);

    /* What is read twice counts once, and a run without steps has no next one. */
    model = msw_model_from_operator("Mul", 2, NULL, 0);
    run = msw_run_new(model, (struct msw_type[]){vector3, vector3});
    assert_true(msw_run_next_step(run)->bytes == 3 * 3 * 4);
    msw_run_free(run);
    msw_model_free(model);
    model = msw_model_from_operator("Identity", 1, NULL, 0);
    run = msw_run_new(model, &vector3);
    assert_null(msw_run_next_step(run));
    msw_run_free(run);
    msw_model_free(model);
}

static void the_limit_can_be_timed(void **state) {
    (void)state;
    const uint32_t operations = msw_peak(0);
    assert_true(operations > 0);
    assert_int_equal(msw_peak(1000), operations);
}

static void two_runs_share_a_model(void **state) {
    (void)state;
    struct msw_model *model = msw_model_from_operator("ReLU", 1, NULL, 0);
    struct msw_run *a = msw_run_new(model, &vector3), *b = msw_run_new(model, &vector3);
    memcpy(msw_run_input(a, 0)->data, (int32_t[]){-1, 2, 3}, 12);
    memcpy(msw_run_input(b, 0)->data, (int32_t[]){7, -8, 9}, 12);
    assert_int_equal(msw_run(a), MSW_OK);
    assert_int_equal(msw_run(b), MSW_OK);
    assert_memory_equal(msw_run_output(a, 0)->data, ((int32_t[]){0, 2, 3}), 12);
    assert_memory_equal(msw_run_output(b, 0)->data, ((int32_t[]){7, 0, 9}), 12);
    msw_run_free(a);
    msw_run_free(b);
    msw_run_free(NULL);
    msw_model_free(model);
    msw_model_free(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_module_says_what_it_is),
        cmocka_unit_test(tables_end_in_null),
        cmocka_unit_test(memory_for_hosts_is_aligned),
        cmocka_unit_test(an_operator_runs),
        cmocka_unit_test(attributes_reach_the_operator),
        cmocka_unit_test(wrong_uses_of_operators_are_named),
        cmocka_unit_test(the_run_checks_what_the_inputs_are),
        cmocka_unit_test(a_run_goes_step_by_step),
        cmocka_unit_test(a_step_says_what_it_has_to_do),
        cmocka_unit_test(the_limit_can_be_timed),
        cmocka_unit_test(two_runs_share_a_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
