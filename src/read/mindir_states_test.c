/* mindir_states_test.c - models that write to their parameters, from bytes to answers over several runs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "read/mindir_writer.h"
/* mindir_writer.h first: its names are short */
#include "read/load_driver.h"

static const int64_t vector2[] = {2};
static const float one_two[2] = {1, 2}, ten_twenty[2] = {10, 20};

static struct bytes shape2(void) {
    const struct bytes tensor = tensor_message(NULL, PROTO_FLOAT, vector2, 1, NULL, 0);
    return tensor_attribute("shape", &tensor);
}

/* A graph; the main one has primitives to refer to, a monad u, an input x and parameters p = [1, 2] and q = [10, 20]. */
static struct model_writer graph(const char *name) {
    struct model_writer w = {.graph = {.used = 0}};
    put_text(&w.graph, GRAPH_NAME, name);
    return w;
}

static struct model_writer main_graph(void) {
    static const char *const primitives[] = {"Load",      "Assign", "AssignAdd",     "AssignSub", "UpdateState",
                                             "Depend",    "Add",    "Mul",           "Partial",   "Switch",
                                             "MakeTuple", "ReLU",   "TransposeView", "AddN",      "TupleGetItem"};
    struct model_writer w = graph("main");
    for (size_t i = 0; i < sizeof primitives / sizeof primitives[0]; i++)
        add_primitive(&w, primitives[i], primitives[i], 0);
    add_input(&w, "x", vector2, 1);
    add_parameter(&w, "p", vector2, 1, one_two, sizeof one_two);
    add_parameter(&w, "q", vector2, 1, ten_twenty, sizeof ten_twenty);
    add_constant(&w, "u", kind_attribute("value", 23));
    return w;
}

static struct msw_model *loaded(const struct bytes *file) {
    struct msw_model *model = msw_model_open(file->used);
    assert_non_null(model);
    if (drive_load(model, file->data, file->used) != MSW_OK)
        fail_msg("%s", msw_error()->text);
    return model;
}

static void expect_tensor(const struct msw_tensor *tensor, float first, float second) {
    const float want[2] = {first, second};
    assert_non_null(tensor);
    assert_int_equal(tensor->bytes, sizeof want);
    assert_memory_equal(tensor->data, want, sizeof want);
}

static struct msw_run *new_run(const struct msw_model *model) {
    struct msw_run *run = msw_run_new(model, NULL);
    if (!run)
        fail_msg("%s", msw_error()->text);
    return run;
}

static void set_x(struct msw_run *run, float first, float second) {
    memcpy(msw_run_input(run, 0)->data, (float[]){first, second}, 2 * sizeof first);
}

static void end(struct msw_run *run, struct msw_model *model) {
    msw_run_free(run);
    msw_model_free(model);
}

static void expect_refusal(const struct bytes *file, enum msw_status status, const char *text) {
    struct msw_model *model = msw_model_open(file->used);
    assert_int_equal(drive_load(model, file->data, file->used), status);
    assert_string_equal(msw_error()->text, text);
    msw_model_free(model);
}

/* p += x, and the sum is the answer. */
static struct model_writer counter(void) {
    struct model_writer w = main_graph();
    add_node(&w, "sum", "AssignAdd", "p x u");
    add_node(&w, "u1", "UpdateState", "u sum");
    add_node(&w, "held", "Load", "p u1");
    add_output(&w, "held");
    return w;
}

static void a_counter_counts_over_runs(void **state) {
    (void)state;
    const struct model_writer w = counter();
    const struct bytes file = finish_model(&w);
    struct msw_model *model = loaded(&file);
    assert_string_equal(msw_model_state(model, 0)->name, "p");
    assert_null(msw_model_state(model, 0)->data);
    assert_null(msw_model_state(model, 1));
    assert_null(msw_model_input(model, 1));
    assert_null(msw_model_output(model, 1));
    struct msw_run *run = new_run(model);
    assert_string_equal(msw_run_state(run, 0)->name, "p");
    assert_null(msw_run_state(run, 1));
    assert_null(msw_run_input(run, 1));
    assert_null(msw_run_output(run, 1));
    expect_tensor(msw_run_state(run, 0), 1, 2);
    for (int i = 1; i < 4; i++) {
        set_x(run, 3, -1);
        assert_int_equal(msw_run(run), MSW_OK);
        expect_tensor(msw_run_output(run, 0), 1 + 3 * (float)i, 2 - (float)i);
        expect_tensor(msw_run_state(run, 0), 1 + 3 * (float)i, 2 - (float)i);
    }
    end(run, model);
}

static void each_run_has_its_own_states(void **state) {
    (void)state;
    const struct model_writer w = counter();
    const struct bytes file = finish_model(&w);
    struct msw_model *model = loaded(&file);
    struct msw_run *first = new_run(model);
    set_x(first, 1, 1);
    assert_int_equal(msw_run(first), MSW_OK);
    struct msw_run *second = new_run(model);
    expect_tensor(msw_run_state(second, 0), 1, 2);
    expect_tensor(msw_run_state(first, 0), 2, 3);
    msw_run_free(first);
    end(second, model);
}

static void a_host_may_set_a_state_between_runs(void **state) {
    (void)state;
    const struct model_writer w = counter();
    const struct bytes file = finish_model(&w);
    struct msw_model *model = loaded(&file);
    struct msw_run *run = new_run(model);
    memcpy(msw_run_state(run, 0)->data, ten_twenty, sizeof ten_twenty);
    set_x(run, 1, 1);
    assert_int_equal(msw_run(run), MSW_OK);
    expect_tensor(msw_run_output(run, 0), 11, 21);
    end(run, model);
}

static void a_run_that_is_given_up_changes_nothing(void **state) {
    (void)state;
    struct model_writer w = main_graph();
    add_node(&w, "sum", "AssignAdd", "p x u");
    add_node(&w, "twice", "Add", "p p");
    add_output(&w, "twice");
    const struct bytes file = finish_model(&w);
    struct msw_model *model = loaded(&file);
    struct msw_run *run = new_run(model);
    set_x(run, 1, 1);
    assert_int_equal(msw_run_some(run, 1), MSW_MORE);
    msw_run_restart(run);
    expect_tensor(msw_run_state(run, 0), 1, 2);
    set_x(run, 1, 1);
    assert_int_equal(msw_run(run), MSW_OK);
    expect_tensor(msw_run_state(run, 0), 2, 3);
    expect_tensor(msw_run_output(run, 0), 4, 6);
    end(run, model);
}

/* What is read at the start stays readable; a result and a state that lie in the memory of another are saved before it changes. */
static void parameters_may_be_swapped(void **state) {
    (void)state;
    struct model_writer w = main_graph();
    add_node(&w, "p0", "Load", "p u");
    add_node(&w, "q0", "Load", "q u");
    add_node(&w, "both", "MakeTuple", "p0 q0");
    add_node(&w, "u1", "UpdateState", "u both");
    add_node(&w, "set_p", "Assign", "p q0 u1");
    add_node(&w, "set_q", "Assign", "q p0 u1");
    add_node(&w, "answer", "MakeTuple", "p0 p q");
    add_output(&w, "answer");
    const struct bytes file = finish_model(&w);
    struct msw_model *model = loaded(&file);
    struct msw_run *run = new_run(model);
    for (int i = 0; i < 3; i++) {
        const float k = i % 2 ? 10 : 1, other = i % 2 ? 1 : 10;
        assert_int_equal(msw_run(run), MSW_OK);
        expect_tensor(msw_run_output(run, 0), k, 2 * k);
        expect_tensor(msw_run_output(run, 1), other, 2 * other);
        expect_tensor(msw_run_output(run, 2), k, 2 * k);
        expect_tensor(msw_run_state(run, 0), other, 2 * other);
        expect_tensor(msw_run_state(run, 1), k, 2 * k);
    }
    end(run, model);
}

/* Reads stand behind all writes in the file; their monads say what they read. */
static void a_monad_says_when_a_read_happens(void **state) {
    (void)state;
    struct model_writer w = main_graph();
    add_node(&w, "w1", "AssignAdd", "p x u");
    add_node(&w, "u1", "UpdateState", "u w1");
    add_node(&w, "w2", "AssignSub", "p q u1");
    add_node(&w, "u2", "UpdateState", "u1 w2");
    add_node(&w, "r1", "Load", "p u1");
    add_node(&w, "r0", "Load", "p u");
    add_node(&w, "r2", "Load", "p u2");
    add_node(&w, "answer", "MakeTuple", "r0 r1 r2 p");
    add_output(&w, "answer");
    const struct bytes file = finish_model(&w);
    struct msw_model *model = loaded(&file);
    struct msw_run *run = new_run(model);
    set_x(run, 100, 200);
    assert_int_equal(msw_run(run), MSW_OK);
    expect_tensor(msw_run_output(run, 0), 1, 2);
    expect_tensor(msw_run_output(run, 1), 101, 202);
    expect_tensor(msw_run_output(run, 2), 91, 182);
    expect_tensor(msw_run_output(run, 3), 91, 182);
    assert_null(msw_model_state(model, 1)); /* q is read alone */
    end(run, model);
}

/* The main graph with a function f(a, m) that writes `value` to what it is called with, and gives twice what it then holds. */
static struct bytes with_function(const struct model_writer *root, const char *op) {
    struct model_writer f = graph("f");
    struct bytes info = {.used = 0};
    const struct bytes monad = kind_attribute("m", 23);
    add_input(&f, "f:a", vector2, 1);
    add_input(&f, "f:b", vector2, 1);
    put_text(&info, VALUE_INFO_NAME, "f:u");
    put_message(&info, VALUE_INFO_ATTR_INFO, &monad);
    put_message(&f.graph, GRAPH_INPUT, &info);
    add_node(&f, "f:w", op, "f:a f:b f:u");
    add_node(&f, "f:u1", "UpdateState", "f:u f:w");
    add_node(&f, "f:r", "Load", "f:a f:u1");
    add_node(&f, "f:z", "Add", "f:r f:r");
    add_output(&f, "f:z");
    struct bytes file = finish_model(root);
    put_message(&file, MODEL_FUNCTIONS, &f.graph);
    return file;
}

static void a_function_writes_to_a_parameter(void **state) {
    (void)state;
    const struct bytes shape = shape2();
    struct model_writer w = main_graph();
    add_shaped_node(&w, "y", "f", "p x u", &shape);
    add_node(&w, "u1", "UpdateState", "u y");
    add_shaped_node(&w, "z", "f", "p y u1", &shape);
    add_node(&w, "answer", "MakeTuple", "y z");
    add_output(&w, "answer");
    const struct bytes file = with_function(&w, "AssignAdd");
    struct msw_model *model = loaded(&file);
    struct msw_run *run = new_run(model);
    float p = 1;
    for (int i = 0; i < 2; i++) {
        set_x(run, 5, 10);
        assert_int_equal(msw_run(run), MSW_OK);
        p += 5;
        expect_tensor(msw_run_output(run, 0), 2 * p, 4 * p);
        p += 2 * p;
        expect_tensor(msw_run_output(run, 1), 2 * p, 4 * p);
        expect_tensor(msw_run_state(run, 0), p, 2 * p);
    }
    end(run, model);
}

static void a_function_that_is_given_several_parameters_to_write_to_is_refused(void **state) {
    (void)state;
    const struct bytes shape = shape2();
    struct model_writer w = main_graph();
    add_shaped_node(&w, "y", "f", "p x u", &shape);
    add_shaped_node(&w, "z", "f", "q y u", &shape);
    add_output(&w, "z");
    const struct bytes file = with_function(&w, "AssignAdd");
    expect_refusal(&file, MSW_UNSUPPORTED,
                   "parameter 'p', which the model writes to, goes into a function that is called with others too");
}

static void a_function_that_writes_to_a_copy_is_refused(void **state) {
    (void)state;
    const struct bytes shape = shape2();
    struct model_writer w = main_graph();
    add_node(&w, "copy", "Load", "p u");
    add_shaped_node(&w, "y", "f", "copy x u", &shape);
    add_output(&w, "y");
    const struct bytes file = with_function(&w, "AssignAdd");
    expect_refusal(&file, MSW_UNSUPPORTED,
                   "node 'y' (f): calls a function that writes to a parameter with a copy of it");
}

static void what_a_function_overwrites_may_not_be_read_by_its_caller(void **state) {
    (void)state;
    const struct bytes shape = shape2();
    struct model_writer w = main_graph();
    add_node(&w, "r", "ReLU", "x");
    add_shaped_node(&w, "y", "f", "r x u", &shape);
    add_node(&w, "z", "Add", "y r");
    add_output(&w, "z");
    const struct bytes file = with_function(&w, "AssignAdd");
    expect_refusal(&file, MSW_UNSUPPORTED, "node 'z' (Add): reads a tensor after another operator wrote into it");
}

/* r = ReLU(x), a tuple with it, g(r) bound but not yet called; then r is written to, and `answer` is what `op` makes of `inputs`. */
static struct bytes with_late_read(const char *op, const char *inputs) {
    const struct bytes shape = shape2();
    struct model_writer w = main_graph(), g = graph("g");
    add_input(&g, "g:a", vector2, 1);
    add_node(&g, "g:z", "ReLU", "g:a");
    add_output(&g, "g:z");
    add_constant(&w, "zero", int_attribute("value", 0));
    add_node(&w, "r", "ReLU", "x");
    add_node(&w, "pair", "MakeTuple", "r x");
    add_node(&w, "bound", "Partial", "g r");
    add_node(&w, "first", "TupleGetItem", "pair zero");
    add_node(&w, "w1", "AssignAdd", "r x u");
    if (op)
        add_shaped_node(&w, "answer", op, inputs, &shape);
    add_output(&w, op ? "answer" : inputs);
    struct bytes file = finish_model(&w);
    put_message(&file, MODEL_FUNCTIONS, &g.graph);
    return file;
}

static void calls_and_tuples_do_not_read_what_was_overwritten(void **state) {
    (void)state;
    static const char *const reads[][3] = {{"g", "r", "node 'answer' (g): "},
                                           {"bound", "u", "node 'answer' (bound): "},
                                           {"g", "pair", "node 'answer' (g): "},
                                           {"AddN", "pair", "node 'answer' (AddN): "},
                                           {"ReLU", "first", "node 'answer' (ReLU): "},
                                           {NULL, "pair", ""},
                                           {NULL, "r", ""}};
    for (size_t i = 0; i < sizeof reads / sizeof reads[0]; i++) {
        char text[128];
        snprintf(text, sizeof text, "%sreads a tensor after another operator wrote into it", reads[i][2]);
        const struct bytes file = with_late_read(reads[i][0], reads[i][1]);
        expect_refusal(&file, MSW_UNSUPPORTED, text);
    }
}

/* Only one of the branches runs, so both may be given what both write to. */
static void both_branches_may_write_to_one_tensor(void **state) {
    (void)state;
    const struct bytes shape = shape2(), yes = tensor_message(NULL, 9, NULL, 0, "\1", 1);
    struct model_writer w = main_graph(), k = graph("k");
    add_input(&k, "k:a", vector2, 1);
    add_input(&k, "k:b", vector2, 1);
    add_node(&k, "k:z", "AssignAdd", "k:a k:b");
    add_output(&k, "k:z");
    add_constant(&w, "yes", tensor_attribute("value", &yes));
    add_node(&w, "r", "ReLU", "x");
    add_node(&w, "one", "Partial", "k r x");
    add_node(&w, "other", "Partial", "k r q");
    add_node(&w, "choice", "Switch", "yes one other");
    add_shaped_node(&w, "y", "choice", "", &shape);
    add_output(&w, "y");
    struct bytes file = finish_model(&w);
    put_message(&file, MODEL_FUNCTIONS, &k.graph);
    struct msw_model *model = loaded(&file);
    struct msw_run *run = new_run(model);
    set_x(run, 5, 6);
    assert_int_equal(msw_run(run), MSW_OK);
    expect_tensor(msw_run_output(run, 0), 10, 12);
    end(run, model);
}

/* h writes to p and gives its input and the monad after the write, by which p is then read. */
static void a_monad_that_a_function_returns_stands_behind_its_writes(void **state) {
    (void)state;
    struct bytes tensor = tensor_message(NULL, PROTO_FLOAT, vector2, 1, NULL, 0);
    struct bytes parts[2] = {{.used = 0}, {.used = 0}}, results = {.used = 0}, info = {.used = 0};
    put_message(&parts[0], 12, &tensor);
    put_int(&parts[0], 16, 19);
    put_int(&parts[1], 16, 23);
    put_text(&results, 1, "shape");
    put_int(&results, 16, 20);
    put_message(&results, 17, &parts[0]);
    put_message(&results, 17, &parts[1]);
    const struct bytes monad = kind_attribute("m", 23);
    struct model_writer w = main_graph(), h = graph("h");
    add_input(&h, "h:a", vector2, 1);
    add_input(&h, "h:b", vector2, 1);
    put_text(&info, VALUE_INFO_NAME, "h:u");
    put_message(&info, VALUE_INFO_ATTR_INFO, &monad);
    put_message(&h.graph, GRAPH_INPUT, &info);
    add_node(&h, "h:w", "AssignAdd", "h:a h:b h:u");
    add_node(&h, "h:u1", "UpdateState", "h:u h:w");
    add_node(&h, "h:z", "MakeTuple", "h:b h:u1");
    add_output(&h, "h:z");
    add_constant(&w, "one", int_attribute("value", 1));
    add_shaped_node(&w, "y", "h", "p x u", &results);
    add_node(&w, "u1", "TupleGetItem", "y one");
    add_node(&w, "held", "Load", "p u1");
    add_output(&w, "held");
    struct bytes file = finish_model(&w);
    put_message(&file, MODEL_FUNCTIONS, &h.graph);
    struct msw_model *model = loaded(&file);
    struct msw_run *run = new_run(model);
    for (int i = 1; i < 3; i++) {
        set_x(run, 10, 20);
        assert_int_equal(msw_run(run), MSW_OK);
        expect_tensor(msw_run_output(run, 0), 1 + 10 * (float)i, 2 + 20 * (float)i);
    }
    end(run, model);
}

static void a_write_of_another_type_is_refused(void **state) {
    (void)state;
    struct model_writer w = main_graph();
    add_constant(&w, "number", float_attribute("value", 1));
    add_node(&w, "w1", "Assign", "p number u");
    add_output(&w, "p");
    const struct bytes file = finish_model(&w);
    expect_refusal(&file, MSW_INVALID, "parameter 'p' is float32[2], but the model writes float32[] to it");
}

static void what_was_read_from_a_parameter_is_not_written(void **state) {
    (void)state;
    struct model_writer w = main_graph();
    add_node(&w, "copy", "Load", "p u");
    add_node(&w, "w1", "AssignAdd", "copy x u");
    add_output(&w, "w1");
    const struct bytes file = finish_model(&w);
    expect_refusal(&file, MSW_UNSUPPORTED,
                   "node 'w1' (AssignAdd): writes into a constant, or into what was read from a parameter, which is "
                   "not supported");
}

/* v is a view of what `of` names, v2 one of v. */
static struct model_writer with_view(const char *of) {
    struct model_writer w = main_graph();
    add_constant(&w, "perm", ints_attribute("value", (int64_t[]){0}, 1));
    add_node(&w, "r", "ReLU", "x");
    add_node(&w, "p0", "Load", "p u");
    char inputs[32];
    snprintf(inputs, sizeof inputs, "%s perm", of);
    add_node(&w, "v", "TransposeView", inputs);
    add_node(&w, "v2", "TransposeView", "v perm");
    return w;
}

static void a_view_is_not_written(void **state) {
    (void)state;
    struct model_writer w = with_view("r");
    add_node(&w, "w1", "AssignAdd", "v2 x u");
    add_output(&w, "r");
    const struct bytes file = finish_model(&w);
    expect_refusal(&file, MSW_UNSUPPORTED,
                   "node 'w1' (AssignAdd): writes into a view of another tensor, which is not supported");
}

static void a_view_is_not_read_after_a_write(void **state) {
    (void)state;
    static const char *const targets[][2] = {{"r", "r"}, {"p", "p"}, {"p0", "p"}};
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
        struct model_writer w = with_view(targets[i][0]);
        char inputs[32];
        snprintf(inputs, sizeof inputs, "%s x u", targets[i][1]);
        add_node(&w, "w1", "AssignAdd", inputs);
        add_node(&w, "z", "Add", "v2 x");
        add_output(&w, "z");
        const struct bytes file = finish_model(&w);
        expect_refusal(&file, MSW_UNSUPPORTED, "node 'z' (Add): reads a tensor after another operator wrote into it");
    }
}

static void a_view_is_read_before_a_write(void **state) {
    (void)state;
    struct model_writer w = with_view("p");
    add_node(&w, "z", "Add", "v2 x");
    add_node(&w, "w1", "AssignAdd", "p z u");
    add_output(&w, "z");
    const struct bytes file = finish_model(&w);
    struct msw_model *model = loaded(&file);
    struct msw_run *run = new_run(model);
    set_x(run, 5, 6);
    assert_int_equal(msw_run(run), MSW_OK);
    expect_tensor(msw_run_output(run, 0), 6, 8);
    expect_tensor(msw_run_state(run, 0), 7, 10);
    end(run, model);
}

static void only_tensors_are_assigned_to(void **state) {
    (void)state;
    struct model_writer w = main_graph();
    add_constant(&w, "number", float_attribute("value", 1));
    add_node(&w, "w1", "Assign", "number x u");
    add_output(&w, "w1");
    const struct bytes file = finish_model(&w);
    expect_refusal(&file, MSW_INVALID, "node 'w1' (Assign): input 'variable' must be a tensor");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_counter_counts_over_runs),
        cmocka_unit_test(each_run_has_its_own_states),
        cmocka_unit_test(a_host_may_set_a_state_between_runs),
        cmocka_unit_test(a_run_that_is_given_up_changes_nothing),
        cmocka_unit_test(parameters_may_be_swapped),
        cmocka_unit_test(a_monad_says_when_a_read_happens),
        cmocka_unit_test(a_function_writes_to_a_parameter),
        cmocka_unit_test(a_function_that_is_given_several_parameters_to_write_to_is_refused),
        cmocka_unit_test(a_function_that_writes_to_a_copy_is_refused),
        cmocka_unit_test(what_a_function_overwrites_may_not_be_read_by_its_caller),
        cmocka_unit_test(calls_and_tuples_do_not_read_what_was_overwritten),
        cmocka_unit_test(both_branches_may_write_to_one_tensor),
        cmocka_unit_test(a_monad_that_a_function_returns_stands_behind_its_writes),
        cmocka_unit_test(a_write_of_another_type_is_refused),
        cmocka_unit_test(what_was_read_from_a_parameter_is_not_written),
        cmocka_unit_test(a_view_is_not_written),
        cmocka_unit_test(a_view_is_not_read_after_a_write),
        cmocka_unit_test(a_view_is_read_before_a_write),
        cmocka_unit_test(only_tensors_are_assigned_to),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
