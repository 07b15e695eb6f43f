/* pass_fuse_test.c - what is joined and what is not, and that the joined nodes give the same bits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "graph/pass_test.h"
#include "graph/plan.h"

static void bias_residual_and_activation_join_a_convolution(void **state) {
    (void)state;
    expect_pass(pass_fuse,
                "input x float32[1,8,8,4]\n"
                "const w float32[4,4,1,1]\n"
                "const b float32[4]\n"
                "c = Conv2D(x, w) channels_last=1\n"
                "d = BiasAdd(c, b) channels_last=1\n"
                "e = Add(x, d)\n"
                "f = ReLU(e)\n"
                "output f\n",
                "f = Conv2D(x, w, b, x) channels_last=1 + bias + residual, ReLU\n"
                "output f\n",
                3);
}

static void a_joined_node_knows_its_parts(void **state) {
    (void)state;
    expect_parts(pass_fuse,
                 "input x float32[1,8,8,4]\n"
                 "const w float32[4,4,1,1]\n"
                 "const b float32[4]\n"
                 "c = Conv2D(x, w) channels_last=1\n"
                 "d = BiasAdd(c, b) channels_last=1\n"
                 "e = Add(x, d)\n"
                 "f = ReLU(e)\n"
                 "g = Exp(f)\n"
                 "output g\n",
                 "c: c d e f\n"
                 "g:\n");
}

static void an_activation_ends_the_chain(void **state) {
    (void)state;
    expect_pass(pass_fuse,
                "input x float32[5,4]\n"
                "const w float32[4,4]\n"
                "const b float32[4]\n"
                "c = MatMul(x, w)\n"
                "d = Sigmoid(c)\n"
                "e = Add(d, b)\n"
                "f = ReLU(e)\n"
                "output f\n",
                "d = MatMul(x, w), Sigmoid\n"
                "e = Add(d, b)\n"
                "f = ReLU(e)\n"
                "output f\n",
                1);
}

static void a_vector_along_the_last_axis_is_a_bias(void **state) {
    (void)state;
    expect_pass(pass_fuse,
                "input x float32[2,5,4]\n"
                "const w float32[4,6]\n"
                "const b float32[6]\n"
                "const v float32[5,1]\n"
                "c = MatMul(x, w)\n"
                "d = Add(b, c)\n"
                "e = MatMul(x, w)\n"
                "f = Add(e, v)\n"
                "output d\n"
                "output f\n",
                "d = MatMul(x, w, b) + bias\n"
                "e = MatMul(x, w)\n"
                "f = Add(e, v)\n"
                "output d\n"
                "output f\n",
                1);
}

static void a_reshape_in_between_moves_behind(void **state) {
    (void)state;
    expect_pass(pass_fuse,
                "input x float32[10,4]\n"
                "const w float32[4,6]\n"
                "const b float32[6]\n"
                "c = MatMul(x, w)\n"
                "d = BiasAdd(c, b)\n"
                "e = ExpandDims(d) axis=0\n"
                "f = GeLU(e)\n"
                "output f\n",
                "d = MatMul(x, w, b) + bias, GeLU\n"
                "f = ExpandDims(d) axis=0\n"
                "output f\n",
                2);
    expect_pass(pass_fuse, /* behind the view the last axis has another size */
                "input x float32[10,4]\n"
                "const w float32[4,6]\n"
                "const b float32[1]\n"
                "c = MatMul(x, w)\n"
                "e = ExpandDims(c) axis=2\n"
                "f = Add(e, b)\n"
                "output f\n",
                "c = MatMul(x, w)\n"
                "e = ExpandDims(c) axis=2\n"
                "f = Add(e, b)\n"
                "output f\n",
                0);
}

static void a_younger_residual_is_there_in_time(void **state) {
    (void)state;
    expect_pass(pass_fuse,
                "input x float32[5,4]\n"
                "const w float32[4,4]\n"
                "c = MatMul(x, w)\n"
                "r = Softmax(x)\n"
                "d = Add(c, r)\n"
                "output d\n",
                "r = Softmax(x)\n"
                "d = MatMul(x, w, r) + residual\n"
                "output d\n",
                1);
    expect_pass(pass_fuse, /* of two products the older one is done first */
                "input x float32[5,4]\n"
                "const w float32[4,4]\n"
                "c = MatMul(x, w)\n"
                "d = MatMul(x, w) transpose_b=1\n"
                "e = Add(c, d)\n"
                "output e\n",
                "c = MatMul(x, w)\n"
                "e = MatMul(x, w, c) transpose_b=1 + residual\n"
                "output e\n",
                1);
}

static void what_others_read_or_what_broadcasts_stays(void **state) {
    (void)state;
    static const char *const graphs[] = {
        "input x float32[5,4]\n"
        "const w float32[4,4]\n"
        "c = MatMul(x, w)\n"
        "d = ReLU(c)\n"
        "output d\n"
        "output c\n",
        "input x float32[5,4]\n"
        "const w float32[4,4]\n"
        "c = MatMul(x, w)\n"
        "d = Add(c, c)\n"
        "output d\n",
        "input x float32[5,4]\n"
        "input r float32[1,4]\n"
        "const w float32[4,4]\n"
        "c = MatMul(x, w)\n"
        "d = Add(c, r)\n"
        "output d\n",
        "input x float32[1,4]\n"
        "input r float32[5,4]\n"
        "const w float32[4,4]\n"
        "c = MatMul(x, w)\n"
        "d = Add(c, r)\n"
        "output d\n",
        "input x float32[1,5,4]\n"
        "const w float32[4,3]\n"
        "const b float32[5]\n"
        "c = MatMul(x, w)\n"
        "d = BiasAdd(c, b)\n"
        "output d\n",
        "input x float32[3,5,4]\n"
        "const v float32[4]\n"
        "const b float32[5]\n"
        "c = MatMul(x, v)\n"
        "d = Add(c, b)\n"
        "output d\n",
        "input x float32[5,4]\n"
        "const w float32[4,4]\n"
        "c = MatMul(x, w)\n"
        "d = LeakyReLU(c) slope=0.5\n"
        "output d\n",
    };
    for (size_t i = 0; i < sizeof graphs / sizeof graphs[0]; i++)
        expect_unchanged(pass_fuse, graphs[i]);
}

/* Runs the graph on numbers of its own for each input, with or without the pass. */
static void run(const char *text, bool fuse, float *answer, size_t n) {
    struct graph_text t;
    struct plan plan;
    struct msw_type types[4];
    uint32_t changes = 0;
    graph_text_read(&t, text);
    assert_true(graph_check_declared(&t.graph, &t.err));
    if (fuse)
        assert_true(pass_fuse(&t.graph, &changes, &t.err));
    assert_true(fuse ? changes > 0 : changes == 0);
    for (uint32_t i = 0; i < t.graph.inputs.count; i++)
        types[i] = t.graph.values[t.graph.inputs.at[i]].type;
    if (!plan_make(&t.graph, types, &plan, &t.err))
        fail_msg("%s", t.err.text);
    for (uint32_t i = 0; i < t.graph.inputs.count; i++)
        for (size_t k = 0; k < plan.inputs[i].bytes / sizeof(float); k++)
            ((float *)plan.inputs[i].data)[k] = (float)((int)(k * 7919 % 1000) - 500 + (int)i) / 251.0f;
    for (uint32_t s = 0; s < plan.step_count; s++)
        plan.steps[s].run(&plan.steps[s]);
    assert_int_equal(plan.outputs[0].bytes, n * sizeof *answer);
    memcpy(answer, plan.outputs[0].data, n * sizeof *answer);
    plan_free(&plan);
    graph_text_free(&t);
}

static void joined_nodes_give_the_same_bits(void **state) {
    (void)state;
    static const struct {
        const char *text;
        size_t n;
    } cases[] = {
        {"input x float32[1,5,6,4]\ninput w float32[8,2,3,3]\ninput b float32[8]\ninput r float32[1,5,6,8]\n"
         "c = Conv2D(x, w) group=2 pad_mode=1 channels_last=1\nd = BiasAdd(c, b) channels_last=1\ne = Add(d, r)\n"
         "f = HSwish(e)\noutput f\n",
         240},
        {"input x float32[2,5,6,4]\ninput w float32[4,1,3,3]\ninput b float32[4]\n"
         "c = Conv2D(x, w) group=4 pad_mode=1 channels_last=1\nd = BiasAdd(c, b) channels_last=1\n"
         "f = ReLU6(d)\noutput f\n",
         240},
        {"input x float32[2,3,5,4]\ninput w float32[3,70,4]\ninput b float32[70]\ninput r float32[2,3,5,70]\n"
         "c = MatMul(x, w) transpose_b=1\nd = Add(c, b)\ne = Add(r, d)\nf = SiLU(e)\noutput f\n",
         2100},
    };
    static float want[2100], got[2100];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        run(cases[i].text, false, want, cases[i].n);
        run(cases[i].text, true, got, cases[i].n);
        assert_memory_equal(got, want, cases[i].n * sizeof *want);
    }
}

/* What was known of a value before a pass gave it another meaning must not be taken for it afterwards. */
static void a_joined_node_is_no_longer_known(void **state) {
    (void)state;
    static const char *const known[] = {"m", "v"};
    struct graph_text t;
    struct pass_report reports[PASS_COUNT] = {{0}};
    struct plan plan;
    graph_text_read(&t, "input x float32[-1,4]\n"
                        "input y float32[2]\n"
                        "const w float32[2,2] 1,0,0,1\n"
                        "const row int64[2] 1,2\n"
                        "const flat int64[1] 2\n"
                        "s = Shape(x)\n"
                        "f = Cast(s) dtype=1\n"
                        "r = Reshape(f, row)\n"
                        "m = MatMul(r, w)\n"
                        "v = Reshape(m, flat)\n"
                        "z = Add(v, y)\n"
                        "output z\n");
    const struct msw_type types[] = {{.dtype = MSW_FLOAT32, .rank = 2, .dims = {3, 4}}, t.graph.values[1].type};
    const struct msw_type declared[] = {{.dtype = MSW_FLOAT32, .rank = 2, .dims = {1, 2}}, t.graph.values[1].type};
    for (size_t i = 0; i < 2; i++)
        t.graph.values[text_find(&t.graph, known[i])].type = declared[i];
    assert_true(graph_run_passes(&t.graph, reports, &t.err));
    assert_int_equal(reports[PASS_NUMBER_fuse].changes, 1);
    if (!plan_make(&t.graph, types, &plan, &t.err))
        fail_msg("%s", t.err.text);
    memcpy(plan.inputs[1].data, ((const float[]){100, 200}), 8);
    for (uint32_t s = 0; s < plan.step_count; s++)
        plan.steps[s].run(&plan.steps[s]);
    assert_memory_equal(plan.outputs[0].data, ((const float[]){103, 204}), 8);
    plan_free(&plan);
    graph_text_free(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bias_residual_and_activation_join_a_convolution),
        cmocka_unit_test(a_joined_node_knows_its_parts),
        cmocka_unit_test(an_activation_ends_the_chain),
        cmocka_unit_test(a_vector_along_the_last_axis_is_a_bias),
        cmocka_unit_test(a_reshape_in_between_moves_behind),
        cmocka_unit_test(a_younger_residual_is_there_in_time),
        cmocka_unit_test(what_others_read_or_what_broadcasts_stays),
        cmocka_unit_test(a_joined_node_is_no_longer_known),
        cmocka_unit_test(joined_nodes_give_the_same_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
