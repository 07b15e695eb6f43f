/* Which convolutions go by Winograd's tiles, on graphs written as text. Images have their channels last, as this pass finds them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "graph/pass_test.h"

static void a_convolution_of_3_x_3_takes_large_tiles(void **state) {
    (void)state;
    expect_pass(pass_choose_winograd,
                "input x float32[1,56,56,64]\n"
                "const w float32[64,64,3,3]\n"
                "y = Conv2D(x, w) pad_mode=1 channels_last=1\n"
                "output y\n",
                "y = Conv2D(x, w) pad_mode=1 channels_last=1 winograd=4 in_run=1\n"
                "output y\n",
                1);
}

static void others_stay_as_they_are(void **state) {
    (void)state;
    expect_unchanged(pass_choose_winograd, "input x float32[1,56,56,64]\n"
                                           "const a float32[64,64,3,3]\n"
                                           "const b float32[64,64,1,1]\n"
                                           "const c float32[64,32,3,3]\n"
                                           "const d float32[64,1,3,3]\n"
                                           "const e float32[64,64,3,1]\n"
                                           "p = Conv2D(x, a) channels_last=1 strides=2,2\n"
                                           "q = Conv2D(x, a) channels_last=1 dilations=2,2\n"
                                           "r = Conv2D(x, b) channels_last=1\n"
                                           "s = Conv2D(x, c) channels_last=1 group=2\n"
                                           "t = Conv2D(x, d) channels_last=1 group=64\n"
                                           "u = Conv2D(x, e) channels_last=1\n"
                                           "output p\n"
                                           "output q\n"
                                           "output r\n"
                                           "output s\n"
                                           "output t\n"
                                           "output u\n");
}

static void weights_that_come_with_a_run_stay_as_they_are(void **state) {
    (void)state;
    expect_unchanged(pass_choose_winograd, "input x float32[1,56,56,64]\n"
                                           "input w float32[64,64,3,3]\n"
                                           "y = Conv2D(x, w) channels_last=1\n"
                                           "output y\n");
}

static void images_that_are_very_deep_take_too_much_room(void **state) {
    (void)state;
    expect_unchanged(pass_choose_winograd, "input x float32[1,14,14,8192]\n"
                                           "const w float32[64,8192,3,3]\n"
                                           "y = Conv2D(x, w) pad_mode=1 channels_last=1\n"
                                           "output y\n");
}

/* One point takes as long either way; three channels leave little to save. */
static void small_images_and_few_channels_stay_as_they_are(void **state) {
    (void)state;
    expect_unchanged(pass_choose_winograd, "input x float32[1,3,3,64]\n"
                                           "input i float32[1,224,224,3]\n"
                                           "const w float32[64,64,3,3]\n"
                                           "const v float32[64,3,3,3]\n"
                                           "y = Conv2D(x, w) channels_last=1\n"
                                           "j = Conv2D(i, v) channels_last=1\n"
                                           "output y\n"
                                           "output j\n");
}

/* As long for a pair of channels as so many products: 36 x (4 + 3) + 90, or 16 x (9 + 3) + 90, where weights transformed in the run count as 3 tiles and
 * reading 9 of them as 90; 9 x 36 + 90 of the plain sum. */
static void small_tiles_fit_small_images(void **state) {
    (void)state;
    expect_pass(pass_choose_winograd,
                "input x float32[1,6,6,64]\n"
                "const w float32[64,64,3,3]\n"
                "y = Conv2D(x, w) pad_mode=1 channels_last=1\n"
                "output y\n",
                "y = Conv2D(x, w) pad_mode=1 channels_last=1 winograd=2 in_run=1\n"
                "output y\n",
                1);
}

static void float16_counts_as_the_float32_it_becomes(void **state) {
    (void)state;
    expect_pass(pass_choose_winograd,
                "input x float16[1,56,56,64]\n"
                "const w float16[64,64,3,3]\n"
                "y = Conv2D(x, w) channels_last=1\n"
                "output y\n",
                "y = Conv2D(x, w) channels_last=1 winograd=4 in_run=1\n"
                "output y\n",
                1);
}

/* Growth in bytes: 108 for each pair of channels. The larger image, whose weights would be transformed for more blocks of tiles, gets 7,077,888; the 1,769,472
 * of the other one are too much besides. */
static void memory_goes_where_a_byte_saves_most(void **state) {
    (void)state;
    expect_pass(pass_choose_winograd,
                "input x float32[1,112,112,128]\n"
                "input y float32[1,112,112,256]\n"
                "const a float32[128,128,3,3]\n"
                "const b float32[256,256,3,3]\n"
                "p = Conv2D(x, a) pad_mode=1 channels_last=1\n"
                "q = Conv2D(y, b) pad_mode=1 channels_last=1\n"
                "output p\n"
                "output q\n",
                "p = Conv2D(x, a) pad_mode=1 channels_last=1 winograd=4 in_run=1\n"
                "q = Conv2D(y, b) pad_mode=1 channels_last=1 winograd=4\n"
                "output p\n"
                "output q\n",
                2);
}

/* They have one block of tiles, so that their weights are transformed once; those of an image of many tiles would be for each of 18 blocks. */
static void memory_is_for_many_blocks_of_tiles(void **state) {
    (void)state;
    expect_pass(pass_choose_winograd,
                "input x float32[1,28,28,64]\n"
                "input y float32[1,128,128,64]\n"
                "const a float32[64,64,3,3]\n"
                "const b float32[64,64,3,3]\n"
                "p = Conv2D(x, a) pad_mode=1 channels_last=1\n"
                "q = Conv2D(y, b) pad_mode=1 channels_last=1\n"
                "output p\n"
                "output q\n",
                "p = Conv2D(x, a) pad_mode=1 channels_last=1 winograd=4 in_run=1\n"
                "q = Conv2D(y, b) pad_mode=1 channels_last=1 winograd=4\n"
                "output p\n"
                "output q\n",
                2);
}

/* 1024 x 512 x 108 bytes are more than the budget; two nodes that read one weight may keep it in two forms, so that all of it counts: 4 x 256 x 256 x 36 bytes
 * in place of 27. */
static void what_is_too_much_is_transformed_in_the_run(void **state) {
    (void)state;
    expect_pass(pass_choose_winograd,
                "input x float32[1,112,112,512]\n"
                "input y float32[1,112,112,256]\n"
                "const a float32[1024,512,3,3]\n"
                "const b float32[256,256,3,3]\n"
                "p = Conv2D(x, a) channels_last=1\n"
                "q = Conv2D(y, b) channels_last=1\n"
                "r = Conv2D(y, b) channels_last=1 strides=2,2\n"
                "output p\n"
                "output q\n"
                "output r\n",
                "p = Conv2D(x, a) channels_last=1 winograd=4 in_run=1\n"
                "q = Conv2D(y, b) channels_last=1 winograd=4 in_run=1\n"
                "r = Conv2D(y, b) strides=2,2 channels_last=1\n"
                "output p\n"
                "output q\n"
                "output r\n",
                2);
}

/* As many points as ResNet's layers of so many channels have: 56 x 56 for 64, 7 x 7 for 512. */
static void unknown_images_are_taken_to_be_smaller_where_there_are_more_channels(void **state) {
    (void)state;
    struct graph_text t;
    uint32_t changes = 0;
    graph_text_read(&t, "input x float32[-1,-1,-1,64]\n"
                        "const a float32[64,64,3,3]\n"
                        "const b float32[512,64,3,3]\n"
                        "const c float32[512,512,3,3]\n"
                        "p = Conv2D(x, a) channels_last=1\n"
                        "q = Conv2D(p, b) channels_last=1\n"
                        "r = Conv2D(q, c) channels_last=1\n"
                        "output r\n");
    assert_true(pass_choose_winograd(&t.graph, &changes, &t.err));
    char text[1024];
    graph_text_print(&t.graph, text, sizeof text);
    assert_non_null(strstr(text, "p = Conv2D(x, a) channels_last=1 winograd=4 in_run=1\n"));
    assert_non_null(strstr(text, "q = Conv2D(p, b) channels_last=1 winograd=4 in_run=1\n"));
    assert_non_null(strstr(text, "r = Conv2D(q, c) channels_last=1 winograd=4 in_run=1\n"));
    assert_int_equal(changes, 3);
    graph_text_free(&t);
}

/* The functions of a model share its budget with the main graph. */
static void a_model_has_one_budget(void **state) {
    (void)state;
    static const char function[] = "input x float32[1,84,84,192]\n"
                                   "const w float32[192,192,3,3]\n"
                                   "y = Conv2D(x, w) pad_mode=1 channels_last=1\n"
                                   "output y\n",
                      main_graph[] = "input x float32[1,112,112,192]\n"
                                     "const w float32[192,192,3,3]\n"
                                     "y = Conv2D(x, w) pad_mode=1 channels_last=1\n"
                                     "output y\n";
    struct graph_text t, f;
    uint32_t changes = 0;
    graph_text_read(&t, main_graph);
    graph_text_read(&f, function);
    assert_true(graph_check_declared(&t.graph, &t.err));
    assert_true(graph_check_declared(&f.graph, &f.err));
    t.graph.functions = &f.graph;
    t.graph.function_count = 1;
    assert_true(pass_choose_winograd(&t.graph, &changes, &t.err));
    char text[1024];
    graph_text_print(&t.graph, text, sizeof text);
    /* 5,308,416 bytes, all counted, since the function might have the same weights */
    assert_non_null(strstr(text, "winograd=4\n"));
    graph_text_print(&f.graph, text, sizeof text);
    assert_non_null(strstr(text, "in_run=1\n"));
    assert_int_equal(changes, 2);
    t.graph.functions = NULL;
    t.graph.function_count = 0;
    graph_text_free(&t);
    graph_text_free(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_convolution_of_3_x_3_takes_large_tiles),
        cmocka_unit_test(others_stay_as_they_are),
        cmocka_unit_test(weights_that_come_with_a_run_stay_as_they_are),
        cmocka_unit_test(images_that_are_very_deep_take_too_much_room),
        cmocka_unit_test(small_images_and_few_channels_stay_as_they_are),
        cmocka_unit_test(small_tiles_fit_small_images),
        cmocka_unit_test(float16_counts_as_the_float32_it_becomes),
        cmocka_unit_test(memory_goes_where_a_byte_saves_most),
        cmocka_unit_test(memory_is_for_many_blocks_of_tiles),
        cmocka_unit_test(what_is_too_much_is_transformed_in_the_run),
        cmocka_unit_test(unknown_images_are_taken_to_be_smaller_where_there_are_more_channels),
        cmocka_unit_test(a_model_has_one_budget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
