/* late_test.c - attributes that come from values: constants, results that follow from shapes, and what only a run tells. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "graph/check.h"
#include "graph/graph_text.h"
#include "graph/passes.h"
#include "graph/plan.h"

static const struct msw_type *type_of(const struct graph_text *t, const char *name) {
    return &t->graph.values[text_find(&t->graph, name)].type;
}

static void a_constant_becomes_an_ordinary_attribute(void **state) {
    (void)state;
    struct graph_text t;
    char text[256];
    graph_text_read(&t, "input x float32[2,3]\n"
                        "const p int64[2] 1,0\n"
                        "y = Transpose(x) perm=@p\n"
                        "output y\n");
    assert_true(graph_check_declared(&t.graph, &t.err));
    graph_text_print(&t.graph, text, sizeof text);
    assert_string_equal(text, "y = Transpose(x) perm=1,0\noutput y\n");
    assert_int_equal(type_of(&t, "y")->dims[0], 3);
    graph_text_free(&t);
}

static void what_follows_from_a_shape_does_too(void **state) {
    (void)state;
    struct graph_text t;
    char text[256];
    graph_text_read(&t, "input x float32[2,3]\n"
                        "input p float32[1,0]\n"
                        "s = Shape(p)\n"
                        "y = Transpose(x) perm=@s\n"
                        "output y\n");
    assert_true(graph_check_declared(&t.graph, &t.err));
    graph_text_print(&t.graph, text, sizeof text);
    assert_string_equal(text, "s = Shape(p)\ny = Transpose(x) perm=1,0\noutput y\n");
    graph_text_free(&t);
}

static void in_a_graph_with_open_inputs_it_is_known_in_the_plan(void **state) {
    (void)state;
    struct graph_text t;
    struct plan plan;
    graph_text_read(&t, "input x float32[2,3]\n"
                        "input p float32[1,-1]\n"
                        "s = Shape(p)\n"
                        "y = Transpose(x) perm=@s\n"
                        "output y\n");
    struct pass_report reports[PASS_COUNT];
    assert_true(graph_run_passes(&t.graph, reports, &t.err));
    assert_int_equal(t.graph.nodes[1].late_count, 1);
    const struct msw_type types[] = {{MSW_FLOAT32, 2, {2, 3}}, {MSW_FLOAT32, 2, {1, 0}}};
    assert_true(plan_make(&t.graph, types, &plan, &t.err));
    assert_int_equal(plan.outputs[0].type.dims[0], 3);
    plan_free(&plan);
    const struct msw_type wrong[] = {{MSW_FLOAT32, 2, {2, 3}}, {MSW_FLOAT32, 2, {1, 1}}};
    assert_false(plan_make(&t.graph, wrong, &plan, &t.err));
    assert_int_equal(t.err.about.status, MSW_INVALID); /* perm=1,1 */
    graph_text_free(&t);
}

static void what_only_a_run_tells_stays(void **state) {
    (void)state;
    struct graph_text t;
    struct plan plan;
    graph_text_read(&t, "input x float32[2,3]\n"
                        "input p int64[2]\n"
                        "y = Transpose(x) perm=@p\n"
                        "z = ReLU(y)\n"
                        "output z\n");
    struct pass_report reports[PASS_COUNT];
    assert_true(graph_run_passes(&t.graph, reports, &t.err));
    assert_int_equal(t.graph.node_count, 2);
    assert_int_equal(t.graph.nodes[0].late_count, 1);
    assert_int_equal(type_of(&t, "z")->rank, -1);
    const struct msw_type types[] = {{MSW_FLOAT32, 2, {2, 3}}, {MSW_INT64, 1, {2}}};
    assert_false(plan_make(&t.graph, types, &plan, &t.err));
    assert_int_equal(t.err.about.status, MSW_MORE);
    graph_text_free(&t);
}

static void what_cannot_be_the_attribute_is_named(void **state) {
    (void)state;
    struct graph_text t;
    graph_text_read(&t, "input x float32[2,3]\n"
                        "const p float32[2] 1,0\n"
                        "y = Transpose(x) perm=@p\n"
                        "output y\n");
    assert_false(graph_check_declared(&t.graph, &t.err));
    assert_string_equal(t.err.text, "node 'y' (Transpose): perm must be a list of whole numbers, got float32[2]");
    graph_text_free(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_constant_becomes_an_ordinary_attribute),
        cmocka_unit_test(what_follows_from_a_shape_does_too),
        cmocka_unit_test(in_a_graph_with_open_inputs_it_is_known_in_the_plan),
        cmocka_unit_test(what_only_a_run_tells_stays),
        cmocka_unit_test(what_cannot_be_the_attribute_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
