/* pass_conv_depthwise_test.c - which convolutions become one with that of each channel behind them. Images have their channels last, as this pass finds
 * them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "graph/pass_test.h"

static void a_large_image_between_goes_away(void **state) {
    (void)state;
    expect_pass(pass_conv_depthwise,
                "input x float32[1,112,112,16]\n"
                "const w float32[96,16,1,1]\n"
                "const v float32[96,1,3,3]\n"
                "const u float32[24,96,1,1]\n"
                "y = Conv2D(x, w) channels_last=1\n"
                "z = Conv2D(y, v) strides=2,2 pads=0,1,0,1 group=96 channels_last=1\n"
                "a = Conv2D(z, u) channels_last=1\n"
                "output a\n",
                "z = ConvDepthwise(x, w, v) strides=1,1,2,2 dilations=1,1,1,1 pads=0,0,0,0,0,1,0,1 pad_mode=0,0\n"
                "a = Conv2D(z, u) channels_last=1\n"
                "output a\n",
                1);
}

static void any_window_can_be_the_first(void **state) {
    (void)state;
    expect_pass(pass_conv_depthwise,
                "input x float32[1,224,224,3]\n"
                "const w float32[32,3,3,3]\n"
                "const v float32[32,1,5,5]\n"
                "y = Conv2D(x, w) strides=2,2 pad_mode=1 channels_last=1\n"
                "z = Conv2D(y, v) dilations=2,1 pad_mode=2 group=32 channels_last=1\n"
                "output z\n",
                "z = ConvDepthwise(x, w, v) strides=2,2,1,1 dilations=1,1,2,1 pads=0,0,0,0,0,0,0,0 pad_mode=1,2\n"
                "output z\n",
                1);
}

static const char fused[] = "input x float32[1,112,112,16]\n"
                            "input r float32[1,112,112,96]\n"
                            "const w float32[96,16,1,1]\n"
                            "const v float32[96,1,3,3]\n"
                            "const b float32[96]\n"
                            "const c float32[96]\n"
                            "p = Conv2D(x, w) channels_last=1\n"
                            "q = Add(p, b)\n"
                            "y = ReLU6(q)\n"
                            "s = Conv2D(y, v) pad_mode=1 group=96 channels_last=1\n"
                            "t = Add(s, c)\n"
                            "n = Add(t, r)\n"
                            "z = ReLU(n)\n"
                            "output z\n";

static bool fuse_and_join(struct graph *graph, uint32_t *changes, struct error *err) {
    uint32_t fusions = 0;
    return pass_fuse(graph, &fusions, err) && pass_conv_depthwise(graph, changes, err);
}

static void what_is_fused_to_both_stays_with_them(void **state) {
    (void)state;
    expect_pass(fuse_and_join, fused,
                "z = ConvDepthwise(x, w, v, b, c, r) strides=1,1,1,1 dilations=1,1,1,1 pads=0,0,0,0,0,0,0,0 "
                "pad_mode=0,1 (first + bias, ReLU6) + bias + residual, ReLU\n"
                "output z\n",
                1);
}

static void a_joined_node_knows_its_parts(void **state) {
    (void)state;
    expect_parts(fuse_and_join, fused, "s: p q y s t n z\n");
}

/* Depthwise twice in a row: the second finds no convolution of one group before it. */
static void others_stay_as_they_are(void **state) {
    (void)state;
    expect_unchanged(pass_conv_depthwise, "input x float32[1,112,112,96]\n"
                                          "input s float32[1,28,28,192]\n"
                                          "const a float32[96,1,3,3]\n"
                                          "const b float32[96,96,1,1]\n"
                                          "const c float32[96,2,3,3]\n"
                                          "const d float32[192,192,1,1]\n"
                                          "const e float32[192,1,3,3]\n"
                                          "const f float32[96,96,3,3]\n"
                                          "p = Conv2D(x, a) group=96 channels_last=1\n"
                                          "q = Conv2D(p, a) group=96 channels_last=1\n"
                                          "twice = Conv2D(x, b) channels_last=1\n"
                                          "r = Conv2D(twice, a) group=96 channels_last=1\n"
                                          "groups = Conv2D(x, b) channels_last=1\n"
                                          "t = Conv2D(groups, c) group=48 channels_last=1\n"
                                          "small = Conv2D(s, d) channels_last=1\n"
                                          "u = Conv2D(small, e) group=192 channels_last=1\n"
                                          "tiles = Conv2D(x, f) channels_last=1 winograd=4\n"
                                          "v = Conv2D(tiles, a) group=96 channels_last=1\n"
                                          "output q\n"
                                          "output r\n"
                                          "output twice\n"
                                          "output t\n"
                                          "output u\n"
                                          "output v\n");
}

/* Each thread would make most of the image between. */
static void windows_as_high_as_the_image_stay_as_they_are(void **state) {
    (void)state;
    expect_unchanged(pass_conv_depthwise, "input x float32[1,65,65,256]\n"
                                          "const w float32[512,256,1,1]\n"
                                          "const v float32[512,1,3,3]\n"
                                          "const u float32[512,1,9,1]\n"
                                          "p = Conv2D(x, w) channels_last=1\n"
                                          "y = Conv2D(p, v) dilations=24,24 group=512 channels_last=1\n"
                                          "q = Conv2D(x, w) channels_last=1\n"
                                          "z = Conv2D(q, u) group=512 channels_last=1\n"
                                          "output y\n"
                                          "output z\n");
}

static void halves_would_not_be_rounded_between(void **state) {
    (void)state;
    expect_unchanged(pass_conv_depthwise, "input x float16[1,112,112,96]\n"
                                          "const w float16[96,96,1,1]\n"
                                          "const v float16[96,1,3,3]\n"
                                          "y = Conv2D(x, w) channels_last=1\n"
                                          "z = Conv2D(y, v) group=96 channels_last=1\n"
                                          "output z\n");
}

static void open_images_stay_as_they_are(void **state) {
    (void)state;
    expect_unchanged(pass_conv_depthwise, "input x float32[-1,112,112,96]\n"
                                          "const w float32[96,96,1,1]\n"
                                          "const v float32[96,1,3,3]\n"
                                          "y = Conv2D(x, w) channels_last=1\n"
                                          "z = Conv2D(y, v) group=96 channels_last=1\n"
                                          "output z\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_large_image_between_goes_away),
        cmocka_unit_test(any_window_can_be_the_first),
        cmocka_unit_test(what_is_fused_to_both_stays_with_them),
        cmocka_unit_test(a_joined_node_knows_its_parts),
        cmocka_unit_test(others_stay_as_they_are),
        cmocka_unit_test(windows_as_high_as_the_image_stay_as_they_are),
        cmocka_unit_test(halves_would_not_be_rounded_between),
        cmocka_unit_test(open_images_stay_as_they_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
