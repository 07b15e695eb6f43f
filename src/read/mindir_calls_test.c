/* mindir_calls_test.c - functions, branches and loops as MindIR writes them, from bytes to answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "read/mindir_writer.h"
/* mindir_writer.h first: its names are short */
#include "read/load_driver.h"

static const int64_t vector4[] = {4};
static const float numbers[4] = {1, -2, 3, -4};

static enum msw_status load(struct msw_model **model, const struct bytes *file) {
    *model = msw_model_open(file->used);
    assert_non_null(*model);
    return drive_load(*model, file->data, file->used);
}

/* A graph, the main one or a function. */
static struct model_writer graph(const char *name) {
    struct model_writer w = {.graph = {.used = 0}};
    put_text(&w.graph, GRAPH_NAME, name);
    return w;
}

static struct bytes vector_shape(int64_t size) {
    const struct bytes tensor = tensor_message(NULL, PROTO_FLOAT, &size, 1, NULL, 0);
    return tensor_attribute("shape", &tensor);
}

static void expect_answer(const struct bytes *file, const float in[4], const float want[4]) {
    struct msw_model *model;
    if (load(&model, file) != MSW_OK)
        fail_msg("%s", msw_error()->text);
    struct msw_run *run = msw_run_new(model, NULL);
    if (!run)
        fail_msg("%s", msw_error()->text);
    for (int i = 0; i < 2; i++) { /* a second run begins anew */
        memcpy(msw_run_input(run, 0)->data, in, 4 * sizeof *in);
        enum msw_status status;
        while ((status = msw_run_some(run, 1)) == MSW_MORE)
            continue;
        assert_int_equal(status, MSW_OK);
        assert_memory_equal(msw_run_output(run, 0)->data, want, 4 * sizeof *want);
    }
    msw_run_free(run);
    msw_model_free(model);
}

/* f(a, b) = a - b, called with a bound by Partial to a weight. */
static void a_function_is_called_with_bound_inputs(void **state) {
    (void)state;
    const struct bytes shape = vector_shape(4);
    struct model_writer root = graph("main"), f = graph("f");
    add_input(&f, "f:a", vector4, 1);
    add_input(&f, "f:b", vector4, 1);
    add_node(&f, "f:z", "sub", "f:a f:b");
    add_output(&f, "f:z");
    add_input(&root, "x", vector4, 1);
    add_parameter(&root, "w", vector4, 1, numbers, sizeof numbers);
    add_primitive(&root, "relu", "ReLU", 0);
    add_primitive(&root, "partial", "Partial", 0);
    add_primitive(&root, "sub", "Sub", 0);
    add_node(&root, "r", "relu", "x");
    add_node(&root, "bound", "partial", "f w");
    add_shaped_node(&root, "z", "bound", "r", &shape);
    add_output(&root, "z");
    struct bytes file = finish_model(&root);
    put_message(&file, MODEL_FUNCTIONS, &f.graph);
    expect_answer(&file, (float[]){5, 5, -5, 5}, (float[]){-4, -7, 3, -9});
}

/* A bool input. */
static void add_condition(struct model_writer *w, const char *name) {
    struct bytes info = {.used = 0};
    const struct bytes tensor = tensor_message(NULL, 9, NULL, 0, NULL, 0);
    put_text(&info, VALUE_INFO_NAME, name);
    put_message(&info, VALUE_INFO_TENSOR, &tensor);
    put_message(&w->graph, GRAPH_INPUT, &info);
}

/* Three bool inputs c0, c1, c2 after a vector x. */
static void add_loop_inputs(struct model_writer *w, const char *name) {
    char text[16];
    snprintf(text, sizeof text, "%s:x", name);
    add_input(w, text, vector4, 1);
    for (int i = 0; i < 3; i++) {
        snprintf(text, sizeof text, "%s:c%d", name, i);
        add_condition(w, text);
    }
}

/* head(x, c0, c1, c2) chooses by c0 between end(x) = 2x and body, which calls head(2x, ...) with `turned` conditions: yes, yes, no at first. */
static struct bytes loop_model(const char *turned) {
    const struct bytes shape = vector_shape(4);
    struct model_writer root = graph("main"), head = graph("head"), body = graph("body"), end = graph("end");
    const struct bytes yes = tensor_message(NULL, 9, NULL, 0, "\1", 1), no = tensor_message(NULL, 9, NULL, 0, "\0", 1);
    add_input(&root, "x", vector4, 1);
    add_constant(&root, "yes", tensor_attribute("value", &yes));
    add_constant(&root, "no", tensor_attribute("value", &no));
    add_primitive(&root, "add", "Add", 0);
    add_primitive(&root, "partial", "Partial", 0);
    add_primitive(&root, "switch", "Switch", 0);
    add_shaped_node(&root, "z", "head", "x yes yes no", &shape);
    add_output(&root, "z");
    add_loop_inputs(&head, "h");
    add_node(&head, "h:body", "partial", "body h:x h:c0 h:c1 h:c2");
    add_node(&head, "h:end", "partial", "end h:x");
    add_node(&head, "h:switch", "switch", "h:c0 h:body h:end");
    add_shaped_node(&head, "h:z", "h:switch", "", &shape);
    add_output(&head, "h:z");
    add_loop_inputs(&body, "b");
    add_node(&body, "b:2x", "add", "b:x b:x");
    add_shaped_node(&body, "b:z", "head", turned, &shape);
    add_output(&body, "b:z");
    add_input(&end, "e:x", vector4, 1);
    add_node(&end, "e:z", "add", "e:x e:x");
    add_output(&end, "e:z");
    struct bytes file = finish_model(&root);
    put_message(&file, MODEL_FUNCTIONS, &head.graph);
    put_message(&file, MODEL_FUNCTIONS, &body.graph);
    put_message(&file, MODEL_FUNCTIONS, &end.graph);
    return file;
}

static void a_loop_goes_round_until_its_condition_fails(void **state) {
    (void)state;
    const struct bytes file = loop_model("b:2x b:c1 b:c2 b:c0");
    expect_answer(&file, (float[]){1, 2, -3, 0.5f}, (float[]){8, 16, -24, 4});
}

static void a_loop_without_end_can_be_given_up(void **state) {
    (void)state;
    const struct bytes file = loop_model("b:2x b:c0 b:c1 b:c2");
    struct msw_model *model;
    assert_int_equal(load(&model, &file), MSW_OK);
    struct msw_run *run = msw_run_new(model, NULL);
    assert_non_null(run);
    memset(msw_run_input(run, 0)->data, 0, 16);
    assert_string_equal(msw_model_node(model, (uint32_t)msw_run_next_step(run)->node)->name, "z");
    for (int i = 0; i < 10; i++)
        assert_int_equal(msw_run_some(run, 1000), MSW_MORE);
    while (strcmp(msw_model_node(model, (uint32_t)msw_run_next_step(run)->node)->name, "b:2x") != 0)
        assert_int_equal(msw_run_some(run, 1), MSW_MORE);
    msw_run_restart(run);
    assert_int_equal(msw_run_some(run, 1), MSW_MORE);
    msw_run_free(run);
    msw_model_free(model);
}

/* head calls itself with its inputs in another order: they must not overwrite each other on the way. */
static void a_function_may_call_itself_at_its_end(void **state) {
    (void)state;
    const struct bytes shape = vector_shape(4);
    const struct bytes yes = tensor_message(NULL, 9, NULL, 0, "\1", 1), no = tensor_message(NULL, 9, NULL, 0, "\0", 1);
    struct model_writer root = graph("main"), head = graph("head"), end = graph("end");
    add_input(&root, "x", vector4, 1);
    add_parameter(&root, "w", vector4, 1, numbers, sizeof numbers);
    add_constant(&root, "yes", tensor_attribute("value", &yes));
    add_constant(&root, "no", tensor_attribute("value", &no));
    add_primitive(&root, "sub", "Sub", 0);
    add_primitive(&root, "partial", "Partial", 0);
    add_primitive(&root, "switch", "Switch", 0);
    add_shaped_node(&root, "z", "head", "x yes no no w", &shape);
    add_output(&root, "z");
    add_loop_inputs(&head, "h");
    add_input(&head, "h:y", vector4, 1);
    add_node(&head, "h:again", "partial", "head h:y h:c1 h:c2 h:c0 h:x");
    add_node(&head, "h:end", "partial", "end h:x h:y");
    add_node(&head, "h:switch", "switch", "h:c0 h:again h:end");
    add_shaped_node(&head, "h:z", "h:switch", "", &shape);
    add_output(&head, "h:z");
    add_input(&end, "e:x", vector4, 1);
    add_input(&end, "e:y", vector4, 1);
    add_node(&end, "e:z", "sub", "e:x e:y");
    add_output(&end, "e:z");
    struct bytes file = finish_model(&root);
    put_message(&file, MODEL_FUNCTIONS, &head.graph);
    put_message(&file, MODEL_FUNCTIONS, &end.graph);
    expect_answer(&file, (float[]){5, 5, 5, 5}, (float[]){-4, -7, -2, -9}); /* once round: w - x */
}

static void recursion_that_is_no_loop_is_refused(void **state) {
    (void)state;
    const struct bytes shape = vector_shape(4);
    struct model_writer root = graph("main"), f = graph("f");
    add_input(&root, "x", vector4, 1);
    add_primitive(&root, "add", "Add", 0);
    add_shaped_node(&root, "z", "f", "x", &shape);
    add_output(&root, "z");
    add_input(&f, "f:x", vector4, 1);
    add_shaped_node(&f, "f:y", "f", "f:x", &shape);
    add_node(&f, "f:z", "add", "f:y f:x");
    add_output(&f, "f:z");
    struct bytes file = finish_model(&root);
    put_message(&file, MODEL_FUNCTIONS, &f.graph);
    struct msw_model *model;
    assert_int_equal(load(&model, &file), MSW_OK);
    struct msw_run *run = msw_run_new(model, NULL);
    assert_non_null(run);
    memset(msw_run_input(run, 0)->data, 0, 16);
    assert_int_equal(msw_run(run), MSW_UNSUPPORTED);
    assert_string_equal(msw_error()->text,
                        "node 'f:y' (Call): calls a function that is still running: only a loop may");
    msw_run_free(run);
    msw_model_free(model);
}

/* A call of f, whose input and result are vectors of 4, with `inputs`, its result declared as `declared`. */
static void expect_call_error(const char *inputs, const struct bytes *declared, enum msw_status status,
                              const char *text) {
    struct model_writer root = graph("main"), f = graph("f");
    add_input(&root, "x", vector4, 1);
    add_input(&root, "long", (int64_t[]){5}, 1);
    add_primitive(&root, "relu", "ReLU", 0);
    add_shaped_node(&root, "z", "f", inputs, declared);
    add_output(&root, "z");
    add_input(&f, "f:x", vector4, 1);
    add_node(&f, "f:z", "relu", "f:x");
    add_output(&f, "f:z");
    struct bytes file = finish_model(&root);
    put_message(&file, MODEL_FUNCTIONS, &f.graph);
    struct msw_model *model;
    enum msw_status got = load(&model, &file);
    if (got == MSW_OK && !msw_run_new(model, NULL))
        got = (enum msw_status)msw_error()->status;
    assert_string_equal(msw_error()->text, text);
    assert_int_equal(got, status);
    msw_model_free(model);
}

enum { DEPTH = 16, COLUMNS = 24 };

/* Both branches of a switch multiply with the same weight, one long enough to stay in the file; the second also has it through a function that it calls. */
static struct bytes shared_weight_model(const float *weight) {
    const int64_t x_dims[] = {1, DEPTH}, w_dims[] = {DEPTH, COLUMNS}, z_dims[] = {1, COLUMNS};
    const struct bytes result = tensor_message(NULL, PROTO_FLOAT, z_dims, 2, NULL, 0);
    const struct bytes shape = tensor_attribute("shape", &result);
    static const char *const names[] = {"first", "second", "inner"};
    struct model_writer root = graph("main"), functions[3];
    add_input(&root, "x", x_dims, 2);
    add_condition(&root, "c");
    add_parameter(&root, "w", w_dims, 2, weight, DEPTH * COLUMNS * sizeof *weight);
    add_primitive(&root, "product", "MatMulExt", 0);
    add_primitive(&root, "negative", "Neg", 0);
    add_primitive(&root, "partial", "Partial", 0);
    add_primitive(&root, "switch", "Switch", 0);
    for (int i = 0; i < 3; i++) {
        char text[32];
        functions[i] = graph(names[i]);
        snprintf(text, sizeof text, "%s:x", names[i]);
        add_input(&functions[i], text, x_dims, 2);
        snprintf(text, sizeof text, "%s:w", names[i]);
        add_input(&functions[i], text, w_dims, 2);
        snprintf(text, sizeof text, "%s:z", names[i]);
        add_output(&functions[i], text);
    }
    add_node(&functions[0], "first:z", "product", "first:x first:w");
    add_node(&functions[1], "second:minus", "negative", "second:x");
    add_shaped_node(&functions[1], "second:z", "inner", "second:minus second:w", &shape);
    add_node(&functions[2], "inner:z", "product", "inner:x inner:w");
    add_node(&root, "bound1", "partial", "first x w");
    add_node(&root, "bound2", "partial", "second x w");
    add_node(&root, "chosen", "switch", "c bound1 bound2");
    add_shaped_node(&root, "z", "chosen", "", &shape);
    add_output(&root, "z");
    struct bytes file = finish_model(&root);
    for (int i = 0; i < 3; i++)
        put_message(&file, MODEL_FUNCTIONS, &functions[i].graph);
    return file;
}

static void a_weight_that_several_functions_share_is_in_memory_once(void **state) {
    (void)state;
    float weight[DEPTH * COLUMNS], x[DEPTH];
    for (int i = 0; i < DEPTH * COLUMNS; i++)
        weight[i] = (float)(i * 37 % 101 - 50);
    const struct bytes file = shared_weight_model(weight);
    struct msw_model *model;
    if (load(&model, &file) != MSW_OK)
        fail_msg("%s", msw_error()->text);
    assert_int_equal(msw_model_info(model)->parameters, DEPTH * COLUMNS);
    struct msw_run *run = msw_run_new(model, NULL);
    assert_non_null(run);
    assert_int_equal(msw_run_plan(run)->weight_bytes, sizeof weight); /* whole tiles: packing adds nothing */
    assert_true(msw_run_plan(run)->tensor_bytes < sizeof weight);     /* no call copies it */
    for (int first = 0; first <= 1; first++) {
        for (int k = 0; k < DEPTH; k++)
            x[k] = (float)(k + 1);
        memcpy(msw_run_input(run, 0)->data, x, sizeof x);
        *(unsigned char *)msw_run_input(run, 1)->data = (unsigned char)first;
        assert_int_equal(msw_run(run), MSW_OK);
        const float *z = msw_run_output(run, 0)->data;
        for (int j = 0; j < COLUMNS; j++) {
            float want = 0;
            for (int k = 0; k < DEPTH; k++)
                want += (first ? x[k] : -x[k]) * weight[k * COLUMNS + j];
            assert_true(z[j] == want); /* whole numbers below 2^24 */
        }
    }
    msw_run_free(run);
    msw_model_free(model);
}

/* z = f3(f2(f1(x))), each of which negates; with `count` functions, one the last to be called by the one before where nested. */
static struct bytes chain_model(int count, bool nested) {
    const struct bytes shape = vector_shape(4);
    struct model_writer root = graph("main"), functions[4];
    char name[32], from[32] = "x";
    add_input(&root, "x", vector4, 1);
    add_primitive(&root, "negative", "Neg", 0);
    for (int i = 0; i < count; i++) {
        char inner[16], next[16];
        snprintf(inner, sizeof inner, "f%d", i);
        functions[i] = graph(inner);
        snprintf(name, sizeof name, "f%d:x", i);
        add_input(&functions[i], name, vector4, 1);
        snprintf(next, sizeof next, "f%d:n", i);
        add_node(&functions[i], next, "negative", name);
        snprintf(name, sizeof name, "f%d:y", i);
        if (nested && i + 1 < count) {
            snprintf(inner, sizeof inner, "f%d", i + 1);
            add_shaped_node(&functions[i], name, inner, next, &shape);
            snprintf(next, sizeof next, "%s", name);
            snprintf(name, sizeof name, "f%d:z", i); /* something left to do: no call at the end */
            add_node(&functions[i], name, "negative", next);
            add_output(&functions[i], name);
        } else {
            add_output(&functions[i], next);
        }
    }
    for (int i = 0; i < (nested ? 1 : count); i++) {
        char function[16];
        snprintf(function, sizeof function, "f%d", i);
        snprintf(name, sizeof name, "y%d", i);
        add_shaped_node(&root, name, function, from, &shape);
        memcpy(from, name, sizeof from);
    }
    add_output(&root, from);
    struct bytes file = finish_model(&root);
    for (int i = 0; i < count; i++)
        put_message(&file, MODEL_FUNCTIONS, &functions[i].graph);
    return file;
}

static void expect_chain(int count, bool nested, size_t vectors) {
    const struct bytes file = chain_model(count, nested);
    const float sign = nested || count % 2 == 1 ? -1 : 1;
    struct msw_model *model;
    expect_answer(&file, numbers, (float[]){sign * 1, sign * -2, sign * 3, sign * -4});
    assert_int_equal(load(&model, &file), MSW_OK);
    struct msw_run *run = msw_run_new(model, NULL);
    assert_int_equal(msw_run_plan(run)->arena_bytes, vectors * 16);
    assert_int_equal(msw_run_plan(run)->live_bytes, vectors * 16);
    msw_run_free(run);
    msw_model_free(model);
}

/* What a call is given and gives are two vectors; what it does, in place, takes one. */
static void functions_lie_like_frames_on_a_stack(void **state) {
    (void)state;
    for (int count = 1; count <= 4; count++)
        expect_chain(count, false, 3); /* one after the other in the same memory */
    for (int count = 1; count <= 4; count++)
        expect_chain(count, true, 2 * (size_t)count + 1); /* one beyond the other */
}

/* f ends with a call of g, which calls f before its end: that is no loop, and must not run in the memory of one. */
static void functions_that_call_each_other_in_the_middle_lie_apart(void **state) {
    (void)state;
    const struct bytes shape = vector_shape(4);
    struct model_writer root = graph("main"), f = graph("f"), g = graph("g");
    add_input(&root, "x", vector4, 1);
    add_primitive(&root, "negative", "Neg", 0);
    add_shaped_node(&root, "z", "f", "x", &shape);
    add_output(&root, "z");
    add_input(&f, "f:x", vector4, 1);
    add_shaped_node(&f, "f:z", "g", "f:x", &shape);
    add_output(&f, "f:z");
    add_input(&g, "g:x", vector4, 1);
    add_shaped_node(&g, "g:y", "f", "g:x", &shape);
    add_node(&g, "g:z", "negative", "g:y");
    add_output(&g, "g:z");
    struct bytes file = finish_model(&root);
    put_message(&file, MODEL_FUNCTIONS, &f.graph);
    put_message(&file, MODEL_FUNCTIONS, &g.graph);
    struct msw_model *model;
    assert_int_equal(load(&model, &file), MSW_OK);
    struct msw_run *run = msw_run_new(model, NULL);
    assert_non_null(run);
    const struct msw_plan *plan = msw_run_plan(run);
    assert_int_equal(plan->arena_bytes, plan->tensor_bytes);
    memset(msw_run_input(run, 0)->data, 0, 16);
    assert_int_equal(msw_run(run), MSW_UNSUPPORTED);
    assert_string_equal(msw_error()->text,
                        "node 'f:z' (Call): calls a function that is still running: only a loop may");
    msw_run_free(run);
    msw_model_free(model);
}

static void wrong_calls_are_named(void **state) {
    (void)state;
    const struct bytes right = vector_shape(4), other = vector_shape(5);
    expect_call_error("x x", &right, MSW_INVALID, "node 'z' (Call): calls a function of 1 inputs with 2");
    expect_call_error("long", &right, MSW_INVALID,
                      "node 'z' (Call): calls a function with float32[5] where it takes float32[4]");
    expect_call_error("x", &other, MSW_INVALID,
                      "node 'z' (Call): the function gives float32[4], but the model declares float32[5]");
    expect_call_error("x", NULL, MSW_UNSUPPORTED,
                      "node 'z' (f): calls a function whose result is not declared as tensors");
}

static void a_result_of_open_shape_is_found_out(void **state) {
    (void)state;
    struct model_writer root = graph("main"), f = graph("f");
    const struct bytes open = vector_shape(-1);
    add_input(&root, "x", vector4, 1);
    add_primitive(&root, "neg", "Neg", 0);
    add_shaped_node(&root, "z", "f", "x", &open);
    add_output(&root, "z");
    add_input(&f, "f:x", vector4, 1);
    add_node(&f, "f:z", "neg", "f:x");
    add_output(&f, "f:z");
    struct bytes file = finish_model(&root);
    put_message(&file, MODEL_FUNCTIONS, &f.graph);
    expect_answer(&file, (float[]){1, -2, 3, -4}, (float[]){-1, 2, -3, 4});
}

static void expect_structure_error(const char *op, const char *inputs, const char *text) {
    struct model_writer root = graph("main");
    add_input(&root, "x", vector4, 1);
    add_op(&root, "n", op, inputs);
    add_output(&root, "x");
    const struct bytes file = finish_model(&root);
    struct msw_model *model;
    assert_int_equal(load(&model, &file), MSW_INVALID);
    assert_string_equal(msw_error()->text, text);
    msw_model_free(model);
}

static void partial_and_switch_need_functions(void **state) {
    (void)state;
    expect_structure_error("Partial", "x", "node 'n' (Partial): needs a function as its first input");
    expect_structure_error("Partial", "", "node 'n' (Partial): needs a function as its first input");
    expect_structure_error("Switch", "x x x", "node 'n' (Switch): needs a condition and two functions");
    expect_structure_error("Switch", "x", "node 'n' (Switch): needs a condition and two functions");
}

static void a_value_of_another_function_is_refused(void **state) {
    (void)state;
    const struct bytes shape = vector_shape(4);
    struct model_writer root = graph("main"), f = graph("f");
    add_input(&root, "x", vector4, 1);
    add_primitive(&root, "relu", "ReLU", 0);
    add_shaped_node(&root, "z", "f", "", &shape);
    add_output(&root, "z");
    add_node(&f, "f:z", "relu", "x");
    add_output(&f, "f:z");
    struct bytes file = finish_model(&root);
    put_message(&file, MODEL_FUNCTIONS, &f.graph);
    struct msw_model *model;
    assert_int_equal(load(&model, &file), MSW_UNSUPPORTED);
    assert_string_equal(msw_error()->text, "node 'f:z' (ReLU): input 'x' is a value of another function");
    msw_model_free(model);
}

/* The file of root and a function f; loading it, or planning its run, must fail so. */
static void expect_file_error(const struct model_writer *root, const struct model_writer *f, enum msw_status status,
                              const char *text) {
    struct bytes file = finish_model(root);
    struct msw_model *model;
    put_message(&file, MODEL_FUNCTIONS, &f->graph);
    enum msw_status got = load(&model, &file);
    if (got == MSW_OK && !msw_run_new(model, NULL))
        got = (enum msw_status)msw_error()->status;
    assert_string_equal(msw_error()->text, text);
    assert_int_equal(got, status);
    msw_model_free(model);
}

/* main(x) = f(x) with f still empty. */
static struct model_writer caller(const char *inputs) {
    const struct bytes shape = vector_shape(4);
    struct model_writer root = graph("main");
    add_input(&root, "x", vector4, 1);
    add_primitive(&root, "relu", "ReLU", 0);
    add_primitive(&root, "partial", "Partial", 0);
    add_primitive(&root, "switch", "Switch", 0);
    add_primitive(&root, "tuple", "MakeTuple", 0);
    add_shaped_node(&root, "z", "f", inputs, &shape);
    add_output(&root, "z");
    return root;
}

static void what_is_wrong_in_a_function_is_named(void **state) {
    (void)state;
    const struct model_writer root = caller("x");
    struct model_writer f = graph("f");
    add_input(&f, "f:x", vector4, 1);
    expect_file_error(&root, &f, MSW_INVALID, "the graph returns nothing");
    add_output(&f, "nobody");
    expect_file_error(&root, &f, MSW_INVALID, "input 'nobody' is not defined before it is used");

    f = graph("f");
    add_input(&f, "f:x", vector4, 1);
    add_node(&f, "f:z", "relu", "f:later");
    add_node(&f, "f:later", "relu", "f:z");
    add_output(&f, "f:z");
    expect_file_error(&root, &f, MSW_INVALID, "node 'f:z' (ReLU): input 'f:later' is not defined before it is used");

    f = graph("f");
    add_input(&f, "f:x", vector4, 1);
    add_node(&f, "f:z", "relu", "f:x f:x");
    add_output(&f, "f:z");
    expect_file_error(&root, &f, MSW_INVALID, "node 'f:z' (ReLU): has 2 inputs, more than it takes");

    f = graph("f");
    add_input(&f, "f:x", vector4, 1);
    add_node(&f, "f:z", "tuple", "f:x f:x");
    add_output(&f, "f:z");
    expect_file_error(&root, &f, MSW_INVALID, "node 'z' (Call): calls a function of 2 results for 1");
}

static void a_function_has_one_name_of_its_own(void **state) {
    (void)state;
    struct model_writer root = caller("x"), f = graph("f");
    add_input(&f, "f:x", vector4, 1);
    add_output(&f, "f:x");
    struct bytes file = finish_model(&root);
    put_message(&file, MODEL_FUNCTIONS, &f.graph);
    put_message(&file, MODEL_FUNCTIONS, &f.graph);
    struct msw_model *model;
    assert_int_equal(load(&model, &file), MSW_INVALID);
    assert_non_null(strstr(msw_error()->text, "name 'f' is used twice"));
    assert_true(msw_error()->offset > 0);
    msw_model_free(model);
}

static void a_function_is_no_tensor(void **state) {
    (void)state;
    struct model_writer root = caller("f"), f = graph("f");
    add_input(&f, "f:x", vector4, 1);
    add_output(&f, "f:x");
    expect_file_error(&root, &f, MSW_INVALID, "node 'z' (f): input 'of the call' must be a tensor");
    root = caller("x");
    add_node(&root, "again", "relu", "f");
    expect_file_error(&root, &f, MSW_INVALID, "node 'again' (ReLU): input 'x' must be a tensor");
}

/* A Switch on `condition` between f and f. */
static void expect_condition_error(const char *condition, int64_t data_type, const int64_t *dims, size_t rank,
                                   const char *text) {
    const struct bytes shape = vector_shape(4);
    struct model_writer root = caller("x"), f = graph("f");
    struct bytes info = {.used = 0};
    const struct bytes tensor = tensor_message(NULL, data_type, dims, rank, NULL, 0);
    put_text(&info, VALUE_INFO_NAME, "c");
    put_message(&info, VALUE_INFO_TENSOR, &tensor);
    put_message(&root.graph, GRAPH_INPUT, &info);
    add_constant(&root, "text", text_attribute("value", "yes"));
    add_constant(&root, "nothing", kind_attribute("value", 25));
    char inputs[32];
    snprintf(inputs, sizeof inputs, "%s f f", condition);
    add_node(&root, "s", "switch", inputs);
    add_shaped_node(&root, "chosen", "s", "x", &shape);
    add_output(&root, "chosen");
    add_input(&f, "f:x", vector4, 1);
    add_output(&f, "f:x");
    expect_file_error(&root, &f, MSW_INVALID, text);
}

static void a_condition_is_one_truth(void **state) {
    (void)state;
    expect_condition_error("c", 1, NULL, 0, "node 'chosen' (Call): a condition must be one bool, got float32[]");
    expect_condition_error("c", 9, vector4, 1, "node 'chosen' (Call): a condition must be one bool, got bool[4]");
    expect_condition_error("c", 9, (int64_t[]){0}, 1,
                           "node 'chosen' (Call): a condition must be one bool, got bool[0]");
    expect_condition_error("text", 9, NULL, 0, "node 'chosen' (s): input 'condition' must be a tensor");
    expect_condition_error("nothing", 9, NULL, 0, "node 'chosen' (s): input 'condition' must be a tensor");
    expect_condition_error("f", 9, NULL, 0, "node 'chosen' (s): input 'condition' must be a tensor");
}

/* Tuples of tuples that hold nothing at their ends: 2^30 inputs of a call from a file of 2 KB. */
static void inputs_that_unfold_without_end_are_refused(void **state) {
    (void)state;
    for (int i = 0; i < 2; i++) {
        const struct bytes shape = vector_shape(4);
        struct model_writer root = graph("main"), f = graph("f");
        char from[] = "t00 t00", to[] = "t00";
        add_input(&root, "x", vector4, 1);
        add_primitive(&root, "tuple", "MakeTuple", 0);
        if (i == 0)
            add_constant(&root, "t00", kind_attribute("value", 23));
        else
            add_node(&root, "t00", "tuple", "");
        for (int d = 1; d < 30; d++) {
            to[1] = (char)('0' + d / 10);
            to[2] = (char)('0' + d % 10);
            add_node(&root, to, "tuple", from);
            memcpy(from, to, 3);
            memcpy(from + 4, to, 3);
        }
        add_shaped_node(&root, "z", "f", "x t29", &shape);
        add_output(&root, "z");
        add_input(&f, "f:x", vector4, 1);
        add_output(&f, "f:x");
        expect_file_error(&root, &f, MSW_LIMIT,
                          "node 'z' (f): calls with more than 4096 inputs, or tuples deeper than 32");
    }
}

/* Two functions that call each other, and nothing else. */
static void functions_that_only_call_each_other_can_be_given_up(void **state) {
    (void)state;
    const struct bytes shape = vector_shape(4);
    struct model_writer root = caller("x"), f = graph("f"), g = graph("g");
    add_input(&f, "f:x", vector4, 1);
    add_shaped_node(&f, "f:z", "g", "f:x", &shape);
    add_output(&f, "f:z");
    add_input(&g, "g:x", vector4, 1);
    add_shaped_node(&g, "g:z", "f", "g:x", &shape);
    add_output(&g, "g:z");
    struct bytes file = finish_model(&root);
    put_message(&file, MODEL_FUNCTIONS, &f.graph);
    put_message(&file, MODEL_FUNCTIONS, &g.graph);
    struct msw_model *model;
    assert_int_equal(load(&model, &file), MSW_OK);
    struct msw_run *run = msw_run_new(model, NULL);
    assert_non_null(run);
    memset(msw_run_input(run, 0)->data, 0, 16);
    assert_int_equal(msw_run_some(run, 100000), MSW_MORE);
    msw_run_free(run);
    msw_model_free(model);
}

static void groups_too_deep_in_a_function_are_refused(void **state) {
    (void)state;
    static const int depths[] = {101, 5000};
    for (size_t i = 0; i < 2; i++) {
        struct model_writer root = caller("x"), f = graph("f");
        add_input(&f, "f:x", vector4, 1);
        for (int d = 0; d < depths[i]; d++)
            put_key(&f.graph, 78, WIRE_GROUP);
        for (int d = 0; d < depths[i]; d++)
            put_key(&f.graph, 78, WIRE_GROUP_END);
        struct bytes file = finish_model(&root);
        put_message(&file, MODEL_FUNCTIONS, &f.graph);
        struct msw_model *model;
        assert_int_equal(load(&model, &file), MSW_INVALID);
        assert_non_null(strstr(msw_error()->text, "nesting deeper than 100"));
        assert_true(msw_error()->offset > 0);
        msw_model_free(model);
    }
}

/* Cut anywhere, a file of functions is refused with the byte or the part that is missing. */
static void every_truncation_of_a_loop_is_an_error(void **state) {
    (void)state;
    const struct bytes whole = loop_model("b:2x b:c1 b:c2 b:c0");
    for (size_t length = 0; length < whole.used; length++) {
        struct msw_model *model;
        unsigned char *exact = malloc(length + 1);
        memcpy(exact, whole.data, length);
        model = msw_model_open(length);
        const enum msw_status status = drive_load(model, exact, length);
        assert_int_equal(status, MSW_INVALID);
        assert_true(msw_error()->offset >= 0 || strstr(msw_error()->text, "not a MindIR or ONNX file") ||
                    strstr(msw_error()->text, "holds 0") || strstr(msw_error()->text, "node '"));
        msw_model_free(model);
        free(exact);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_wrong_in_a_function_is_named),
        cmocka_unit_test(a_function_has_one_name_of_its_own),
        cmocka_unit_test(a_function_is_no_tensor),
        cmocka_unit_test(a_condition_is_one_truth),
        cmocka_unit_test(inputs_that_unfold_without_end_are_refused),
        cmocka_unit_test(functions_that_only_call_each_other_can_be_given_up),
        cmocka_unit_test(groups_too_deep_in_a_function_are_refused),
        cmocka_unit_test(every_truncation_of_a_loop_is_an_error),
        cmocka_unit_test(a_function_is_called_with_bound_inputs),
        cmocka_unit_test(a_loop_goes_round_until_its_condition_fails),
        cmocka_unit_test(a_loop_without_end_can_be_given_up),
        cmocka_unit_test(a_function_may_call_itself_at_its_end),
        cmocka_unit_test(recursion_that_is_no_loop_is_refused),
        cmocka_unit_test(a_weight_that_several_functions_share_is_in_memory_once),
        cmocka_unit_test(functions_lie_like_frames_on_a_stack),
        cmocka_unit_test(functions_that_call_each_other_in_the_middle_lie_apart),
        cmocka_unit_test(wrong_calls_are_named),
        cmocka_unit_test(a_result_of_open_shape_is_found_out),
        cmocka_unit_test(partial_and_switch_need_functions),
        cmocka_unit_test(a_value_of_another_function_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
