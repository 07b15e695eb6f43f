/* bind_arguments_test.c - which inputs of functions become constants of their own, and which must stay inputs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "graph/bind_arguments.h"

enum { FUNCTIONS = 3, NONE = -1 };

static const float w4[] = {1, 2, 3, 4}, same4[] = {1, 2, 3, 4}, other4[] = {1, 2, 3, 5};
static const struct msw_type vector4 = {.dtype = MSW_FLOAT32, .rank = 1, .dims = {4}};

struct model {
    struct arena arena;
    struct error err;
    struct graph main, functions[FUNCTIONS];
};

static void set_up(struct model *m) {
    memset(m, 0, sizeof *m);
    error_clear(&m->err);
    m->main = (struct graph){.arena = &m->arena, .functions = m->functions, .function_count = FUNCTIONS};
    for (int i = 0; i < FUNCTIONS; i++)
        m->functions[i] = m->main;
}

static uint32_t input(struct model *m, struct graph *g) {
    const uint32_t v = graph_add_value(g, &(struct value){.kind = VALUE_INPUT, .type = vector4}, &m->err);
    value_list_add(g, &g->inputs, v, &m->err);
    return v;
}

static uint32_t constant(struct model *m, struct graph *g, const float *data) {
    return graph_add_value(g, &(struct value){.kind = VALUE_CONSTANT, .type = vector4, .data = data}, &m->err);
}

static uint32_t in_file(struct model *m, struct graph *g, uint64_t offset) {
    return graph_add_value(g, &(struct value){.kind = VALUE_CONSTANT, .type = vector4, .offset = offset}, &m->err);
}

/* A call of functions[first](x, y), or, switched by `condition`, of that or functions[second](x, y). Its result. */
static uint32_t call(struct model *m, struct graph *g, int64_t condition, uint32_t first, int second, uint32_t x,
                     uint32_t y) {
    const uint32_t all[] = {(uint32_t)condition, x, y, x, y}, start = condition == NONE;
    struct call *call = arena_alloc(&m->arena, 1, sizeof *call, &m->err);
    *call = (struct call){.kind = condition == NONE ? CALL_PLAIN : CALL_SWITCH,
                          .branches = {{first, 1 - start, 2, 0}, {(uint32_t)second, 3, 2, 0}}};
    struct node *node = graph_add_node(g, &op_call, "call", condition == NONE ? 2 : 5, 1, &m->err);
    memcpy(node->inputs, all + start, node->input_count * sizeof *all);
    node->call = call;
    return node->outputs[0];
}

static void finish(struct model *m) {
    assert_true(bind_arguments(&m->main, &m->err));
    assert_int_equal(m->err.about.status, MSW_OK);
}

static void expect_constant(const struct graph *g, uint32_t value, const void *data, uint32_t inputs_left) {
    assert_int_equal(g->values[value].kind, VALUE_CONSTANT);
    assert_ptr_equal(g->values[value].data, data);
    assert_int_equal(g->inputs.count, inputs_left);
}

static void a_constant_of_the_only_call_goes_into_the_function(void **state) {
    (void)state;
    struct model m;
    set_up(&m);
    const uint32_t x = input(&m, &m.main), w = constant(&m, &m.main, w4);
    const uint32_t a = input(&m, &m.functions[0]), b = input(&m, &m.functions[0]);
    call(&m, &m.main, NONE, 0, NONE, w, x);
    finish(&m);
    expect_constant(&m.functions[0], a, w4, 1);
    assert_int_equal(m.functions[0].inputs.at[0], b);
    assert_int_equal(m.main.nodes[0].input_count, 1);
    assert_int_equal(m.main.nodes[0].inputs[0], x);
    assert_int_equal(m.main.nodes[0].call->branches[0].first, 0);
    assert_int_equal(m.main.nodes[0].call->branches[0].count, 1);
    arena_free(&m.arena);
}

static void calls_that_agree_bind_and_calls_that_differ_do_not(void **state) {
    (void)state;
    const struct {
        const float *first, *second;
        bool bound;
    } cases[] = {{w4, w4, true}, {w4, same4, true}, {w4, other4, false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct model m;
        set_up(&m);
        const uint32_t x = input(&m, &m.main), b = (input(&m, &m.functions[0]), input(&m, &m.functions[0]));
        call(&m, &m.main, NONE, 0, NONE, x, constant(&m, &m.main, cases[i].first));
        call(&m, &m.main, NONE, 0, NONE, x, constant(&m, &m.main, cases[i].second));
        finish(&m);
        assert_int_equal(m.functions[0].values[b].kind, cases[i].bound ? VALUE_CONSTANT : VALUE_INPUT);
        assert_int_equal(m.functions[0].inputs.count, cases[i].bound ? 1 : 2);
        assert_int_equal(m.main.nodes[1].input_count, cases[i].bound ? 1 : 2);
        arena_free(&m.arena);
    }
}

static void weights_still_in_the_file_are_told_by_their_place(void **state) {
    (void)state;
    for (uint64_t second = 4096; second <= 8192; second += 4096) {
        struct model m;
        set_up(&m);
        const uint32_t x = input(&m, &m.main), b = (input(&m, &m.functions[0]), input(&m, &m.functions[0]));
        call(&m, &m.main, NONE, 0, NONE, x, in_file(&m, &m.main, 4096));
        call(&m, &m.main, NONE, 0, NONE, x, in_file(&m, &m.main, second));
        finish(&m);
        assert_int_equal(m.functions[0].values[b].kind, second == 4096 ? VALUE_CONSTANT : VALUE_INPUT);
        arena_free(&m.arena);
    }
}

/* main calls head(x, w), which loops: head switches between body(x, w), which calls head(x + .., w), and end(x, w). */
static void a_weight_that_a_loop_passes_on_unchanged_is_bound_all_around(void **state) {
    (void)state;
    struct model m;
    uint32_t x[FUNCTIONS], w[FUNCTIONS];
    set_up(&m);
    struct graph *head = &m.functions[0], *body = &m.functions[1];
    for (int f = 0; f < FUNCTIONS; f++) {
        x[f] = input(&m, &m.functions[f]);
        w[f] = input(&m, &m.functions[f]);
    }
    const uint32_t yes = constant(&m, head, w4);
    call(&m, head, yes, 1, 2, x[0], w[0]);
    call(&m, body, NONE, 0, NONE, call(&m, body, NONE, 2, NONE, x[1], w[1]), w[1]);
    const uint32_t given = input(&m, &m.main);
    call(&m, &m.main, NONE, 0, NONE, given, in_file(&m, &m.main, 4096));
    finish(&m);
    for (int f = 0; f < FUNCTIONS; f++) {
        expect_constant(&m.functions[f], w[f], NULL, 1);
        assert_int_equal(m.functions[f].values[w[f]].offset, 4096);
    }
    const struct node *node = &head->nodes[0]; /* condition, x for body, x for end */
    assert_int_equal(node->input_count, 3);
    assert_int_equal(node->inputs[0], yes);
    assert_int_equal(node->call->branches[0].first, 1);
    assert_int_equal(node->call->branches[1].first, 2);
    assert_int_equal(node->inputs[2], x[0]);
    arena_free(&m.arena);
}

static void a_loop_that_turns_its_inputs_round_binds_none(void **state) {
    (void)state;
    struct model m;
    set_up(&m);
    const uint32_t a = input(&m, &m.functions[0]), b = input(&m, &m.functions[0]);
    call(&m, &m.functions[0], NONE, 0, NONE, b, a);
    call(&m, &m.main, NONE, 0, NONE, constant(&m, &m.main, w4), constant(&m, &m.main, other4));
    finish(&m);
    assert_int_equal(m.functions[0].inputs.count, 2);
    assert_int_equal(m.main.nodes[0].input_count, 2);
    arena_free(&m.arena);
}

static void wrong_calls_are_left_for_the_check_to_name(void **state) {
    (void)state;
    struct model m;
    set_up(&m);
    const uint32_t w = constant(&m, &m.main, w4);
    input(&m, &m.functions[0]);
    call(&m, &m.main, NONE, 0, NONE, w, w); /* two inputs for one */
    const uint32_t longer = input(&m, &m.functions[1]);
    m.functions[1].values[longer].type.dims[0] = 5;
    input(&m, &m.functions[1]);
    call(&m, &m.main, NONE, 1, NONE, w, w);
    finish(&m);
    assert_int_equal(m.functions[0].inputs.count, 1);
    assert_int_equal(m.main.nodes[0].input_count, 2);
    assert_int_equal(m.functions[1].inputs.count, 1);
    assert_int_equal(m.functions[1].inputs.at[0], longer);
    arena_free(&m.arena);
}

static void a_function_that_nobody_calls_keeps_its_inputs(void **state) {
    (void)state;
    struct model m;
    set_up(&m);
    const uint32_t a = input(&m, &m.functions[0]), b = input(&m, &m.functions[0]);
    call(&m, &m.functions[0], NONE, 0, NONE, a, b);
    finish(&m);
    assert_int_equal(m.functions[0].inputs.count, 2);
    assert_int_equal(m.functions[0].nodes[0].input_count, 2);
    arena_free(&m.arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_constant_of_the_only_call_goes_into_the_function),
        cmocka_unit_test(calls_that_agree_bind_and_calls_that_differ_do_not),
        cmocka_unit_test(weights_still_in_the_file_are_told_by_their_place),
        cmocka_unit_test(a_weight_that_a_loop_passes_on_unchanged_is_bound_all_around),
        cmocka_unit_test(a_loop_that_turns_its_inputs_round_binds_none),
        cmocka_unit_test(wrong_calls_are_left_for_the_check_to_name),
        cmocka_unit_test(a_function_that_nobody_calls_keeps_its_inputs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
