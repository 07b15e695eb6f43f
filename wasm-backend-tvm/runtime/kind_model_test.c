/* A module of one model over kernels and a plan written here: its parameters beside it, good and bad, and its runs. */
#include "base/test.h"
#include <stdio.h>

#include "parameters.h"
#include "read/load_driver.h"
#include "short_memory.h"

/* z[i] = x[i] * w[0]; fails where x[0] is below 0. */
static int scale(void *self, const struct tvm_any *args, int32_t count, struct tvm_any *answer) {
    (void)self, (void)answer;
    assert_int_equal(count, 3);
    const struct tvm_tensor *x = args[0].value.pointer, *w = args[1].value.pointer, *z = args[2].value.pointer;
    assert_int_equal((uintptr_t)w->data % PARAMETERS_ALIGNMENT, 0);
    if (*(float *)x->data < 0) {
        TVMFFIErrorSetRaisedFromCStr("ValueError", "below 0");
        return -1;
    }
    for (int64_t i = 0; i < x->shape[0]; i++)
        ((float *)z->data)[i] = ((float *)x->data)[i] * *(float *)w->data;
    return 0;
}

#define FOUR {.dtype = MSW_FLOAT32, .rank = 1, .dims = {4}}
#define ONE {.dtype = MSW_FLOAT32, .rank = 1, .dims = {1}}

static const struct plan_value values[] = {{FOUR, PLAN_BLOCK, 0},
                                           {ONE, PLAN_PARAMETER, 0},
                                           {ONE, PLAN_PARAMETER, 64},
                                           {FOUR, PLAN_BLOCK, 64},
                                           {FOUR, PLAN_BLOCK, 128}};
static const struct plan_port inputs[] = {{"x", 0}}, outputs[] = {{"z", 4}};
static const uint32_t args[] = {0, 1, 3, 3, 2, 4};
static const struct plan_step steps[] = {{scale, args, 3, 4, 36}, {scale, args + 3, 3, 8, 36}};
static const char *const parts[] = {"first", "folded", "second"};
static const struct msw_node nodes[] = {{"folded", "scale", FOUR, 2, parts}, {"second", "scale", FOUR, 1, parts + 2}};

enum { DATA_BYTES = 128, FILE_BYTES = 64 + DATA_BYTES };

const struct model_plan model_plan = {
    .hash = {0xab, 0xcd, [31] = 0x12},
    .file = "net.params",
    .info = {"ONNX", "a test", 2, DATA_BYTES, 2},
    .about = {192, 48, 48, DATA_BYTES, 2},
    .values = values,
    .inputs = inputs,
    .outputs = outputs,
    .steps = steps,
    .nodes = nodes,
    .value_count = COUNT(values),
    .input_count = 1,
    .output_count = 1,
};

/* The file that fits, with factors 3 and 5. */
static void write_file(unsigned char *file) {
    struct parameters_header header = {.magic = PARAMETERS_MAGIC, .version = PARAMETERS_VERSION, .bytes = DATA_BYTES};
    const float factors[] = {3, 5};
    memset(file, 0, FILE_BYTES);
    memcpy(header.hash, model_plan.hash, sizeof header.hash);
    memcpy(file, &header, sizeof header);
    memcpy(file + 64, &factors[0], 4);
    memcpy(file + 128, &factors[1], 4);
}

static enum msw_status load(struct msw_model *model, const unsigned char *file, size_t bytes) {
    const struct held_file files[] = {{NULL, 0}, {file, bytes}};
    return drive_load_files(model, files, COUNT(files));
}

static struct msw_model *loaded(void) {
    unsigned char file[FILE_BYTES];
    struct msw_model *model = msw_model_open(0);
    assert_non_null(model);
    write_file(file);
    assert_int_equal(load(model, file, sizeof file), MSW_OK);
    return model;
}

static void it_says_what_it_is(void **state) {
    (void)state;
    struct msw_model *model = loaded();
    assert_int_equal(msw_module_kind(), MSW_KIND_MODEL);
    assert_null(msw_operator_at(0));
    assert_string_equal(msw_model_info(model)->producer, "a test");
    assert_string_equal(msw_model_input(model, 0)->name, "x");
    assert_int_equal(msw_model_input(model, 0)->bytes, 16);
    assert_null(msw_model_input(model, 1));
    assert_string_equal(msw_model_output(model, 0)->name, "z");
    assert_null(msw_model_output(model, 1));
    assert_null(msw_model_state(model, 0));
    assert_null(msw_model_pass(model, 0));
    assert_int_equal(msw_model_node(model, 0)->part_count, 2);
    assert_string_equal(msw_model_node(model, 1)->parts[0], "second");
    assert_null(msw_model_node(model, 2));
    assert_null(msw_model_file(model, 0));
    assert_string_equal(msw_model_file(model, 1), "net.params");
    assert_null(msw_model_file(model, 2));
    msw_model_free(model);
    msw_model_free(NULL);
}

static void it_runs_and_runs_again(void **state) {
    (void)state;
    struct msw_model *model = loaded();
    struct msw_run *run = msw_run_new(model, NULL), *other = msw_run_new(model, &values[0].type);
    assert_non_null(run);
    assert_non_null(other);
    const float x[] = {1, 2, 3, 4};
    for (int turn = 0; turn < 2; turn++) {
        memcpy(msw_run_input(run, 0)->data, x, sizeof x);
        assert_int_equal(msw_run_next_step(run)->operations, 4);
        assert_int_equal(msw_run_some(run, 1), MSW_MORE);
        assert_int_equal(msw_run_next_step(run)->node, 1);
        assert_int_equal(msw_run_some(run, 1), MSW_OK);
        for (int i = 0; i < 4; i++)
            assert_true(((float *)msw_run_output(run, 0)->data)[i] == x[i] * 15);
    }
    assert_int_equal(msw_run_plan(run)->steps, 2);
    assert_ptr_not_equal(msw_run_output(run, 0)->data, msw_run_output(other, 0)->data);
    msw_run_free(run);
    msw_run_free(other);
    msw_model_free(model);
}

static void a_failing_kernel_is_named(void **state) {
    (void)state;
    struct msw_model *model = loaded();
    struct msw_run *run = msw_run_new(model, NULL);
    *(float *)msw_run_input(run, 0)->data = -1;
    assert_int_equal(msw_run(run), MSW_INVALID);
    assert_string_equal(msw_error()->text, "node 'folded' (scale): ValueError: below 0");
    msw_run_free(run);
    msw_model_free(model);
}

static void a_run_of_other_types_is_refused(void **state) {
    (void)state;
    struct msw_model *model = loaded();
    const struct msw_type others[] = {
        {.dtype = MSW_FLOAT32, .rank = 1, .dims = {5}}, {.dtype = MSW_INT32, .rank = 1, .dims = {4}}, ONE};
    static const char *const texts[] = {"float32[5]", "int32[4]", "float32[1]"};
    for (size_t i = 0; i < COUNT(others); i++) {
        char text[128];
        snprintf(text, sizeof text, "input 'x' is %s, expected float32[4], for which the module was built", texts[i]);
        assert_null(msw_run_new(model, &others[i]));
        assert_int_equal(msw_error()->status, MSW_INVALID);
        assert_string_equal(msw_error()->text, text);
    }
    msw_model_free(model);
}

static void other_models_and_operators_are_refused(void **state) {
    (void)state;
    assert_null(msw_model_open(12));
    assert_int_equal(msw_error()->status, MSW_UNSUPPORTED);
    assert_string_equal(msw_error()->text, "this module holds its own model, expected no other");
    assert_null(msw_model_from_operator("Add", 2, NULL, 0));
    assert_int_equal(msw_error()->status, MSW_USAGE);
    assert_string_equal(msw_error()->text, "operator 'Add': this module holds one model and no operators");
}

/* What is done to a good file, and what is said of it. */
static const struct bad_file {
    size_t bytes, at;
    unsigned char value;
    const char *text;
} bad_files[] = {
    {0, 0, 'M', "net.params: truncated: it has 0 bytes, expected 192"},
    {63, 0, 'M', "net.params: truncated: it has 63 bytes, expected 192"},
    {64, 0, 'M', "net.params: truncated: it has 64 bytes, expected 192"},
    {191, 0, 'M', "net.params: truncated: it has 191 bytes, expected 192"},
    {FILE_BYTES, 0, 'X', "byte 0: net.params: not a file of parameters, expected one that begins with 'MSWTVMP'"},
    {FILE_BYTES, 8, 2, "byte 8: net.params: parameters of version 2, expected 1"},
    {FILE_BYTES, 17, 0xce,
     "net.params: parameters of another graph (sha256 "
     "abce000000000000000000000000000000000000000000000000000000000012), "
     "expected abcd000000000000000000000000000000000000000000000000000000000012"},
    {100, 16, 0,
     "net.params: parameters of another graph (sha256 "
     "00cd000000000000000000000000000000000000000000000000000000000012), "
     "expected abcd000000000000000000000000000000000000000000000000000000000012"},
};

static void a_bad_file_is_named_and_refused_for_good(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(bad_files); i++) {
        unsigned char file[FILE_BYTES];
        struct msw_request want;
        struct msw_model *model = msw_model_open(0);
        write_file(file);
        file[bad_files[i].at] = bad_files[i].value;
        assert_int_equal(load(model, file, bad_files[i].bytes), MSW_INVALID);
        assert_string_equal(msw_error()->text, bad_files[i].text);
        assert_int_equal(msw_load_step(model, &want), MSW_INVALID);
        assert_null(msw_run_new(model, NULL));
        assert_string_equal(msw_error()->text, "the model is not loaded");
        assert_null(msw_model_input(model, 0));
        assert_null(msw_model_node(model, 0));
        msw_model_free(model);
    }
}

static void a_file_that_is_too_long_is_refused(void **state) {
    (void)state;
    unsigned char file[FILE_BYTES + 1] = {0};
    struct msw_model *model = msw_model_open(0);
    write_file(file);
    assert_int_equal(load(model, file, sizeof file), MSW_INVALID);
    assert_string_equal(msw_error()->text, "net.params: too long: it has 193 bytes, expected 192");
    msw_model_free(model);
}

static void a_host_that_skips_a_call_is_told(void **state) {
    (void)state;
    struct msw_request want;
    struct msw_model *model = msw_model_open(0);
    assert_int_equal(msw_load_step(model, &want), MSW_MORE);
    assert_int_equal(msw_model_file_size(model, 2, 100), MSW_USAGE);
    assert_string_equal(msw_error()->text, "there is no file 2 of weights");
    assert_int_equal(msw_load_step(model, &want), MSW_USAGE);
    assert_string_equal(msw_error()->text, "net.params: its size was not told");
    msw_model_free(model);
}

/* Load and plan with so many allocations. True: it worked. */
static bool try_with(size_t allocations) {
    unsigned char file[FILE_BYTES];
    struct msw_run *run = NULL;
    write_file(file);
    allocations_left = allocations;
    struct msw_model *model = msw_model_open(0);
    if (model && load(model, file, sizeof file) == MSW_OK)
        run = msw_run_new(model, NULL);
    allocations_left = SIZE_MAX;
    assert_true(run || msw_error()->status == MSW_LIMIT);
    msw_run_free(run);
    msw_model_free(model);
    return run != NULL;
}

static void without_memory_it_fails_and_leaks_nothing(void **state) {
    (void)state;
    size_t allocations = 0;
    while (!try_with(allocations))
        allocations++;
    assert_true(allocations > 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_says_what_it_is),
        cmocka_unit_test(it_runs_and_runs_again),
        cmocka_unit_test(a_failing_kernel_is_named),
        cmocka_unit_test(a_run_of_other_types_is_refused),
        cmocka_unit_test(other_models_and_operators_are_refused),
        cmocka_unit_test(a_bad_file_is_named_and_refused_for_good),
        cmocka_unit_test(a_file_that_is_too_long_is_refused),
        cmocka_unit_test(a_host_that_skips_a_call_is_told),
        cmocka_unit_test(without_memory_it_fails_and_leaks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
