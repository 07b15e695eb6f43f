/* plan_test.c - where tensors lie, what runs, and what a run is told about wrong inputs. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "graph/check.h"
#include "graph/graph_text.h"
#include "graph/plan.h"

static struct graph_text graph;
static struct plan plan;

/* Read, check and plan; the inputs' types are the graph's own. */
static void make(const char *text) {
    struct msw_type types[4];
    graph_text_read(&graph, text);
    assert_true(graph_check_declared(&graph.graph, &graph.err));
    for (uint32_t i = 0; i < graph.graph.inputs.count; i++)
        types[i] = graph.graph.values[graph.graph.inputs.at[i]].type;
    if (!plan_make(&graph.graph, types, &plan, &graph.err))
        fail_msg("%s", graph.err.text);
}

static int forget(void **state) {
    (void)state;
    plan_free(&plan);
    graph_text_free(&graph);
    return 0;
}

static void run(void) {
    for (uint32_t s = 0; s < plan.step_count; s++)
        plan.steps[s].run(&plan.steps[s]);
}

static void an_elementwise_chain_runs_in_one_place(void **state) {
    (void)state;
    make("input x float32[100]\n"
         "a = ReLU(x)\n"
         "b = Mul(a, a)\n"
         "c = Add(b, x)\n"
         "d = ReLU(c)\n"
         "output d\n");
    assert_int_equal(plan.step_count, 4);
    assert_int_equal(plan.about.arena_bytes, 2 * 400); /* x lives on to c: two tensors */
    float *x = plan.inputs[0].data;
    for (int i = 0; i < 100; i++)
        x[i] = (float)(i - 50);
    run();
    const float *d = plan.outputs[0].data;
    for (int i = 0; i < 100; i++)
        assert_true(d[i] == (i > 50 ? (float)((i - 50) * (i - 50) + (i - 50)) : 0));
}

static void a_view_costs_no_step_and_no_memory(void **state) {
    (void)state;
    make("input x float32[2,3,4]\n"
         "f = Flatten(x)\n"
         "t = Transpose(f) perm=0,1\n"
         "r = ReLU(t)\n"
         "output r\n");
    assert_int_equal(plan.step_count, 1);
    assert_int_equal(plan.about.arena_bytes, 96);
    assert_ptr_equal(plan.inputs[0].data, plan.outputs[0].data);
}

static void parts_are_views_where_they_lie_apart(void **state) {
    (void)state;
    make("input x float32[4,4]\n"
         "a b = Split(x) axis=0 outputs=2\n"
         "c d = Split(b) axis=0 outputs=2\n"
         "s = Sub(a, b)\n"
         "p = Sub(c, d)\n"
         "output s\n"
         "output p\n");
    assert_int_equal(plan.step_count, 2);
    float *x = plan.inputs[0].data;
    for (int i = 0; i < 16; i++)
        x[i] = (float)(i * i);
    run();
    const float *s = plan.outputs[0].data, *p = plan.outputs[1].data;
    for (int i = 0; i < 8; i++)
        assert_true(s[i] == (float)(i * i - (i + 8) * (i + 8)));
    for (int i = 0; i < 4; i++)
        assert_true(p[i] == (float)((i + 8) * (i + 8) - (i + 12) * (i + 12)));
}

/* Hosts get their tensors 16-byte aligned, so an output that would begin in between is copied. */
static void an_output_is_aligned(void **state) {
    (void)state;
    make("input x float32[2,3]\n"
         "a b = Split(x) axis=0 outputs=2\n"
         "output a\n"
         "output b\n");
    assert_int_equal(plan.step_count, 1);
    assert_int_equal((uintptr_t)plan.outputs[1].data % 16, 0);
    memcpy(plan.inputs[0].data, ((const float[]){1, 2, 3, 4, 5, 6}), 24);
    run();
    assert_memory_equal(plan.outputs[1].data, ((const float[]){4, 5, 6}), 12);
}

/* In place of either slice the sum would overwrite what it has yet to read of the other. */
static void slices_that_overlap_are_not_overwritten(void **state) {
    (void)state;
    static const char *const sums[] = {"Sub(a, b)", "Sub(b, a)"};
    for (int k = 0; k < 2; k++) {
        char text[512];
        snprintf(text, sizeof text,
                 "input x float32[21]\n"
                 "const zero int64[1] 0\n"
                 "const one int64[1] 1\n"
                 "const most int64[1] 20\n"
                 "const end int64[1] 21\n"
                 "a = StridedSlice(x, zero, most, one)\n"
                 "b = StridedSlice(x, one, end, one)\n"
                 "s = %s\n"
                 "output s\n",
                 sums[k]);
        make(text);
        assert_int_equal(plan.step_count, 1);
        for (int i = 0; i < 21; i++)
            ((float *)plan.inputs[0].data)[i] = (float)(i * i);
        run();
        for (int i = 0; i < 20; i++)
            assert_true(((float *)plan.outputs[0].data)[i] == (float)(k ? 2 * i + 1 : -2 * i - 1));
        if (k == 0)
            forget(NULL);
    }
}

static void a_part_of_what_is_overwritten_is_read_before(void **state) {
    (void)state;
    make("input x float32[4,4]\n"
         "a b c d = Split(x) axis=0 outputs=4\n"
         "z = Sub(x, a)\n"
         "output z\n");
    for (int i = 0; i < 16; i++)
        ((float *)plan.inputs[0].data)[i] = (float)(i * i);
    run();
    for (int i = 0; i < 16; i++)
        assert_true(((float *)plan.outputs[0].data)[i] == (float)(i * i - i % 4 * (i % 4)));
    forget(NULL);
    make("input x float32[5]\n" /* in place of x it would scale with what it has just written */
         "n = LayerNorm(x, x, x)\n"
         "output n\n");
    memcpy(plan.inputs[0].data, ((const float[]){-2, -1, 0, 1, 2}), 20);
    run();
    const float r = 0.70710677f, want[5] = {2 * 2 * r - 2, r - 1, 0, r + 1, 2 * 2 * r + 2};
    for (int i = 0; i < 5; i++)
        assert_true(fabsf(((float *)plan.outputs[0].data)[i] - want[i]) < 1e-5f);
}

static void a_view_keeps_what_it_looks_at_alive(void **state) {
    (void)state;
    make("input x float32[2,2]\n"
         "f = Flatten(x)\n"
         "r = ReLU(x)\n"
         "s = Add(r, f)\n"
         "output s\n");
    const float in[4] = {-1, 2, -3, 4}, want[4] = {-1, 4, -3, 8};
    memcpy(plan.inputs[0].data, in, sizeof in);
    run();
    assert_memory_equal(plan.outputs[0].data, want, sizeof want);
}

static void an_output_is_not_overwritten(void **state) {
    (void)state;
    make("input x float32[4]\n"
         "a = ReLU(x)\n"
         "b = Add(a, a)\n"
         "output a\n"
         "output b\n");
    const float in[4] = {1, 2, -3, 4}, a[4] = {1, 2, 0, 4}, b[4] = {2, 4, 0, 8};
    memcpy(plan.inputs[0].data, in, sizeof in);
    run();
    assert_memory_equal(plan.outputs[0].data, a, sizeof a);
    assert_memory_equal(plan.outputs[1].data, b, sizeof b);
}

static void inputs_and_constants_may_be_outputs(void **state) {
    (void)state;
    make("input x float32[4]\n"
         "const c int32[2]\n"
         "v = Flatten(c)\n"
         "output x\n"
         "output c\n"
         "output v\n");
    assert_int_equal(plan.step_count, 0);
    assert_ptr_equal(plan.outputs[0].data, plan.inputs[0].data);
    assert_int_equal(((const int32_t *)plan.outputs[1].data)[1], 0x01010101);
    assert_memory_equal(plan.outputs[2].data, plan.outputs[1].data, 8);
}

static void a_constant_is_never_overwritten(void **state) {
    (void)state;
    make("input x int32[4]\n"
         "const c int32[4]\n"
         "z = Add(c, x)\n"
         "output z\n");
    const int32_t in[4] = {1, 2, 3, 4};
    for (int i = 0; i < 2; i++) {
        memcpy(plan.inputs[0].data, in, sizeof in);
        run();
        assert_int_equal(((const int32_t *)plan.outputs[0].data)[3], 0x01010105);
    }
}

static void empty_tensors_run(void **state) {
    (void)state;
    make("input x float32[0,3]\n"
         "input y float32[1,3]\n"
         "a = Add(x, y)\n"
         "b = Softmax(a)\n"
         "output b\n");
    run();
    assert_int_equal(plan.outputs[0].bytes, 0);
}

static void what_follows_from_constants_and_shapes_costs_no_step(void **state) {
    (void)state;
    make("input x float32[4]\n"
         "const c float32[4]\n"
         "a = Add(c, c)\n"
         "b = ReLU(a)\n"
         "z = Add(x, b)\n"
         "output z\n");
    assert_int_equal(plan.step_count, 1);
    assert_int_equal(plan.about.arena_bytes, 16);
    const float one = *(const float *)graph.graph.values[1].data;
    *(float *)plan.inputs[0].data = 5;
    run();
    assert_true(*(const float *)plan.outputs[0].data == 5 + (one + one));
}

static void wrong_inputs_are_named(void **state) {
    (void)state;
    graph_text_read(&graph, "input x float32[2,3]\n"
                            "a = ReLU(x)\n"
                            "output a\n");
    static const struct {
        struct msw_type type;
        const char *text;
    } cases[] = {
        {{.dtype = MSW_FLOAT32, .rank = 1, .dims = {6}}, "input 'x' is float32[6], the model expects float32[2,3]"},
        {{.dtype = MSW_INT8, .rank = 2, .dims = {2, 3}}, "input 'x' is int8[2,3], the model expects float32[2,3]"},
        {{.dtype = 77, .rank = 2, .dims = {2, 3}}, "input 'x': 77 is not a data type"},
        {{.dtype = MSW_FLOAT32, .rank = 9},
         "input 'x': float32[...] is not a shape of at most 8 dims and 2147483647 bytes"},
        {{.dtype = MSW_FLOAT32, .rank = 2, .dims = {-2, 3}},
         "input 'x': float32[-2,3] is not a shape of at most 8 dims and 2147483647 bytes"},
        {{.dtype = MSW_FLOAT32, .rank = 4, .dims = {65536, 65536, 65536, 65536}},
         "input 'x': float32[65536,65536,65536,65536] is not a shape of at most 8 dims and 2147483647 bytes"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        error_clear(&graph.err);
        assert_false(plan_make(&graph.graph, &cases[i].type, &plan, &graph.err));
        assert_string_equal(graph.err.text, cases[i].text);
        assert_int_equal(graph.err.about.status, MSW_INVALID);
    }
}

static void a_result_too_large_is_named(void **state) {
    (void)state;
    graph_text_read(&graph, "input x float32[65536,1]\n"
                            "input y float32[1,65536]\n"
                            "big = Add(x, y)\n"
                            "output big\n");
    assert_false(graph_check_declared(&graph.graph, &graph.err));
    assert_string_equal(graph.err.text,
                        "node 'big' (Add): output float32[65536,65536] is larger than 2147483647 bytes");
    assert_int_equal(graph.err.about.status, MSW_LIMIT);
    assert_int_equal(graph.err.about.node, 0);
}

static void a_data_type_that_an_operator_lacks_is_named(void **state) {
    (void)state;
    graph_text_read(&graph, "input x bool[4]\n"
                            "a = ReLU(x)\n"
                            "output a\n");
    assert_false(graph_check_declared(&graph.graph, &graph.err));
    assert_string_equal(
        graph.err.text,
        "node 'a' (ReLU): bool is not supported (float32, int32, int8, int64, float16, bfloat16, float64, int16)");
    assert_int_equal(graph.err.about.status, MSW_UNSUPPORTED);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(an_elementwise_chain_runs_in_one_place, forget),
        cmocka_unit_test_teardown(a_view_costs_no_step_and_no_memory, forget),
        cmocka_unit_test_teardown(parts_are_views_where_they_lie_apart, forget),
        cmocka_unit_test_teardown(an_output_is_aligned, forget),
        cmocka_unit_test_teardown(slices_that_overlap_are_not_overwritten, forget),
        cmocka_unit_test_teardown(a_part_of_what_is_overwritten_is_read_before, forget),
        cmocka_unit_test_teardown(a_view_keeps_what_it_looks_at_alive, forget),
        cmocka_unit_test_teardown(an_output_is_not_overwritten, forget),
        cmocka_unit_test_teardown(inputs_and_constants_may_be_outputs, forget),
        cmocka_unit_test_teardown(a_constant_is_never_overwritten, forget),
        cmocka_unit_test_teardown(empty_tensors_run, forget),
        cmocka_unit_test_teardown(what_follows_from_constants_and_shapes_costs_no_step, forget),
        cmocka_unit_test_teardown(wrong_inputs_are_named, forget),
        cmocka_unit_test_teardown(a_result_too_large_is_named, forget),
        cmocka_unit_test_teardown(a_data_type_that_an_operator_lacks_is_named, forget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
