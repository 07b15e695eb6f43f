/* Runs over kernels written here: their steps, loops, errors and tensors. */
#include "run.h"

#include "api/common.h"
#include "base/test.h"
#include "short_memory.h"

static const struct msw_type four = {.dtype = MSW_FLOAT32, .rank = 1, .dims = {4}};

/* z[0] += x[0] * number; fails where x[0] is below 0. */
static int add_scaled(void *self, const struct tvm_any *args, int32_t count, struct tvm_any *answer) {
    (void)self, (void)answer;
    assert_int_equal(count, 3);
    const struct tvm_tensor *x = args[0].value.pointer, *z = args[2].value.pointer;
    if (*(float *)x->data < 0) {
        TVMFFIErrorSetRaisedFromCStr("ValueError", "below 0");
        return -1;
    }
    *(float *)z->data += *(float *)x->data * (float)args[1].value.integer;
    return 0;
}

static int fail_silently(void *self, const struct tvm_any *args, int32_t count, struct tvm_any *answer) {
    (void)self, (void)args, (void)count, (void)answer;
    return -1;
}

static int ask_for_too_much(void *self, const struct tvm_any *args, int32_t count, struct tvm_any *answer) {
    (void)self, (void)args, (void)count, (void)answer;
    return TVMBackendAllocWorkspace(TVM_DEVICE_CPU, 0, UINT64_MAX, 0, 0) ? 0 : -1;
}

struct fixture {
    struct msw_run *run;
    float *x, *z;
    struct tvm_any args[3];
};

static void set_up(struct fixture *f) {
    struct error *err = api_error();
    const struct run_sizes sizes = {.inputs = 1, .outputs = 1, .about = {.arena_bytes = 128, .steps = 3}};
    f->run = run_make(&sizes, err);
    assert_non_null(f->run);
    assert_int_equal((uintptr_t)f->run->block % RUN_ALIGNMENT, 0);
    f->x = (float *)(void *)f->run->block;
    f->z = f->x + 16;
    f->run->inputs[0] = (struct msw_tensor){.name = "x0", .data = f->x, .bytes = 16, .type = four};
    f->run->outputs[0] = (struct msw_tensor){.name = "z0", .data = f->z, .bytes = 16, .type = four};
    f->args[0] = run_pass_tensor(run_tensor(f->run, &four, f->x, err));
    f->args[1] = run_pass_int(10);
    f->args[2] = run_pass_tensor(run_tensor(f->run, &four, f->z, err));
}

static struct run_step *add(struct fixture *f, tvm_function *kernel) {
    struct run_step *step = run_add_step(f->run, kernel, f->args, 3, api_error());
    assert_non_null(step);
    step->op = "Scale";
    step->about = (struct msw_step){.operations = f->run->step_count, .node = (int32_t)f->run->step_count - 1};
    return step;
}

static void a_tensor_has_the_layout_of_its_type(void **state) {
    (void)state;
    struct fixture f;
    set_up(&f);
    static const struct {
        int32_t dtype;
        uint8_t code, bits;
    } cases[] = {{MSW_FLOAT32, TVM_DTYPE_FLOAT, 32},  {MSW_INT8, TVM_DTYPE_INT, 8},
                 {MSW_UINT8, TVM_DTYPE_UINT, 8},      {MSW_BOOL, TVM_DTYPE_BOOL, 8},
                 {MSW_INT64, TVM_DTYPE_INT, 64},      {MSW_FLOAT16, TVM_DTYPE_FLOAT, 16},
                 {MSW_BFLOAT16, TVM_DTYPE_BFLOAT, 16}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct msw_type type = {.dtype = cases[i].dtype, .rank = 2, .dims = {3, 5}};
        const struct tvm_tensor *t = run_tensor(f.run, &type, f.x, api_error());
        assert_int_equal(t->dtype.code, cases[i].code);
        assert_int_equal(t->dtype.bits, cases[i].bits);
        assert_int_equal(t->dtype.lanes, 1);
        assert_int_equal(t->ndim, 2);
        assert_int_equal(t->shape[0], 3);
        assert_int_equal(t->shape[1], 5);
        assert_ptr_equal(t->data, f.x);
        assert_null(t->strides);
        assert_int_equal(t->device.type, TVM_DEVICE_CPU);
    }
    msw_run_free(f.run);
}

static void steps_are_made_in_portions_and_begin_anew(void **state) {
    (void)state;
    struct fixture f;
    set_up(&f);
    for (int i = 0; i < 3; i++)
        add(&f, add_scaled);
    *f.x = 1;
    assert_int_equal(msw_run_next_step(f.run)->operations, 1);
    assert_int_equal(msw_run_some(f.run, 0), MSW_MORE);
    assert_int_equal(msw_run_some(f.run, 1), MSW_MORE);
    assert_int_equal(msw_run_next_step(f.run)->operations, 2);
    assert_int_equal(msw_run_some(f.run, 1), MSW_MORE);
    assert_int_equal(msw_run_next_step(f.run)->operations, 3);
    assert_int_equal(msw_run_some(f.run, 5), MSW_OK);
    assert_true(*f.z == 30);
    assert_int_equal(msw_run_next_step(f.run)->operations, 1);
    assert_int_equal(msw_run_some(f.run, 2), MSW_MORE);
    msw_run_restart(f.run);
    assert_int_equal(msw_run_next_step(f.run)->operations, 1);
    assert_int_equal(msw_run(f.run), MSW_OK);
    assert_true(*f.z == 80);
    msw_run_free(f.run);
}

static void loops_move_tensors_and_put_them_back(void **state) {
    (void)state;
    static const struct run_loops loops = {.count = 2, .times = {2, 2}, .steps = {{8, 0, 0}, {4, 0, 4}}};
    struct fixture f;
    set_up(&f);
    add(&f, add_scaled)->loops = &loops;
    for (int i = 0; i < 4; i++)
        f.x[i] = (float)(i + 1);
    assert_int_equal(msw_run(f.run), MSW_OK);
    assert_true(f.z[0] == 10 + 30 && f.z[1] == 20 + 40);
    assert_ptr_equal(((struct tvm_tensor *)f.args[0].value.pointer)->data, f.x);
    f.x[2] = -1; /* the third turn fails */
    assert_int_equal(msw_run(f.run), MSW_INVALID);
    assert_ptr_equal(((struct tvm_tensor *)f.args[0].value.pointer)->data, f.x);
    assert_ptr_equal(((struct tvm_tensor *)f.args[2].value.pointer)->data, f.z);
    msw_run_free(f.run);
}

static void a_failed_step_is_named_and_the_run_begins_anew(void **state) {
    (void)state;
    struct fixture f;
    set_up(&f);
    add(&f, add_scaled)->name = "first";
    add(&f, fail_silently);
    *f.x = -1;
    assert_int_equal(msw_run(f.run), MSW_INVALID);
    assert_string_equal(msw_error()->text, "node 'first' (Scale): ValueError: below 0");
    assert_int_equal(msw_error()->node, 0);
    *f.x = 1;
    assert_int_equal(msw_run(f.run), MSW_INVALID);
    assert_string_equal(msw_error()->text, "Scale: the kernel failed without a reason");
    assert_int_equal(msw_error()->node, 1);
    assert_int_equal(msw_run_next_step(f.run)->node, 0);
    msw_run_free(f.run);
}

static void a_workspace_that_there_is_not_is_a_limit(void **state) {
    (void)state;
    struct fixture f;
    set_up(&f);
    add(&f, ask_for_too_much);
    assert_int_equal(msw_run(f.run), MSW_LIMIT);
    assert_string_equal(msw_error()->text, "Scale: out of memory: 18446744073709551615 more bytes were needed");
    msw_run_free(f.run);
}

static void hosts_see_inputs_outputs_and_the_plan(void **state) {
    (void)state;
    struct fixture f;
    set_up(&f);
    assert_string_equal(msw_run_input(f.run, 0)->name, "x0");
    assert_string_equal(msw_run_output(f.run, 0)->name, "z0");
    assert_null(msw_run_input(f.run, 1));
    assert_null(msw_run_output(f.run, 1));
    assert_null(msw_run_state(f.run, 0));
    assert_int_equal(msw_run_plan(f.run)->arena_bytes, 128);
    assert_null(msw_run_next_step(f.run));
    assert_int_equal(msw_run(f.run), MSW_OK);
    msw_run_free(f.run);
    msw_run_free(NULL);
}

static void a_run_without_memory_is_refused_and_leaks_nothing(void **state) {
    (void)state;
    const struct run_sizes sizes = {.inputs = 1, .outputs = 1, .about = {.arena_bytes = 1 << 20, .steps = 1 << 12}};
    struct msw_run *run = NULL;
    size_t allocations = 0;
    for (; !run; allocations++) {
        allocations_left = allocations;
        run = run_make(&sizes, api_error());
        assert_int_equal(msw_error()->status, run ? MSW_OK : MSW_LIMIT);
    }
    allocations_left = SIZE_MAX;
    assert_true(allocations > 2);
    msw_run_free(run);
    const struct run_sizes huge = {.about = {.arena_bytes = SIZE_MAX - 3}};
    assert_null(run_make(&huge, api_error()));
    assert_int_equal(msw_error()->status, MSW_LIMIT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tensor_has_the_layout_of_its_type),
        cmocka_unit_test(steps_are_made_in_portions_and_begin_anew),
        cmocka_unit_test(loops_move_tensors_and_put_them_back),
        cmocka_unit_test(a_failed_step_is_named_and_the_run_begins_anew),
        cmocka_unit_test(a_workspace_that_there_is_not_is_a_limit),
        cmocka_unit_test(hosts_see_inputs_outputs_and_the_plan),
        cmocka_unit_test(a_run_without_memory_is_refused_and_leaks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
