/* passes_test.c - each pass on graphs written as text, before and after. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "graph/pass_test.h"
#include "graph/plan.h"
#include "graph/weights.h"

static void an_image_operator_gets_its_channels_last(void **state) {
    (void)state;
    expect_pass(pass_channels_last,
                "input x float32[1,3,8,8]\n"
                "const w float32[4,3,3,3]\n"
                "y = Conv2D(x, w) strides=2,2\n"
                "output y\n",
                "%0 = Transpose(x) perm=0,2,3,1\n"
                "%1 = Conv2D(%0, w) strides=2,2 channels_last=1\n"
                "y = Transpose(%1) perm=0,3,1,2\n"
                "output y\n",
                1);
}

static void a_chain_has_a_transpose_at_its_ends_alone(void **state) {
    (void)state;
    expect_pass(pass_channels_last,
                "input x float32[1,3,8,8]\n"
                "const w float32[4,3,3,3]\n"
                "const b float32[4]\n"
                "const s float32[]\n"
                "c = Conv2D(x, w)\n"
                "d = BiasAdd(c, b)\n"
                "e = ReLU(d)\n"
                "f = Mul(e, s)\n"
                "g = MaxPool(f) kernel=2,2 strides=2,2\n"
                "h = Flatten(g)\n"
                "output h\n",
                "%0 = Transpose(x) perm=0,2,3,1\n"
                "%1 = Conv2D(%0, w) channels_last=1\n"
                "%2 = BiasAdd(%1, b) channels_last=1\n"
                "%3 = ReLU(%2)\n"
                "%4 = Mul(%3, s)\n"
                "%5 = MaxPool(%4) kernel=2,2 strides=2,2 channels_last=1\n"
                "g = Transpose(%5) perm=0,3,1,2\n"
                "h = Flatten(g)\n"
                "output h\n",
                5);
}

static void a_residual_stays_with_channels_last(void **state) {
    (void)state;
    expect_pass(pass_channels_last,
                "input x float32[1,4,8,8]\n"
                "const w float32[4,4,1,1]\n"
                "a = Conv2D(x, w)\n"
                "b = Conv2D(a, w)\n"
                "c = Add(a, b)\n"
                "d = Conv2D(c, w)\n"
                "output d\n",
                "%0 = Transpose(x) perm=0,2,3,1\n"
                "%1 = Conv2D(%0, w) channels_last=1\n"
                "%2 = Conv2D(%1, w) channels_last=1\n"
                "%3 = Add(%1, %2)\n"
                "%4 = Conv2D(%3, w) channels_last=1\n"
                "d = Transpose(%4) perm=0,3,1,2\n"
                "output d\n",
                4);
}

static void a_tensor_that_broadcasts_is_met_in_the_models_layout(void **state) {
    (void)state;
    expect_pass(pass_channels_last,
                "input x float32[1,4,8,8]\n"
                "const w float32[4,4,1,1]\n"
                "const v float32[4,1,1]\n"
                "a = Conv2D(x, w)\n"
                "b = Add(a, v)\n"
                "output b\n",
                "%0 = Transpose(x) perm=0,2,3,1\n"
                "%1 = Conv2D(%0, w) channels_last=1\n"
                "a = Transpose(%1) perm=0,3,1,2\n"
                "b = Add(a, v)\n"
                "output b\n",
                1);
}

static void a_value_needed_in_both_layouts_is_transposed_once(void **state) {
    (void)state;
    expect_pass(pass_channels_last,
                "input x float32[1,4,8,8]\n"
                "const w float32[4,4,1,1]\n"
                "a = Conv2D(x, w)\n"
                "b = Flatten(a)\n"
                "c = Conv2D(a, w)\n"
                "d = Flatten(a)\n"
                "output b\n"
                "output c\n"
                "output d\n"
                "output a\n",
                "%0 = Transpose(x) perm=0,2,3,1\n"
                "%1 = Conv2D(%0, w) channels_last=1\n"
                "a = Transpose(%1) perm=0,3,1,2\n"
                "b = Flatten(a)\n"
                "%2 = Conv2D(%1, w) channels_last=1\n"
                "d = Flatten(a)\n"
                "c = Transpose(%2) perm=0,3,1,2\n"
                "output b\n"
                "output c\n"
                "output d\n"
                "output a\n",
                2);
}

/* Sizes need not be known: an elementwise operator looks at each axis by itself. */
static void images_of_open_sizes_stay_with_channels_last(void **state) {
    (void)state;
    expect_pass(pass_channels_last,
                "input x float32[-1,4,-1,-1]\n"
                "const w float32[4,4,1,1]\n"
                "const s float32[]\n"
                "a = Conv2D(x, w)\n"
                "b = ReLU6(a)\n"
                "c = Conv2D(b, w)\n"
                "d = Add(c, a)\n"
                "e = Mul(s, d)\n"
                "output e\n",
                "%0 = Transpose(x) perm=0,2,3,1\n"
                "%1 = Conv2D(%0, w) channels_last=1\n"
                "%2 = ReLU6(%1)\n"
                "%3 = Conv2D(%2, w) channels_last=1\n"
                "%4 = Add(%3, %1)\n"
                "%5 = Mul(s, %4)\n"
                "e = Transpose(%5) perm=0,3,1,2\n"
                "output e\n",
                5);
}

static void images_are_joined_and_padded_with_channels_last(void **state) {
    (void)state;
    expect_pass(pass_channels_last,
                "input x float32[1,4,8,8]\n"
                "const w float32[4,4,1,1]\n"
                "a = Conv2D(x, w)\n"
                "p = Pad(a) paddings=0,0,1,1,1,1\n"
                "b = Conv2D(p, w)\n"
                "c = Concat(b, b, p) axis=1\n"
                "output c\n",
                "%0 = Transpose(x) perm=0,2,3,1\n"
                "%1 = Conv2D(%0, w) channels_last=1\n"
                "%2 = Pad(%1) paddings=0,0,1,1,1,1 channels_last=1\n"
                "%3 = Conv2D(%2, w) channels_last=1\n"
                "%4 = Concat(%3, %3, %2) axis=1 channels_last=1\n"
                "c = Transpose(%4) perm=0,3,1,2\n"
                "output c\n",
                4);
}

/* As an image it is wanted in one layout, as weights in the other. */
static void an_image_can_be_weights_too(void **state) {
    (void)state;
    expect_pass(pass_channels_last,
                "input x float32[4,4,1,1]\n"
                "const w float32[4,4,1,1]\n"
                "a = Conv2D(x, w)\n"
                "b = Conv2D(a, a)\n"
                "output b\n",
                "%0 = Transpose(x) perm=0,2,3,1\n"
                "%1 = Conv2D(%0, w) channels_last=1\n"
                "a = Transpose(%1) perm=0,3,1,2\n"
                "%2 = Conv2D(%1, a) channels_last=1\n"
                "b = Transpose(%2) perm=0,3,1,2\n"
                "output b\n",
                2);
}

static void nothing_without_images_changes(void **state) {
    (void)state;
    expect_pass(pass_channels_last,
                "input x float32[2,3]\n"
                "const w float32[3,4]\n"
                "a = MatMul(x, w)\n"
                "b = ReLU(a)\n"
                "output b\n",
                "a = MatMul(x, w)\n"
                "b = ReLU(a)\n"
                "output b\n",
                0);
    expect_pass(pass_channels_last,
                "input x float32[1,8,8,4]\n"
                "const w float32[4,4,1,1]\n"
                "a = Conv2D(x, w) channels_last=1\n"
                "output a\n",
                "a = Conv2D(x, w) channels_last=1\n"
                "output a\n",
                0);
}

static void batch_norm_goes_into_the_weights_before_it(void **state) {
    (void)state;
    expect_pass(pass_fold_batch_norm,
                "input x float32[1,3,8,8]\n"
                "const w float32[4,3,3,3]\n"
                "const g float32[4]\n"
                "c = Conv2D(x, w)\n"
                "n = BatchNorm(c, g, g, g, g) epsilon=1\n"
                "output n\n",
                "c = Conv2D(x, w)\n"
                "n = BiasAdd(c, %0)\n"
                "output n\n",
                1);
    expect_pass(pass_fold_batch_norm,
                "input x float32[5,3]\n"
                "const w float32[3,4]\n"
                "const g float32[4]\n"
                "m = MatMul(x, w)\n"
                "b = BiasAdd(m, g)\n"
                "n = BatchNorm(b, g, g, g, g) epsilon=1\n"
                "output n\n",
                "m = MatMul(x, w)\n"
                "n = BiasAdd(m, %0)\n"
                "output n\n",
                1);
    expect_parts(pass_fold_batch_norm,
                 "input x float32[5,3]\n"
                 "const w float32[3,4]\n"
                 "const g float32[4]\n"
                 "m = MatMul(x, w)\n"
                 "b = BiasAdd(m, g)\n"
                 "n = BatchNorm(b, g, g, g, g) epsilon=1\n"
                 "output n\n",
                 "m:\nn: b n\n");
}

static void batch_norm_stays_where_its_input_is_read_elsewhere(void **state) {
    (void)state;
    expect_pass(pass_fold_batch_norm,
                "input x float32[1,3,8,8]\n"
                "const w float32[4,3,3,3]\n"
                "const g float32[4]\n"
                "c = Conv2D(x, w)\n"
                "n = BatchNorm(c, g, g, g, g) epsilon=1\n"
                "output n\n"
                "output c\n",
                "c = Conv2D(x, w)\n"
                "n = BatchNorm(c, g, g, g, g) epsilon=1\n"
                "output n\n"
                "output c\n",
                0);
    expect_pass(pass_fold_batch_norm,
                "input x float32[1,3,8,8]\n"
                "input w float32[4,3,3,3]\n"
                "const g float32[4]\n"
                "c = Conv2D(x, w)\n"
                "n = BatchNorm(c, g, g, g, g) epsilon=1\n"
                "output n\n",
                "c = Conv2D(x, w)\n"
                "n = BatchNorm(c, g, g, g, g) epsilon=1\n"
                "output n\n",
                0);
}

/* A product has its columns along the last axis, a BatchNorm its channels along axis 1, unless it says otherwise. */
static void batch_norm_over_another_axis_than_the_weights_stays(void **state) {
    (void)state;
    expect_unchanged(pass_fold_batch_norm, "input x float32[2,5,7]\n"
                                           "const w float32[7,5]\n"
                                           "const g float32[5]\n"
                                           "m = MatMul(x, w)\n"
                                           "n = BatchNorm(m, g, g, g, g) epsilon=1\n"
                                           "output n\n");
    expect_unchanged(pass_fold_batch_norm, "input x float32[1,8,4,3]\n"
                                           "const w float32[8,3,1,1]\n"
                                           "const g float32[8]\n"
                                           "c = Conv2D(x, w) channels_last=1\n"
                                           "n = BatchNorm(c, g, g, g, g) epsilon=1\n"
                                           "output n\n");
    expect_unchanged(pass_fold_batch_norm, "input x float32[2,5,7]\n"
                                           "const w float32[7,5]\n"
                                           "const g float32[5]\n"
                                           "m = MatMul(x, w)\n"
                                           "b = BiasAdd(m, g)\n"
                                           "n = BatchNorm(b, g, g, g, g) epsilon=1 channels_last=1\n"
                                           "output n\n");
}

static void what_stays_of_a_batch_norm_has_its_layout(void **state) {
    (void)state;
    expect_pass(pass_fold_batch_norm,
                "input x float32[1,6,3,7]\n"
                "const w float32[7,5]\n"
                "const g float32[5]\n"
                "m = MatMul(x, w)\n"
                "n = BatchNorm(m, g, g, g, g) epsilon=1 channels_last=1\n"
                "output n\n",
                "m = MatMul(x, w)\n"
                "n = BiasAdd(m, %0) channels_last=1\n"
                "output n\n",
                1);
    expect_pass(pass_fold_batch_norm,
                "input x float32[1,8,4,3]\n"
                "const w float32[8,3,1,1]\n"
                "const g float32[8]\n"
                "c = Conv2D(x, w) channels_last=1\n"
                "b = BiasAdd(c, g) channels_last=1\n"
                "n = BatchNorm(b, g, g, g, g) epsilon=1 channels_last=1\n"
                "output n\n",
                "c = Conv2D(x, w) channels_last=1\n"
                "n = BiasAdd(c, %0) channels_last=1\n"
                "output n\n",
                1);
}

/* The same numbers with and without the pass: (s w) x + offset against gamma (w x - mean) / sqrt(variance + epsilon) + beta. */
static void a_folded_batch_norm_gives_the_same_numbers(void **state) {
    (void)state;
    static const float numbers[4][2] = {
        {1.5f, -2}, {0.25f, 3}, {-1, 0.5f}, {4, 0.1f}}; /* gamma, beta, mean, variance */
    float want[2], got[2];
    for (int fold = 0; fold < 2; fold++) {
        struct graph_text t;
        struct plan plan;
        uint32_t changes = 0;
        graph_text_read(&t, "input x float32[1,3]\n"
                            "const w float32[2,3]\n"
                            "const gamma float32[2]\n"
                            "const beta float32[2]\n"
                            "const mean float32[2]\n"
                            "const variance float32[2]\n"
                            "m = MatMul(x, w) transpose_b=1\n"
                            "n = BatchNorm(m, gamma, beta, mean, variance) epsilon=0.001\n"
                            "output n\n");
        const float w[6] = {1, 2, 3, -4, 5, -6}, x[3] = {0.5f, -1, 2};
        t.graph.values[1].data = w;
        for (int i = 0; i < 4; i++)
            t.graph.values[2 + i].data = numbers[i];
        if (fold) {
            assert_true(graph_check_declared(&t.graph, &t.err));
            assert_true(pass_fold_batch_norm(&t.graph, &changes, &t.err));
            assert_int_equal(changes, 1);
        }
        const struct msw_type type = t.graph.values[0].type;
        if (!plan_make(&t.graph, &type, &plan, &t.err))
            fail_msg("%s", t.err.text);
        memcpy(plan.inputs[0].data, x, sizeof x);
        for (uint32_t s = 0; s < plan.step_count; s++)
            plan.steps[s].run(&plan.steps[s]);
        memcpy(fold ? got : want, plan.outputs[0].data, sizeof want);
        plan_free(&plan);
        graph_text_free(&t);
    }
    for (int i = 0; i < 2; i++) {
        const double product = i ? -19 : 4.5, s = (double)numbers[0][i] / sqrt((double)numbers[3][i] + 0.001);
        const double exact = s * (product - (double)numbers[2][i]) + (double)numbers[1][i];
        assert_true(fabs((double)want[i] - exact) <= 1e-6 * fabs(exact)); /* a few roundings of 6e-8 */
        assert_true(fabs((double)got[i] - exact) <= 1e-6 * fabs(exact));
    }
}

static void nodes_of_constants_are_computed_once(void **state) {
    (void)state;
    expect_pass(pass_fold_constants,
                "input x float32[2,3]\n"
                "const w float32[4,3] 2\n"
                "const v float32[3,4] 3\n"
                "t = Transpose(w) perm=1,0\n"
                "s = Add(t, v)\n"
                "y = MatMul(x, s)\n"
                "z = ReLU(x)\n"
                "output y\n"
                "output t\n"
                "output z\n",
                "y = MatMul(x, s)\n"
                "z = ReLU(x)\n"
                "output y\n"
                "output t\n"
                "output z\n",
                2);
    struct graph_text t;
    uint32_t changes = 0;
    graph_text_read(&t, "const w float32[2] 2\nconst v float32[2] 3\ns = Add(w, v)\noutput s\n");
    assert_true(pass_fold_constants(&t.graph, &changes, &t.err));
    assert_true(((const float *)t.graph.values[2].data)[1] == 5);
    graph_text_free(&t);
}

/* Large constants from a file, of which v has its data with another. */
static void what_was_computed_with_is_given_back(void **state) {
    (void)state;
    struct graph_text t;
    uint32_t changes = 0;
    graph_text_read(&t, "input x float32[200,200]\n"
                        "const w float32[200,200] 3\n"
                        "const v float32[200,200] 3\n"
                        "const u float32[200,200] 3\n"
                        "a = Add(w, v)\n"
                        "b = Square(a)\n"
                        "c = Mul(b, v)\n"
                        "d = Sub(c, u)\n"
                        "y = Add(x, u)\n"
                        "z = Add(y, d)\n"
                        "output z\n");
    enum { W = 1, V, U, A, B, C, D };
    const void *shared = t.graph.values[V].data;
    assert_true(graph_check_declared(&t.graph, &t.err));
    for (uint32_t v = W; v <= U; v++) {
        t.graph.values[v].temporary = true;
        t.graph.values[v].sole = v != V;
        t.graph.values[v].offset = v;
    }
    assert_true(pass_fold_constants(&t.graph, &changes, &t.err));
    assert_int_equal(changes, 4);
    for (uint32_t v = W; v <= C; v++)
        assert_null(t.graph.values[v].data); /* u is loaded anew, for y */
    assert_true(((const float *)shared)[39999] == 3);
    assert_true(((const float *)t.graph.values[D].data)[39999] == 6 * 6 * 3 - 3);
    graph_text_free(&t);
}

/* A convolution is computed in another layout than the model's, which is not there yet. */
static void images_of_constants_wait_for_their_layout(void **state) {
    (void)state;
    expect_unchanged(pass_fold_constants, "const x float32[1,2,1,3] 1,2,3,4,5,6\n"
                                          "const w float32[2,2,1,1] 1,2,3,4\n"
                                          "c = Conv2D(x, w)\n"
                                          "output c\n");
    struct graph_text t;
    struct pass_report reports[PASS_COUNT] = {{0}};
    struct plan plan;
    graph_text_read(&t, "input y float32[1,2,1,3]\n"
                        "const x float32[1,2,1,3] 1,2,3,4,5,6\n"
                        "const w float32[2,2,1,1] 1,2,3,4\n"
                        "c = Conv2D(x, w)\n"
                        "s = Add(c, y)\n"
                        "output s\n");
    const struct msw_type type = t.graph.values[0].type;
    assert_true(graph_check_declared(&t.graph, &t.err));
    assert_true(graph_run_passes(&t.graph, reports, &t.err));
    assert_true(plan_make(&t.graph, &type, &plan, &t.err));
    memset(plan.inputs[0].data, 0, 24);
    for (uint32_t s = 0; s < plan.step_count; s++)
        plan.steps[s].run(&plan.steps[s]);
    assert_memory_equal(plan.outputs[0].data, ((const float[]){9, 12, 15, 19, 26, 33}), 24); /* w times columns of x */
    plan_free(&plan);
    graph_text_free(&t);
}

/* Neither what would take much more memory, nor what has an error, which is for the check to tell. */
static void nodes_that_grow_or_fail_stay(void **state) {
    (void)state;
    expect_pass(pass_fold_constants,
                "input x float32[600,600]\n"
                "const w float32[600,1]\n"
                "const v float32[1,600]\n"
                "s = Add(w, v)\n"
                "y = Add(x, s)\n"
                "output y\n",
                "s = Add(w, v)\n"
                "y = Add(x, s)\n"
                "output y\n",
                0);
    struct graph_text t;
    uint32_t changes = 0;
    graph_text_read(&t, "const w float32[2]\nconst v float32[3]\ns = Add(w, v)\noutput s\n");
    assert_true(pass_fold_constants(&t.graph, &changes, &t.err));
    assert_int_equal(changes, 0);
    assert_false(graph_check_declared(&t.graph, &t.err));
    graph_text_free(&t);
    /* Nor is what follows from a failure. */
    graph_text_read(&t, "const x float32[2,3]\nconst at int64[2] 1,5\ng = Gather(x, at)\nr = ReLU(g)\noutput r\n");
    assert_true(pass_fold_constants(&t.graph, &changes, &t.err));
    assert_int_equal(changes, 0);
    graph_text_free(&t);
}

/* `graph` starts with a constant in a file; whether it is to be loaded before the passes. */
static bool is_wanted(const char *graph) {
    struct graph_text t;
    graph_text_read(&t, graph);
    if (!graph_check_declared(&t.graph, &t.err))
        fail_msg("%s", t.err.text);
    t.graph.values[0].data = NULL;
    assert_true(constants_want(&t.graph, &t.err));
    const bool wanted = t.graph.values[0].temporary;
    graph_text_free(&t);
    return wanted;
}

static void constants_come_early_only_for_what_will_be_computed(void **state) {
    (void)state;
    assert_true(is_wanted("const w float32[1024,1024]\nt = Transpose(w) perm=1,0\noutput t\n"));
    assert_true(is_wanted("const w float16[512,512]\nc = Cast(w) dtype=1\noutput c\n")); /* 1 MiB */
    assert_false(is_wanted("const w float16[1024,1024]\nc = Cast(w) dtype=1\noutput c\n"));
    assert_false(is_wanted("const w float32[1,2,1,3]\n"
                           "const v float32[2,2,1,1]\n"
                           "c = Conv2D(w, v)\n"
                           "output c\n"));
}

static void nodes_before_the_passes_stay_as_they_are(void **state) {
    (void)state;
    struct graph_text t;
    struct pass_report reports[PASS_COUNT] = {{0}};
    struct knowledge k;
    uint32_t inputs[3][5];
    graph_text_read(&t, "input x float32[-1,3,8,8]\n"
                        "const w float32[4,3,3,3]\n"
                        "const b float32[4]\n"
                        "const g float32[4]\n"
                        "c = Conv2D(x, w)\n"
                        "a = BiasAdd(c, b)\n"
                        "n = BatchNorm(a, g, g, g, g) epsilon=1\n"
                        "output n\n");
    for (uint32_t v = 4; v < t.graph.value_count; v++) /* as the model declares them */
        t.graph.values[v].type = (struct msw_type){.dtype = MSW_FLOAT32, .rank = 4, .dims = {-1, 4, 6, 6}};
    for (uint32_t n = 0; n < 3; n++)
        memcpy(inputs[n], t.graph.nodes[n].inputs, t.graph.nodes[n].input_count * sizeof inputs[n][0]);
    assert_true(graph_run_passes(&t.graph, reports, &t.err));
    assert_int_equal(reports[PASS_NUMBER_fold_batch_norm].changes, 1);
    struct weights weights;
    struct msw_request want;
    assert_true(weights_begin(&weights, &t.graph, &t.err));
    assert_int_equal(weights_step(&weights, &want, &t.err), MSW_OK);
    weights_end(&weights);
    assert_int_equal(t.graph.open_count, 3);
    for (uint32_t n = 0; n < 3; n++)
        assert_memory_equal(t.graph.open_nodes[n].inputs, inputs[n],
                            t.graph.open_nodes[n].input_count * sizeof inputs[n][0]);
    for (int32_t side = 0; side <= 2; side += 2) { /* one that fits what is declared, and one that does not */
        assert_true(knowledge_begin(&t.graph, &t.arena, &t.arena, &k, &t.err));
        k.types[0] = (struct msw_type){.dtype = MSW_FLOAT32, .rank = 4, .dims = {2, 3, 8 - side, 8}};
        if (graph_check(&t.graph, &k, &t.err) != (side == 0))
            fail_msg("%s", t.err.text);
    }
    assert_non_null(strstr(t.err.text, "Conv2D"));
    graph_text_free(&t);
}

static void what_nobody_reads_goes_away(void **state) {
    (void)state;
    expect_pass(pass_drop_unused,
                "input x float32[4]\n"
                "a = ReLU(x)\n"
                "b = Add(a, x)\n"
                "c = Mul(b, b)\n"
                "output a\n",
                "a = ReLU(x)\n"
                "output a\n",
                2);
    expect_pass(pass_drop_unused,
                "input x float32[4]\n"
                "a = ReLU(x)\n"
                "output a\n",
                "a = ReLU(x)\n"
                "output a\n",
                0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_image_operator_gets_its_channels_last),
        cmocka_unit_test(a_chain_has_a_transpose_at_its_ends_alone),
        cmocka_unit_test(a_residual_stays_with_channels_last),
        cmocka_unit_test(a_tensor_that_broadcasts_is_met_in_the_models_layout),
        cmocka_unit_test(a_value_needed_in_both_layouts_is_transposed_once),
        cmocka_unit_test(images_of_open_sizes_stay_with_channels_last),
        cmocka_unit_test(images_are_joined_and_padded_with_channels_last),
        cmocka_unit_test(an_image_can_be_weights_too),
        cmocka_unit_test(nothing_without_images_changes),
        cmocka_unit_test(batch_norm_goes_into_the_weights_before_it),
        cmocka_unit_test(batch_norm_stays_where_its_input_is_read_elsewhere),
        cmocka_unit_test(batch_norm_over_another_axis_than_the_weights_stays),
        cmocka_unit_test(what_stays_of_a_batch_norm_has_its_layout),
        cmocka_unit_test(a_folded_batch_norm_gives_the_same_numbers),
        cmocka_unit_test(nodes_of_constants_are_computed_once),
        cmocka_unit_test(what_was_computed_with_is_given_back),
        cmocka_unit_test(images_of_constants_wait_for_their_layout),
        cmocka_unit_test(nodes_that_grow_or_fail_stay),
        cmocka_unit_test(constants_come_early_only_for_what_will_be_computed),
        cmocka_unit_test(nodes_before_the_passes_stay_as_they_are),
        cmocka_unit_test(what_nobody_reads_goes_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
