/* mindir_test.c - small models give the right numbers; every way in which a MindIR file can be wrong gives its own message. */
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

/* A copy of exactly the file's size, so that AddressSanitizer sees a read past it. */
static enum msw_status load(struct msw_model **model, const struct bytes *file) {
    unsigned char *copy = malloc(file->used ? file->used : 1);
    memcpy(copy, file->data, file->used);
    *model = msw_model_open(file->used);
    assert_non_null(*model);
    const enum msw_status status = drive_load(*model, copy, file->used);
    free(copy);
    return status;
}

static void expect_error(const struct bytes *file, enum msw_status status, const char *text) {
    struct msw_model *model;
    assert_int_equal(load(&model, file), status);
    assert_string_equal(msw_error()->text, text);
    assert_int_equal(msw_error()->status, status);
    msw_model_free(model);
}

static void expect_model_error(const struct model_writer *w, enum msw_status status, const char *text) {
    const struct bytes file = finish_model(w);
    expect_error(&file, status, text);
}

/* Run the model on one input vector of 4 floats; the first output must be `want`. */
static void expect_answer(const struct model_writer *w, const float want[4]) {
    const struct bytes file = finish_model(w);
    struct msw_model *model;
    assert_int_equal(load(&model, &file), MSW_OK);
    struct msw_run *run = msw_run_new(model, NULL);
    assert_non_null(run);
    memcpy(msw_run_input(run, 0)->data, numbers, sizeof numbers);
    assert_int_equal(msw_run(run), MSW_OK);
    assert_int_equal(msw_run_output(run, 0)->bytes, sizeof numbers);
    assert_memory_equal(msw_run_output(run, 0)->data, want, sizeof numbers);
    msw_run_free(run);
    msw_model_free(model);
}

/* x -> ReLU -> result, the smallest model. */
static struct model_writer relu_model(void) {
    struct model_writer w = {.graph = {.used = 0}};
    put_text(&w.graph, GRAPH_NAME, "g");
    add_input(&w, "g:x", vector4, 1);
    add_op(&w, "relu", "ReLU", "g:x");
    add_output(&w, "relu");
    return w;
}

static void a_model_runs(void **state) {
    (void)state;
    const struct model_writer w = relu_model();
    expect_answer(&w, (float[]){1, 0, 3, 0});
}

static void a_model_tells_of_itself(void **state) {
    (void)state;
    const struct model_writer w = relu_model();
    const struct bytes file = finish_model(&w);
    struct msw_model *model;
    assert_int_equal(load(&model, &file), MSW_OK);
    assert_string_equal(msw_model_info(model)->format, "MindIR");
    assert_string_equal(msw_model_info(model)->producer, "MindSpore 2.10.0");
    assert_int_equal(msw_model_info(model)->nodes, 1);
    assert_string_equal(msw_model_input(model, 0)->name, "x");
    assert_null(msw_model_input(model, 1));
    assert_string_equal(msw_model_node(model, 0)->op, "ReLU");
    assert_int_equal(msw_model_output(model, 0)->type.dims[0], 4);
    assert_int_equal(msw_load_step(model, NULL), MSW_OK);
    msw_model_free(model);
}

static void parameters_are_read_long_and_short(void **state) {
    (void)state;
    static const float long_data[4 * 200] = {[0] = 5};
    struct model_writer w = {.graph = {.used = 0}};
    add_input(&w, "x", vector4, 1);
    add_parameter(&w, "w", vector4, 1, numbers, sizeof numbers);
    add_parameter(&w, "unused", (int64_t[]){4, 200}, 2, long_data, sizeof long_data);
    add_op(&w, "sum", "Add", "x w");
    add_output(&w, "sum");
    expect_answer(&w, (float[]){2, -4, 6, -8});
}

static void numbers_become_scalars_of_the_tensors_type(void **state) {
    (void)state;
    struct model_writer w = {.graph = {.used = 0}};
    add_input(&w, "x", vector4, 1);
    add_constant(&w, "two", int_attribute("value", 2));
    add_constant(&w, "half", float_attribute("value", 0.5f));
    add_op(&w, "a", "Muls", "x two");
    add_op(&w, "b", "Muls", "x half");
    add_op(&w, "difference", "Sub", "a b");
    add_output(&w, "difference");
    expect_answer(&w, (float[]){1.5f, -3, 4.5f, -6});
}

static void tuples_are_taken_apart(void **state) {
    (void)state;
    struct model_writer w = relu_model();
    w.graph.used = 0;
    add_input(&w, "x", vector4, 1);
    add_node(&w, "relu", "relu", "x");
    add_constant(&w, "minus_one", int_attribute("value", -1));
    add_op(&w, "pair", "MakeTuple", "x relu");
    add_op(&w, "second", "TupleGetItem", "pair minus_one");
    add_output(&w, "second");
    expect_answer(&w, (float[]){1, 0, 3, 0});
}

static void side_effects_vanish(void **state) {
    (void)state;
    struct model_writer w = {.graph = {.used = 0}};
    add_input(&w, "x", vector4, 1);
    add_parameter(&w, "w", vector4, 1, numbers, sizeof numbers);
    add_constant(&w, "u", kind_attribute("value", 23));
    add_op(&w, "load", "Load", "w u");
    add_op(&w, "tuple", "MakeTuple", "load");
    add_op(&w, "state", "UpdateState", "u tuple");
    add_op(&w, "sum", "Sub", "x load");
    add_op(&w, "depend", "Depend", "sum state");
    add_output(&w, "depend");
    expect_answer(&w, (float[]){0, 0, 0, 0});
}

static void a_reshape_takes_a_tuple(void **state) {
    (void)state;
    struct model_writer w = {.graph = {.used = 0}};
    add_input(&w, "x", vector4, 1);
    add_constant(&w, "shape", ints_attribute("value", (int64_t[]){2, -1}, 2));
    add_op(&w, "r", "Reshape", "x shape");
    add_constant(&w, "perm", ints_attribute("value", (int64_t[]){1, 0}, 2));
    add_op(&w, "t", "Transpose", "r perm");
    add_output(&w, "t");
    expect_answer(&w, (float[]){1, 3, -2, -4});
}

static void a_tensor_constant_is_an_operand(void **state) {
    (void)state;
    struct model_writer w = {.graph = {.used = 0}};
    const struct bytes tensor = tensor_message(NULL, PROTO_FLOAT, vector4, 1, numbers, sizeof numbers);
    add_input(&w, "x", vector4, 1);
    add_constant(&w, "c", tensor_attribute("value", &tensor));
    add_op(&w, "m", "Mul", "x c");
    add_output(&w, "m");
    expect_answer(&w, (float[]){1, 4, 9, 16});
}

/* What an output declares of itself may be longer than what an outline leaves in the file. */
static void an_output_may_declare_a_long_tuple(void **state) {
    (void)state;
    struct model_writer w = relu_model();
    struct bytes info = {.used = 0}, declared = kind_attribute("", 20);
    const struct bytes tensor = tensor_message("", PROTO_FLOAT, vector4, 1, NULL, 0);
    const struct bytes element = tensor_attribute("", &tensor);
    for (int i = 0; i < 200; i++)
        put_message(&declared, 17, &element);
    assert_true(declared.used > OUTLINE_KEEP_BYTES);
    w.graph.used = 0;
    add_input(&w, "x", vector4, 1);
    add_node(&w, "relu", "relu", "x");
    put_text(&info, VALUE_INFO_NAME, "relu");
    put_message(&info, VALUE_INFO_ATTR_INFO, &declared);
    put_message(&w.graph, GRAPH_OUTPUT, &info);
    expect_answer(&w, (float[]){1, 0, 3, 0});
}

/* Wrong models */

static void wrong_graphs_are_named(void **state) {
    (void)state;
    struct model_writer w = relu_model();
    add_node(&w, "again", "relu", "later");
    expect_model_error(&w, MSW_INVALID, "node 'again' (ReLU): input 'later' is not defined before it is used");

    w = relu_model();
    add_node(&w, "relu", "relu", "g:x");
    const struct bytes twice = finish_model(&w);
    struct msw_model *model;
    assert_int_equal(load(&model, &twice), MSW_INVALID);
    assert_non_null(strstr(msw_error()->text, "name 'relu' is used twice"));
    assert_true(msw_error()->offset > 0);
    msw_model_free(model);

    w = relu_model();
    w.graph.used = 0;
    add_input(&w, "x", vector4, 1);
    expect_model_error(&w, MSW_INVALID, "the graph returns nothing");
    add_output(&w, "nobody");
    expect_model_error(&w, MSW_INVALID, "input 'nobody' is not defined before it is used");
}

static void unknown_operators_are_named(void **state) {
    (void)state;
    struct model_writer w = relu_model();
    add_op(&w, "node", "FancyNewOp", "relu");
    expect_model_error(&w, MSW_UNSUPPORTED, "node 'node' (FancyNewOp): this operator of MindIR is not supported");

    w = relu_model();
    add_node(&w, "call", "nowhere", "relu");
    expect_model_error(&w, MSW_INVALID, "node 'call' (nowhere): calls what is neither a primitive nor a function");
}

static void wrong_operands_are_named(void **state) {
    (void)state;
    struct model_writer w = relu_model();
    add_op(&w, "sum", "Add", "relu");
    expect_model_error(&w, MSW_INVALID, "node 'sum' (Add): input 'y' is missing");

    w = relu_model();
    add_op(&w, "sum", "Add", "relu relu relu");
    expect_model_error(&w, MSW_INVALID, "node 'sum' (Add): has 3 inputs, more than it takes");

    w = relu_model();
    add_constant(&w, "text", text_attribute("value", "word"));
    add_op(&w, "sum", "Add", "relu text");
    expect_model_error(&w, MSW_INVALID, "node 'sum' (Add): input 'y' must be a tensor");

    w = relu_model();
    add_op(&w, "s", "Softmax", "relu relu");
    expect_model_error(&w, MSW_INVALID,
                       "node 's' (Softmax): input 'axis' must be a constant whole number or a tuple of them");

    w = relu_model();
    add_constant(&w, "axes", ints_attribute("value", (int64_t[]){0, 1}, 2));
    add_op(&w, "s", "Softmax", "relu axes");
    expect_model_error(&w, MSW_UNSUPPORTED, "node 's' (Softmax): input 'axis' must be one whole number, got 2");

    w = relu_model();
    add_constant(&w, "text", text_attribute("value", "word"));
    add_op(&w, "m", "Muls", "g:x text");
    expect_model_error(&w, MSW_UNSUPPORTED, "node 'm' (Muls): the second input must be a constant number");

    w = relu_model();
    add_constant(&w, "i", int_attribute("value", 7));
    add_op(&w, "pair", "MakeTuple", "relu i");
    add_op(&w, "item", "TupleGetItem", "pair i");
    expect_model_error(&w, MSW_INVALID, "node 'item' (TupleGetItem): index 7 is outside a tuple of 2");

    w = relu_model();
    add_op(&w, "item", "TupleGetItem", "relu relu");
    expect_model_error(&w, MSW_INVALID, "node 'item' (TupleGetItem): needs a tuple and a constant index");

    w = relu_model();
    add_op(&w, "load", "Load", "");
    expect_model_error(&w, MSW_INVALID, "node 'load' (Load): takes at least 1 inputs, got 0");

    w = relu_model();
    add_constant(&w, "mixed", float_attribute("value", 1));
    add_op(&w, "tuple", "MakeTuple", "mixed");
    add_op(&w, "r", "Reshape", "relu tuple");
    expect_model_error(&w, MSW_UNSUPPORTED,
                       "node 'r' (Reshape): input 'shape' is a tuple of other things than whole numbers");
    w = relu_model();
    add_constant(&w, "mixed", float_attribute("value", 1));
    add_op(&w, "tuple", "MakeTuple", "mixed");
    add_op(&w, "t", "Transpose", "relu tuple");
    expect_model_error(&w, MSW_INVALID, "node 't' (Transpose): input 'perm' must hold whole numbers alone");
}

static void a_tuple_of_what_is_no_number_is_named(void **state) {
    (void)state;
    struct model_writer w = relu_model();
    add_constant(&w, "two", int_attribute("value", 2));
    add_op(&w, "tuple", "MakeTuple", "relu two");
    add_op(&w, "r", "Reshape", "relu tuple");
    expect_model_error(&w, MSW_INVALID,
                       "node 'shape' (Stack): float32[4] and int64[] cannot be stacked: they must be of one type");
}

/* A convolution whose primitive has these attributes. */
static void expect_conv_error(int count, const struct bytes *a, const struct bytes *b, const struct bytes *c,
                              const struct bytes *d, enum msw_status status, const char *text) {
    struct model_writer w = {.graph = {.used = 0}};
    add_input(&w, "x", (int64_t[]){1, 1, 2, 2}, 4);
    add_parameter(&w, "w", (int64_t[]){1, 1, 2, 2}, 4, numbers, sizeof numbers);
    add_primitive(&w, "c", "Conv2D", count, a, b, c, d);
    add_node(&w, "c", "c", "x w");
    add_output(&w, "c");
    expect_model_error(&w, status, text);
}

static void attributes_are_checked(void **state) {
    (void)state;
    const int64_t ones[] = {1, 1, 1, 1}, zeros[] = {1, 1, 0, 1};
    const struct bytes same = text_attribute("pad_mode", "same"), odd = text_attribute("pad_mode", "round");
    const struct bytes stride = ints_attribute("stride", ones, 4), zero_stride = ints_attribute("stride", zeros, 4);
    const struct bytes dilation = ints_attribute("dilation", ones, 4), short_list = ints_attribute("stride", ones, 3);
    const struct bytes group = float_attribute("group", 1), layout = text_attribute("format", "NHWC");
    const struct bytes word = int_attribute("pad_mode", 1), no_group = int_attribute("group", 0);
    expect_conv_error(0, NULL, NULL, NULL, NULL, MSW_INVALID, "node 'c' (Conv2D): attribute 'pad_mode' is missing");
    expect_conv_error(1, &odd, NULL, NULL, NULL, MSW_INVALID,
                      "node 'c' (Conv2D): attribute 'pad_mode' must be pad, same or valid");
    expect_conv_error(1, &word, NULL, NULL, NULL, MSW_INVALID,
                      "node 'c' (Conv2D): attribute 'pad_mode' must be pad, same or valid");
    expect_conv_error(1, &same, NULL, NULL, NULL, MSW_INVALID, "node 'c' (Conv2D): attribute 'stride' is missing");
    expect_conv_error(2, &same, &short_list, NULL, NULL, MSW_INVALID,
                      "node 'c' (Conv2D): attribute 'stride' must be a tuple of 4 whole numbers");
    expect_conv_error(2, &same, &stride, NULL, NULL, MSW_INVALID, "node 'c' (Conv2D): attribute 'dilation' is missing");
    expect_conv_error(4, &same, &stride, &dilation, &group, MSW_INVALID,
                      "node 'c' (Conv2D): attribute 'group' must be a whole number");
    expect_conv_error(4, &same, &stride, &dilation, &layout, MSW_UNSUPPORTED,
                      "node 'c' (Conv2D): attribute 'format' must be NCHW or NCDHW");
    expect_conv_error(3, &same, &zero_stride, &dilation, NULL, MSW_INVALID,
                      "node 'c' (Conv2D): strides[0] must be in 1..536870911, got 0");
    expect_conv_error(4, &same, &stride, &dilation, &no_group, MSW_INVALID,
                      "node 'c' (Conv2D): group must divide 1 input and 1 output channels, got 0");
}

static void wrong_tensors_are_named(void **state) {
    (void)state;
    static const struct {
        int64_t data_type, dims[9];
        size_t rank, bytes;
        enum msw_status status;
        const char *text;
    } cases[] = {
        {1, {5}, 1, 16, MSW_INVALID, "constant 'w': float32[5] needs 20 bytes, the file has 16"},
        {1, {-1}, 1, 16, MSW_INVALID, "constant 'w': float32[?] is not a shape of at most 2147483647 bytes"},
        {1, {-2}, 1, 16, MSW_INVALID, "constant 'w': float32[...] is not a shape of at most 2147483647 bytes"},
        {1, {-3}, 1, 16, MSW_INVALID, "dimension 0 is -3"},
        {1, {INT64_MAX}, 1, 16, MSW_INVALID, "dimension 0 is 9223372036854775807"},
        {1,
         {65536, 65536, 65536, 65536},
         4,
         16,
         MSW_INVALID,
         "constant 'w': float32[65536,65536,65536,65536] is not a shape of at most 2147483647 bytes"},
        {1, {1, 1, 1, 1, 1, 1, 1, 1, 1}, 9, 4, MSW_INVALID, "more than 8 dimensions"},
        {10, {4}, 1, 16, MSW_INVALID, "constant 'w': float16[4] needs 8 bytes, the file has 16"},
        {16, {3, 2}, 2, 11, MSW_INVALID, "constant 'w': bfloat16[3,2] needs 12 bytes, the file has 11"},
        {10,
         {INT32_MAX},
         1,
         16,
         MSW_INVALID,
         "constant 'w': float16[2147483647] is not a shape of at most 2147483647 bytes"},
        {9, {4}, 1, 0, MSW_INVALID, "constant 'w': bool[4] needs 4 bytes, the file has 0"},
        {14, {4}, 1, 8, MSW_UNSUPPORTED, "data type complex64 is not supported"},
        {99, {4}, 1, 8, MSW_INVALID, "99 is not a data type of MindIR"},
        {-1, {4}, 1, 8, MSW_INVALID, "-1 is not a data type of MindIR"},
        {0, {4}, 1, 8, MSW_INVALID, "constant 'w' has no data type"},
    };
    static const unsigned char zeros[64];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct model_writer w = relu_model();
        const struct bytes tensor =
            tensor_message("w", cases[i].data_type, cases[i].dims, cases[i].rank, zeros, cases[i].bytes);
        put_message(&w.graph, GRAPH_PARAMETER, &tensor);
        const struct bytes file = finish_model(&w);
        struct msw_model *model;
        assert_int_equal(load(&model, &file), cases[i].status);
        assert_string_equal(strstr(msw_error()->text, ": ") + 2, cases[i].text);
        assert_true(msw_error()->offset > 0);
        msw_model_free(model);
    }
}

/* A Constant node holds a tensor like any parameter. */
static void wrong_constants_are_named(void **state) {
    (void)state;
    struct model_writer w = relu_model();
    const struct bytes tensor = tensor_message(NULL, 10, vector4, 1, numbers, 6);
    add_constant(&w, "c", tensor_attribute("value", &tensor));
    add_op(&w, "sum", "Add", "relu c");
    const struct bytes file = finish_model(&w);
    struct msw_model *model;
    assert_int_equal(load(&model, &file), MSW_INVALID);
    assert_non_null(strstr(msw_error()->text, "node 'sum' (Add): "));
    assert_non_null(strstr(msw_error()->text, "constant 'y': float16[4] needs 8 bytes, the file has 6"));
    assert_true(msw_error()->offset > 0);
    msw_model_free(model);
}

/* A tensor with one more field. */
static void expect_tensor_field_error(uint32_t number, enum msw_status status, const char *text) {
    struct model_writer w = relu_model();
    struct bytes tensor = tensor_message("w", PROTO_FLOAT, vector4, 1, NULL, 0);
    put_int(&tensor, number, 1);
    put_message(&w.graph, GRAPH_PARAMETER, &tensor);
    const struct bytes file = finish_model(&w);
    struct msw_model *model;
    assert_int_equal(load(&model, &file), status);
    assert_string_equal(strstr(msw_error()->text, ": ") + 2, text);
    msw_model_free(model);
}

static void unsupported_storage_is_named(void **state) {
    (void)state;
    expect_tensor_field_error(12, MSW_INVALID, "field 12 has wire type 0, expected 2");
    expect_tensor_field_error(16, MSW_UNSUPPORTED, "compressed weights are not supported");
    expect_tensor_field_error(3, MSW_UNSUPPORTED,
                              "field 3 of a tensor is not supported: MindSpore writes numbers as raw_data");
    expect_tensor_field_error(9, MSW_INVALID, "raw_data has wire type 0, expected 2");
    expect_tensor_field_error(7, MSW_INVALID, "field 7 has wire type 0, expected 2");
}

static void inputs_must_be_tensors_of_a_shape_that_fits(void **state) {
    (void)state;
    struct model_writer w = relu_model();
    struct bytes info = {.used = 0};
    put_text(&info, VALUE_INFO_NAME, "g:y");
    put_message(&w.graph, GRAPH_INPUT, &info);
    struct bytes file = finish_model(&w);
    struct msw_model *model;
    assert_int_equal(load(&model, &file), MSW_UNSUPPORTED);
    assert_non_null(strstr(msw_error()->text, "input 'y' is not a tensor of known type"));
    msw_model_free(model);

    w = relu_model();
    add_input(&w, "g:y", (int64_t[]){1 << 20, 1 << 20, 0}, 3);
    file = finish_model(&w);
    assert_int_equal(load(&model, &file), MSW_INVALID);
    assert_non_null(strstr(msw_error()->text, "input 'y': float32[1048576,1048576,0] is not a shape"));
    msw_model_free(model);
}

static void unknown_dims_are_given_by_the_run(void **state) {
    (void)state;
    struct model_writer w = {.graph = {.used = 0}};
    add_input(&w, "x", (int64_t[]){-1}, 1);
    add_op(&w, "relu", "ReLU", "x");
    add_output(&w, "relu");
    const struct bytes file = finish_model(&w);
    struct msw_model *model;
    assert_int_equal(load(&model, &file), MSW_OK);
    assert_null(msw_run_new(model, NULL));
    assert_string_equal(msw_error()->text, "input 'x' is float32[?]: its type must be given");
    struct msw_run *run = msw_run_new(model, &(struct msw_type){.dtype = MSW_FLOAT32, .rank = 1, .dims = {3}});
    assert_non_null(run);
    assert_int_equal(msw_run_output(run, 0)->type.dims[0], 3);
    msw_run_free(run);
    assert_null(msw_run_new(model, &(struct msw_type){.dtype = MSW_INT32, .rank = 1, .dims = {3}}));
    assert_string_equal(msw_error()->text, "input 'x' is int32[3], the model expects float32[?]");
    msw_model_free(model);
}

static void what_a_model_may_not_be_is_named(void **state) {
    (void)state;
    const struct model_writer w = relu_model();
    struct bytes file = finish_model(&w);
    put_int(&file, MODEL_MIND_IR_VERSION, 4);
    struct msw_model *model;
    assert_int_equal(load(&model, &file), MSW_UNSUPPORTED);
    assert_non_null(strstr(msw_error()->text, "MindIR version 4, versions up to 3 are read"));
    msw_model_free(model);

    file = finish_model(&w);
    put_int(&file, MODEL_LITTLE_ENDIAN, 0);
    assert_int_equal(load(&model, &file), MSW_UNSUPPORTED);
    assert_non_null(strstr(msw_error()->text, "big endian weights are not supported"));
    msw_model_free(model);

    file = finish_model(&w);
    put_bytes(&file, MODEL_GRAPH, "", 0);
    expect_error(&file, MSW_INVALID, "the file must hold one graph, it holds 2");

    struct model_writer twins = relu_model();
    add_primitive(&twins, "relu", "ReLU", 0);
    expect_model_error(&twins, MSW_INVALID, "two primitives have one name");

    struct model_writer map = relu_model();
    put_bytes(&map.graph, GRAPH_MAP_PARAMETER, "", 0);
    file = finish_model(&map);
    assert_int_equal(load(&model, &file), MSW_UNSUPPORTED);
    assert_non_null(strstr(msw_error()->text, "map parameters are not supported"));
    msw_model_free(model);
}

static void nodes_have_one_output_and_a_known_kind(void **state) {
    (void)state;
    struct model_writer w = relu_model();
    struct bytes node = {.used = 0};
    put_text(&node, NODE_NAME, "n");
    put_text(&node, NODE_OP_TYPE, "ReLU");
    put_message(&w.graph, GRAPH_NODE, &node);
    expect_model_error(&w, MSW_INVALID, "node 'n' (?): must have one output name, has 0");

    w = relu_model();
    put_text(&node, NODE_OUTPUT, "n");
    put_message(&w.graph, GRAPH_NODE, &node);
    expect_model_error(&w, MSW_INVALID, "node 'n' (ReLU): op_type must be Constant or begin with REF::");
}

static void a_declared_shape_must_be_the_true_one(void **state) {
    (void)state;
    struct model_writer w = relu_model();
    const struct bytes wrong = tensor_message(NULL, PROTO_FLOAT, (int64_t[]){5}, 1, NULL, 0);
    const struct bytes shape = tensor_attribute("shape", &wrong);
    struct bytes node = {.used = 0};
    put_text(&node, NODE_INPUT, "relu");
    put_text(&node, NODE_OUTPUT, "n");
    put_text(&node, NODE_NAME, "n");
    put_text(&node, NODE_OP_TYPE, "REF::relu");
    put_text(&node, NODE_DOMAIN, "Default/second");
    put_message(&node, NODE_ATTRIBUTE, &shape);
    put_message(&w.graph, GRAPH_NODE, &node);
    expect_model_error(&w, MSW_INVALID,
                       "node 'Default/second' (ReLU): the output is float32[4], but the model declares float32[5]");
}

static void names_must_be_utf8_and_short(void **state) {
    (void)state;
    char long_name[OUTLINE_KEEP_BYTES + 2];
    memset(long_name, 'n', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = '\0';
    static const char *const bad[] = {"a\xff", "\xc0\x80", "\xed\xa0\x80", "\xe2\x82"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct model_writer w = relu_model();
        add_input(&w, bad[i], vector4, 1);
        const struct bytes file = finish_model(&w);
        struct msw_model *model;
        assert_int_equal(load(&model, &file), MSW_INVALID);
        assert_non_null(strstr(msw_error()->text, "invalid UTF-8"));
        msw_model_free(model);
    }
    struct model_writer w = relu_model();
    add_input(&w, long_name, vector4, 1);
    const struct bytes file = finish_model(&w);
    struct msw_model *model;
    assert_int_equal(load(&model, &file), MSW_INVALID);
    assert_non_null(strstr(msw_error()->text, "text too long to be a name"));
    msw_model_free(model);
}

/* Tuples of tuples: 2^40 results from a file of 2 KB. */
static void a_result_that_unfolds_without_end_is_refused(void **state) {
    (void)state;
    struct model_writer w = relu_model();
    w.graph.used = 0;
    add_input(&w, "t00", vector4, 1);
    add_primitive(&w, "tuple", "MakeTuple", 0);
    char from[] = "t00 t00", to[] = "t00";
    for (int i = 1; i < 40; i++) {
        to[1] = (char)('0' + i / 10);
        to[2] = (char)('0' + i % 10);
        add_node(&w, to, "tuple", from);
        memcpy(from, to, 3);
        memcpy(from + 4, to, 3);
    }
    add_output(&w, "t39");
    expect_model_error(&w, MSW_LIMIT, "the result is a tuple of more than 4096 parts or 32 levels");
}

static void nesting_too_deep_is_refused(void **state) {
    (void)state;
    static const int depths[] = {101, 1500};
    for (size_t i = 0; i < 2; i++) {
        struct model_writer w = relu_model();
        struct bytes inner = {.used = 0};
        for (int d = 0; d < depths[i]; d++) { /* attribute values inside each other, from the innermost out */
            struct bytes outer = {.used = 0};
            put_int(&outer, 16, 20);
            put_message(&outer, 17, &inner);
            inner = outer;
        }
        add_constant(&w, "deep", inner);
        const struct bytes file = finish_model(&w);
        struct msw_model *model;
        assert_int_equal(load(&model, &file), MSW_INVALID);
        assert_non_null(strstr(msw_error()->text, "nesting deeper than 100"));
        msw_model_free(model);
    }
}

static void unknown_fields_and_groups_are_passed_over(void **state) {
    (void)state;
    struct model_writer w = relu_model();
    put_int(&w.graph, 77, 5);
    put_key(&w.graph, 78, WIRE_GROUP);
    put_text(&w.graph, 3, "anything");
    put_key(&w.graph, 79, WIRE_GROUP);
    put_key(&w.graph, 79, WIRE_GROUP_END);
    put_key(&w.graph, 78, WIRE_GROUP_END);
    put_float(&w.graph, 80, 1);
    expect_answer(&w, (float[]){1, 0, 3, 0});
}

/* Groups inside an unknown field, `depth` of them. */
static void expect_group_error(int depth) {
    struct model_writer w = relu_model();
    for (int i = 0; i < depth; i++)
        put_key(&w.graph, 78, WIRE_GROUP);
    for (int i = 0; i < depth; i++)
        put_key(&w.graph, 78, WIRE_GROUP_END);
    const struct bytes file = finish_model(&w);
    struct msw_model *model;
    assert_int_equal(load(&model, &file), MSW_INVALID);
    assert_non_null(strstr(msw_error()->text, "nesting deeper than 100"));
    msw_model_free(model);
}

static void groups_too_deep_are_refused(void **state) {
    (void)state;
    expect_group_error(101);
    expect_group_error(5000);
}

static unsigned char *read_digits(size_t *bytes) {
    FILE *file = fopen("test/models/digits.mindir", "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    *bytes = (size_t)ftell(file);
    assert_int_equal(fseek(file, 0, SEEK_SET), 0);
    unsigned char *data = malloc(*bytes);
    assert_int_equal(fread(data, 1, *bytes, file), *bytes);
    assert_int_equal(fclose(file), 0);
    return data;
}

static void every_truncation_of_a_real_model_is_an_error(void **state) {
    (void)state;
    size_t bytes;
    unsigned char *file = read_digits(&bytes);
    size_t accepted = 0;
    for (size_t length = 0; length < bytes; length++) {
        struct msw_model *model = msw_model_open(length);
        assert_non_null(model);
        const enum msw_status status = drive_load(model, file, length);
        if (status == MSW_OK)
            accepted++; /* cut behind a whole field of the model, after all that matters */
        else
            assert_true(msw_error()->text[0] != '\0' && (status == MSW_INVALID || status == MSW_UNSUPPORTED));
        if (status != MSW_OK && length > 64)
            assert_true(msw_error()->offset >= 0 || msw_error()->node == -1);
        msw_model_free(model);
    }
    assert_true(accepted < 4);
    free(file);
}

static void a_flipped_byte_never_does_harm(void **state) {
    (void)state;
    size_t bytes;
    unsigned char *file = read_digits(&bytes);
    uint32_t random = 1;
    for (int i = 0; i < 3000; i++) {
        random = random * 1664525u + 1013904223u;
        const size_t at = i < 1500 ? (random >> 8) % bytes : bytes - 1 - (random >> 8) % 6000;
        const unsigned char old = file[at];
        file[at] ^= (unsigned char)(1u << (random & 7));
        struct msw_model *model = msw_model_open(bytes);
        assert_non_null(model);
        if (drive_load(model, file, bytes) != MSW_OK)
            assert_true(msw_error()->text[0] != '\0');
        msw_model_free(model);
        file[at] = old;
    }
    free(file);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_model_runs),
        cmocka_unit_test(a_model_tells_of_itself),
        cmocka_unit_test(parameters_are_read_long_and_short),
        cmocka_unit_test(numbers_become_scalars_of_the_tensors_type),
        cmocka_unit_test(tuples_are_taken_apart),
        cmocka_unit_test(side_effects_vanish),
        cmocka_unit_test(a_reshape_takes_a_tuple),
        cmocka_unit_test(a_tensor_constant_is_an_operand),
        cmocka_unit_test(an_output_may_declare_a_long_tuple),
        cmocka_unit_test(wrong_graphs_are_named),
        cmocka_unit_test(unknown_operators_are_named),
        cmocka_unit_test(wrong_operands_are_named),
        cmocka_unit_test(a_tuple_of_what_is_no_number_is_named),
        cmocka_unit_test(attributes_are_checked),
        cmocka_unit_test(wrong_tensors_are_named),
        cmocka_unit_test(wrong_constants_are_named),
        cmocka_unit_test(unsupported_storage_is_named),
        cmocka_unit_test(inputs_must_be_tensors_of_a_shape_that_fits),
        cmocka_unit_test(unknown_dims_are_given_by_the_run),
        cmocka_unit_test(what_a_model_may_not_be_is_named),
        cmocka_unit_test(nodes_have_one_output_and_a_known_kind),
        cmocka_unit_test(a_declared_shape_must_be_the_true_one),
        cmocka_unit_test(names_must_be_utf8_and_short),
        cmocka_unit_test(a_result_that_unfolds_without_end_is_refused),
        cmocka_unit_test(nesting_too_deep_is_refused),
        cmocka_unit_test(unknown_fields_and_groups_are_passed_over),
        cmocka_unit_test(groups_too_deep_are_refused),
        cmocka_unit_test(every_truncation_of_a_real_model_is_an_error),
        cmocka_unit_test(a_flipped_byte_never_does_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
