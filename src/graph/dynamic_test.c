/* dynamic_test.c - graphs whose shapes depend on data, with calls and loops, against what their definitions say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "graph/dynamic.h"
#include "graph/dynamic_pieces.h"
#include "graph/graph_text.h"
#include "graph/passes.h"

/* A model of a main graph and functions, each from text. */
struct model_text {
    struct graph_text main, functions[4];
    struct graph graphs[4];
    struct pass_report reports[PASS_COUNT];
    struct dynamic *run;
};

static void read_model(struct model_text *m, const char *main, const char *const *functions) {
    graph_text_read(&m->main, main);
    for (uint32_t i = 0; functions && functions[i]; i++) {
        graph_text_read(&m->functions[i], functions[i]);
        m->main.graph.function_count = i + 1;
    }
    for (uint32_t i = 0; i < m->main.graph.function_count; i++) {
        m->graphs[i] = m->functions[i].graph;
        m->graphs[i].functions = m->graphs;
        m->graphs[i].function_count = m->main.graph.function_count;
    }
    m->main.graph.functions = m->graphs;
}

static void begin(struct model_text *m, const struct msw_type *types) {
    struct plan plan;
    assert_true(graph_run_passes(&m->main.graph, m->reports, &m->main.err));
    assert_false(plan_make(&m->main.graph, types, &plan, &m->main.err));
    assert_int_equal(m->main.err.about.status, MSW_MORE);
    error_clear(&m->main.err);
    m->run = dynamic_new(&m->main.graph, types, &m->main.err);
    assert_non_null(m->run);
}

static void end(struct model_text *m) {
    m->run->free(m->run);
    for (uint32_t i = 0; i < m->main.graph.function_count; i++)
        graph_text_free(&m->functions[i]);
    graph_text_free(&m->main);
}

static void give(struct model_text *m, uint32_t input, const void *data) {
    const struct msw_tensor *to = &m->run->inputs[input];
    if (to->bytes > 0)
        memcpy(to->data, data, to->bytes);
}

static enum msw_status run_all(struct model_text *m) {
    enum msw_status status;
    do
        status = m->run->some(m->run, 3, &m->main.err);
    while (status == MSW_MORE);
    return status;
}

static void expect_floats(const struct model_text *m, uint32_t output, int32_t rank, const int32_t *dims,
                          const float *numbers) {
    const struct msw_tensor *z = &m->run->outputs[output];
    assert_int_equal(z->type.dtype, MSW_FLOAT32);
    assert_int_equal(z->type.rank, rank);
    for (int32_t i = 0; i < rank; i++)
        assert_int_equal(z->type.dims[i], dims[i]);
    assert_int_equal(z->bytes, type_bytes(&z->type));
    for (size_t i = 0; i < z->bytes / sizeof(float); i++)
        assert_true(((const float *)z->data)[i] == numbers[i]);
}

static const float six[] = {1, -2, 3, -4, 5, -6};

/* The shape is computed: the plan of what comes before must not know it, that of what comes behind must. */
static void a_shape_from_data_is_planned_with_it(void **state) {
    (void)state;
    struct model_text m = {0};
    read_model(&m,
               "input x float32[2,3]\ninput s int64[2]\n"
               "a = Neg(x)\nt = Neg(s)\nb = Reshape(a, t)\nc = Neg(b)\nd = Transpose(c) perm=1,0\n"
               "output d\noutput b\n",
               NULL);
    begin(&m, (struct msw_type[]){{MSW_FLOAT32, 2, {2, 3}}, {MSW_INT64, 1, {2}}});
    assert_int_equal(m.run->outputs[0].type.rank, -1);
    assert_null(m.run->outputs[0].data);
    give(&m, 0, six);
    give(&m, 1, (int64_t[]){-3, -2});
    for (int round = 0; round < 3; round++) {
        assert_int_equal(run_all(&m), MSW_OK);
        expect_floats(&m, 0, 2, (int32_t[]){2, 3}, (float[]){1, 3, 5, -2, -4, -6});
        expect_floats(&m, 1, 2, (int32_t[]){3, 2}, (float[]){-1, 2, -3, 4, -5, 6});
    }
    give(&m, 1, (int64_t[]){-6, -1});
    assert_int_equal(run_all(&m), MSW_OK);
    expect_floats(&m, 0, 2, (int32_t[]){1, 6}, six);
    give(&m, 1, (int64_t[]){-4, -1});
    assert_int_equal(run_all(&m), MSW_INVALID);
    assert_null(m.run->outputs[0].data);
    give(&m, 1, (int64_t[]){-1, -6});
    assert_int_equal(run_all(&m), MSW_OK);
    expect_floats(&m, 0, 2, (int32_t[]){6, 1}, six);
    end(&m);
}

static uint32_t pieces_of(const struct model_text *m) {
    uint32_t count = 0;
    for (uint32_t n = 0; n < m->main.graph.node_count; n++)
        for (const struct piece *p = m->run->layouts[0].pieces[n]; p; p = p->next)
            count++;
    return count;
}

static void pieces_are_kept_but_not_for_ever(void **state) {
    (void)state;
    struct model_text m = {0};
    read_model(&m,
               "input x float32[12]\ninput s int64[2]\n"
               "t = Neg(s)\nb = Reshape(x, t)\nc = Neg(b)\nd = Neg(c)\noutput d\n",
               NULL);
    begin(&m, (struct msw_type[]){{MSW_FLOAT32, 1, {12}}, {MSW_INT64, 1, {2}}});
    float numbers[12];
    for (int i = 0; i < 12; i++)
        numbers[i] = (float)i;
    give(&m, 0, numbers);
    give(&m, 1, (int64_t[]){-3, -4});
    assert_int_equal(run_all(&m), MSW_OK);
    const uint32_t first = pieces_of(&m);
    assert_int_equal(run_all(&m), MSW_OK);
    assert_int_equal(pieces_of(&m), first);
    for (int round = 0; round < 30; round++)
        for (int64_t rows = 1; rows <= 12; rows++) {
            if (12 % rows != 0)
                continue;
            give(&m, 1, (int64_t[]){-rows, -12 / rows});
            assert_int_equal(run_all(&m), MSW_OK);
            expect_floats(&m, 0, 2, (int32_t[]){(int32_t)rows, (int32_t)(12 / rows)}, numbers);
        }
    assert_true(pieces_of(&m) <= 4 * m.main.graph.node_count);
    end(&m);
}

static void a_late_attribute_comes_from_the_run(void **state) {
    (void)state;
    struct model_text m = {0};
    read_model(&m,
               "input x float32[2,3]\ninput p int64[2]\n"
               "q = Neg(p)\ny = Transpose(x) perm=@q\noutput y\n",
               NULL);
    begin(&m, (struct msw_type[]){{MSW_FLOAT32, 2, {2, 3}}, {MSW_INT64, 1, {2}}});
    give(&m, 0, six);
    give(&m, 1, (int64_t[]){-1, 0});
    assert_int_equal(run_all(&m), MSW_OK);
    expect_floats(&m, 0, 2, (int32_t[]){3, 2}, (float[]){1, -4, -2, 5, 3, -6});
    give(&m, 1, (int64_t[]){-1, -1});
    assert_int_equal(run_all(&m), MSW_INVALID);
    assert_int_equal(m.main.err.about.node, 1);
    end(&m);
}

/* A node that calls, in place of the last one that the text gave, with the same inputs. */
static void make_call(struct graph *g, const struct call *call) {
    struct node *node = &g->nodes[g->node_count - 1];
    node->op = &op_call;
    node->call = call;
}

static void branches_of_different_shapes(void **state) {
    (void)state;
    static const char *const functions[] = {"input a float32[2,3]\nr = Transpose(a) perm=1,0\noutput r\n",
                                            "input a float32[2,3]\nr = Neg(a)\noutput r\n", NULL};
    static const struct call choice = {.kind = CALL_SWITCH, .branches = {{0, 1, 1, 0}, {1, 2, 1, 0}}};
    struct model_text m = {0};
    read_model(&m, "input c bool[1]\ninput x float32[2,3]\ny = Concat(c, x, x)\nz = Neg(y)\noutput z\n", functions);
    struct graph *g = &m.main.graph;
    const struct node last = g->nodes[1];
    g->node_count = 1;
    make_call(g, &choice);
    g->nodes[g->node_count++] = last;
    begin(&m, (struct msw_type[]){{MSW_BOOL, 1, {1}}, {MSW_FLOAT32, 2, {2, 3}}});
    for (int round = 0; round < 4; round++) {
        give(&m, 0, (unsigned char[]){round % 2 == 0});
        give(&m, 1, six);
        assert_int_equal(run_all(&m), MSW_OK);
        if (round % 2 == 0)
            expect_floats(&m, 0, 2, (int32_t[]){3, 2}, (float[]){-1, 4, 2, -5, -3, 6});
        else
            expect_floats(&m, 0, 2, (int32_t[]){2, 3}, six);
    }
    end(&m);
}

/* The carried value doubles its rows each time; what is scanned is the iteration's number and the captured value. */
static const char *const doubling[] = {"input i int64[]\ninput c bool[]\ninput v float32[-1]\ninput k float32[2]\n"
                                       "w = Concat(v, v) axis=0\nn = Neg(k)\noutput c\noutput w\noutput n\noutput i\n",
                                       NULL};

static void read_loop(struct model_text *m, const struct call *loop) {
    read_model(m,
               "input n int64[]\ninput c bool[]\ninput v float32[1]\ninput k float32[2]\n"
               "w s i = Split(n, c, v, k) outputs=3\noutput w\noutput s\noutput i\n",
               doubling);
    make_call(&m->main.graph, loop);
    begin(m,
          (struct msw_type[]){{MSW_INT64, 0, {0}}, {MSW_BOOL, 0, {0}}, {MSW_FLOAT32, 1, {1}}, {MSW_FLOAT32, 1, {2}}});
}

static const struct call loop_of_one = {.kind = CALL_LOOP, .carried = 1, .branches = {{0, 0, 4, 3}}};

static void a_loop_carries_shapes_that_change(void **state) {
    (void)state;
    struct model_text m = {0};
    read_loop(&m, &loop_of_one);
    for (int round = 0; round < 3; round++) {
        give(&m, 0, (int64_t[]){3});
        give(&m, 1, (unsigned char[]){1});
        give(&m, 2, (float[]){7});
        give(&m, 3, (float[]){1, 2});
        assert_int_equal(run_all(&m), MSW_OK);
        expect_floats(&m, 0, 1, (int32_t[]){8}, (float[]){7, 7, 7, 7, 7, 7, 7, 7});
        expect_floats(&m, 1, 2, (int32_t[]){3, 2}, (float[]){-1, -2, -1, -2, -1, -2});
        assert_memory_equal(m.run->outputs[2].data, ((int64_t[]){0, 1, 2}), 24);
    }
    end(&m);
}

static void a_loop_without_iterations_gives_nothing(void **state) {
    (void)state;
    struct model_text m = {0};
    read_loop(&m, &loop_of_one);
    for (int round = 0; round < 2; round++) {
        give(&m, 0, (int64_t[]){round == 0 ? 0 : 5});
        give(&m, 1, (unsigned char[]){round == 0});
        give(&m, 2, (float[]){7});
        assert_int_equal(run_all(&m), MSW_OK);
        expect_floats(&m, 0, 1, (int32_t[]){1}, (float[]){7});
        expect_floats(&m, 1, 2, (int32_t[]){0, 2}, NULL);
        assert_int_equal(m.run->outputs[2].type.dtype, MSW_INT64);
        assert_int_equal(m.run->outputs[2].type.dims[0], 0);
    }
    end(&m);
}

static void a_loop_without_end_can_be_stopped(void **state) {
    (void)state;
    static const char *const empty[] = {"input i int64[]\ninput c bool[]\noutput c\noutput i\n", NULL};
    static const struct call forever = {.kind = CALL_LOOP, .branches = {{0, 0, 2, 2}}};
    struct model_text m = {0};
    read_model(&m, "input n int64[]\ninput c bool[]\ny = Concat(n, c)\noutput y\n", empty);
    make_call(&m.main.graph, &forever);
    begin(&m, (struct msw_type[]){{MSW_INT64, 0, {0}}, {MSW_BOOL, 0, {0}}});
    give(&m, 0, (int64_t[]){INT64_MAX});
    give(&m, 1, (unsigned char[]){1});
    for (int i = 0; i < 100; i++)
        assert_int_equal(m.run->some(m.run, 10, &m.main.err), MSW_MORE);
    assert_non_null(m.run->next_step(m.run));
    m.run->restart(m.run);
    give(&m, 0, (int64_t[]){2});
    assert_int_equal(run_all(&m), MSW_OK);
    assert_memory_equal(m.run->outputs[0].data, ((int64_t[]){0, 1}), 16);
    end(&m);
}

/* What comes second is scanned along axis 1, from its end; the sums so far come out along axis 1, the last one first. */
static void a_scan_goes_along_its_axes(void **state) {
    (void)state;
    static const char *const body[] = {"input s float32[2]\ninput x float32[2]\nt = Add(s, x)\noutput t\noutput t\n",
                                       NULL};
    const struct call scan = {.kind = CALL_SCAN,
                              .carried = 1,
                              .scanned = 1,
                              .input_axes = (int64_t[]){-1},
                              .input_reverse = (int64_t[]){1},
                              .output_axes = (int64_t[]){1},
                              .output_reverse = (int64_t[]){1},
                              .branches = {{0, 0, 2, 2}}};
    struct model_text m = {0};
    read_model(&m, "input s float32[2]\ninput x float32[2,3]\nt y = Split(s, x) outputs=2\noutput t\noutput y\n", body);
    make_call(&m.main.graph, &scan);
    begin(&m, (struct msw_type[]){{MSW_FLOAT32, 1, {2}}, {MSW_FLOAT32, 2, {2, 3}}});
    give(&m, 0, (float[]){10, 20});
    give(&m, 1, six); /* 1 -2 3; -4 5 -6 */
    assert_int_equal(run_all(&m), MSW_OK);
    expect_floats(&m, 0, 1, (int32_t[]){2}, (float[]){12, 15});
    expect_floats(&m, 1, 2, (int32_t[]){2, 3}, (float[]){12, 11, 13, 15, 19, 14});
    end(&m);
}

static void a_function_that_calls_itself_meets_a_limit(void **state) {
    (void)state;
    static const char *const self[] = {"input a float32[2]\nb = Neg(a)\nc = Neg(b)\nd = Neg(c)\noutput d\n", NULL};
    static const struct call again = {.kind = CALL_PLAIN, .branches = {{0, 0, 1, 0}}};
    struct model_text m = {0};
    read_model(&m, "input x float32[2]\ny = Neg(x)\noutput y\n", self);
    m.graphs[0].nodes[1].op = &op_call;
    m.graphs[0].nodes[1].call = &again;
    make_call(&m.main.graph, &again);
    begin(&m, (struct msw_type[]){{MSW_FLOAT32, 1, {2}}});
    assert_int_equal(run_all(&m), MSW_LIMIT);
    assert_non_null(strstr(m.main.err.text, "calls go deeper than 64"));
    end(&m);
}

/* The parts of x along axis 1, the last of them behind the first once more, joined again. */
static void sequences_are_split_changed_and_joined(void **state) {
    (void)state;
    struct model_text m = {0};
    read_model(&m,
               "input x float32[2,3]\nconst two int64[] 2\nconst one int64[] 1\nconst last int64[] -1\n"
               "a = Neg(x)\ns = SplitToSequence(a, two) axis=1\nn = SequenceLength(s)\n"
               "t = SequenceAt(s, last)\nu = SequenceInsert(s, t, one)\nv = SequenceErase(u, last)\n"
               "w = SequenceInsert(v, a)\nf = ConcatFromSequence(u) axis=1\ny = ConcatFromSequence(w) axis=-1\n"
               "z = Neg(y)\noutput f\noutput z\noutput n\n",
               NULL);
    begin(&m, (struct msw_type[]){{MSW_FLOAT32, 2, {2, 3}}});
    give(&m, 0, six); /* 1 -2 3; -4 5 -6 */
    for (int round = 0; round < 3; round++) {
        assert_int_equal(run_all(&m), MSW_OK);
        expect_floats(&m, 0, 2, (int32_t[]){2, 4}, (float[]){-1, 2, -3, -3, 4, -5, 6, 6});
        expect_floats(&m, 1, 2, (int32_t[]){2, 6}, (float[]){1, -2, 3, 1, -2, 3, -4, 5, -6, -4, 5, -6});
        assert_memory_equal(m.run->outputs[2].data, ((int64_t[]){2}), 8);
    }
    end(&m);
}

static void a_new_axis_and_an_axis_that_goes(void **state) {
    (void)state;
    struct model_text m = {0};
    read_model(&m,
               "input x float32[2,3]\ns = SplitToSequence(x) axis=0 keepdims=0\n"
               "o = Optional(s)\nh = OptionalHasElement(o)\ng = OptionalGetElement(o)\n"
               "y = ConcatFromSequence(g) axis=1 new_axis=1\noutput y\noutput h\n",
               NULL);
    begin(&m, (struct msw_type[]){{MSW_FLOAT32, 2, {2, 3}}});
    give(&m, 0, six);
    assert_int_equal(run_all(&m), MSW_OK);
    expect_floats(&m, 0, 2, (int32_t[]){3, 2}, (float[]){1, -4, -2, 5, 3, -6});
    assert_memory_equal(m.run->outputs[1].data, "\1", 1);
    end(&m);
}

static void a_map_goes_over_a_sequence(void **state) {
    (void)state;
    static const char *const body[] = {"input a float32[1,3]\ninput b float32[1]\nr = Add(a, b)\noutput r\n", NULL};
    static const struct call map = {.kind = CALL_MAP, .scanned = 2, .branches = {{0, 0, 2, 2}}};
    struct model_text m = {0};
    read_model(&m,
               "input x float32[2,3]\ninput b float32[1]\nconst n int64[] 1\ns = SplitToSequence(x, n)\n"
               "t = Add(s, b)\ny = ConcatFromSequence(t) axis=0\noutput y\n",
               body);
    m.main.graph.nodes[1].op = &op_call;
    m.main.graph.nodes[1].call = &map;
    begin(&m, (struct msw_type[]){{MSW_FLOAT32, 2, {2, 3}}, {MSW_FLOAT32, 1, {1}}});
    give(&m, 0, six);
    give(&m, 1, (float[]){10});
    assert_int_equal(run_all(&m), MSW_OK);
    expect_floats(&m, 0, 2, (int32_t[]){2, 3}, (float[]){11, 8, 13, 6, 15, 4});
    end(&m);
}

static void wrong_uses_of_sequences_are_named(void **state) {
    (void)state;
    static const struct {
        const char *node, *text;
    } wrong[] = {
        {"y = SequenceAt(s, far)", "node 'y' (SequenceAt): position 9 is outside a sequence of 2"},
        {"y = SequenceAt(x, far)", "node 'y' (SequenceAt): input 0 is not a sequence"},
        {"y = SequenceInsert(s, far)", "node 'y' (SequenceInsert): int64 does not go into a sequence of float32"},
        {"y = SplitToSequence(x, far) axis=2", "node 'y' (SplitToSequence): axis 2 is outside [-2,1] for rank 2"},
        {"y = SplitToSequence(x, sizes)", "node 'y' (SplitToSequence): the sizes of parts do not sum up to 2"},
        {"y = ConcatFromSequence(s) axis=7", "node 'y' (ConcatFromSequence): axis 7 is outside [-2,1] for rank 2"},
        {"y = Neg(s)", "node 'y' (Neg): takes tensors, not a sequence or an empty optional"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char text[512];
        struct model_text m = {0};
        snprintf(text, sizeof text,
                 "input x float32[2,3]\nconst far int64[] 9\nconst sizes int64[2] 1,2\ns = SplitToSequence(x)\n%s\n"
                 "output y\n",
                 wrong[i].node);
        read_model(&m, text, NULL);
        begin(&m, (struct msw_type[]){{MSW_FLOAT32, 2, {2, 3}}});
        assert_int_not_equal(run_all(&m), MSW_OK);
        assert_string_equal(m.main.err.text, wrong[i].text);
        end(&m);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sequences_are_split_changed_and_joined),
        cmocka_unit_test(a_new_axis_and_an_axis_that_goes),
        cmocka_unit_test(a_map_goes_over_a_sequence),
        cmocka_unit_test(wrong_uses_of_sequences_are_named),
        cmocka_unit_test(a_shape_from_data_is_planned_with_it),
        cmocka_unit_test(pieces_are_kept_but_not_for_ever),
        cmocka_unit_test(a_late_attribute_comes_from_the_run),
        cmocka_unit_test(branches_of_different_shapes),
        cmocka_unit_test(a_loop_carries_shapes_that_change),
        cmocka_unit_test(a_loop_without_iterations_gives_nothing),
        cmocka_unit_test(a_loop_without_end_can_be_stopped),
        cmocka_unit_test(a_scan_goes_along_its_axes),
        cmocka_unit_test(a_function_that_calls_itself_meets_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
