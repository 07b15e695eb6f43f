/* Windows over an image, against a search: which positions fit, and which points they see. */
#include "ops/op_test.h"

#include "ops/window.h"

static const struct use_case cases[] = {
    {"MaxPool float32[2,3,5,7] kernel=3,3", MSW_OK, "float32[2,3,3,5]"},
    {"MaxPool float32[2,5,7,3] kernel=3,3 channels_last=1", MSW_OK, "float32[2,3,5,3]"},
    {"MaxPool float32[1,1,5,5] kernel=2,2 strides=2,2", MSW_OK, "float32[1,1,2,2]"},
    {"MaxPool float32[1,1,5,5] kernel=2,2 strides=2,2 pad_mode=1", MSW_OK, "float32[1,1,3,3]"},
    {"MaxPool float32[1,1,5,5] kernel=2,2 strides=2,2 pad_mode=2", MSW_OK, "float32[1,1,2,2]"},
    {"MaxPool float32[1,1,5,5] kernel=3,3 pads=1,2,0,1", MSW_OK, "float32[1,1,6,4]"},
    {"MaxPool float32[1,1,5,5] kernel=3,3 dilations=2,2", MSW_OK, "float32[1,1,1,1]"},
    {"MaxPool float32[0,0,0,0] kernel=3,3", MSW_OK, "float32[0,0,0,0]"},
    {"MaxPool float32[1,1,0,5] kernel=3,3 pad_mode=1", MSW_OK, "float32[1,1,0,5]"},
    {"MaxPool float32[1,1,5,5] kernel=3,3 strides=536870911,536870911", MSW_OK, "float32[1,1,1,1]"},
    {"MaxPool float32[3,5,5] kernel=3,3", MSW_INVALID, "needs an image of rank 4, got float32[3,5,5]"},
    {"MaxPool float32[] kernel=3,3", MSW_INVALID, "needs an image of rank 4, got float32[]"},
    {"MaxPool float32[1,1,5,5,1] kernel=3,3", MSW_INVALID, "needs an image of rank 4, got float32[1,1,5,5,1]"},
    {"MaxPool float32[1,1,5,5] kernel=3,3 pad_mode=4", MSW_INVALID,
     "pad_mode must be 0 (explicit), 1 (same), 2 (valid) or 3 (same, lower), got 4"},
    {"MaxPool float32[1,1,5,5] kernel=3,3 pad_mode=-1", MSW_INVALID,
     "pad_mode must be 0 (explicit), 1 (same), 2 (valid) or 3 (same, lower), got -1"},
    {"MaxPool float32[1,1,5,5] kernel=3,3 pad_mode=9223372036854775807", MSW_INVALID,
     "pad_mode must be 0 (explicit), 1 (same), 2 (valid) or 3 (same, lower), got 9223372036854775807"},
    {"MaxPool float32[1,1,5,5] kernel=3,3 strides=", MSW_INVALID, "strides must have 2 numbers, got 0"},
    {"MaxPool float32[1,1,5,5] kernel=3,3 strides=1", MSW_INVALID, "strides must have 2 numbers, got 1"},
    {"MaxPool float32[1,1,5,5] kernel=3,3 dilations=1,1,1", MSW_INVALID, "dilations must have 2 numbers, got 3"},
    {"MaxPool float32[1,1,5,5] kernel=3,3 pads=1,1", MSW_INVALID, "pads must have 4 numbers, got 2"},
    {"MaxPool float32[1,1,5,5] kernel=3,3 strides=0,1", MSW_INVALID, "strides[0] must be in 1..536870911, got 0"},
    {"MaxPool float32[1,1,5,5] kernel=3,3 strides=1,-1", MSW_INVALID, "strides[1] must be in 1..536870911, got -1"},
    {"MaxPool float32[1,1,5,5] kernel=3,3 strides=1,9223372036854775807", MSW_INVALID,
     "strides[1] must be in 1..536870911, got 9223372036854775807"},
    {"MaxPool float32[1,1,5,5] kernel=3,3 strides=4294967297,1", MSW_INVALID, /* 1, cut to 32 bits */
     "strides[0] must be in 1..536870911, got 4294967297"},
    {"MaxPool float32[1,1,5,5] kernel=3,3 dilations=0,1", MSW_INVALID, "dilations[0] must be in 1..536870911, got 0"},
    {"MaxPool float32[1,1,5,5] kernel=3,3 pads=0,0,0,-1", MSW_INVALID, "pads[3] must be in 0..536870911, got -1"},
    {"MaxPool float32[1,1,5,5] kernel=3,3 pads=2147483648,0,0,0", MSW_INVALID,
     "pads[0] must be in 0..536870911, got 2147483648"},
    {"MaxPool float32[1,1,5,5] kernel=3,3 pads=3,0,0,0", MSW_INVALID,
     "padding 3 and 0 of height must be smaller than the window's reach 3"},
    {"MaxPool float32[1,1,5,5] kernel=3,3 pads=0,0,0,3", MSW_INVALID,
     "padding 0 and 3 of width must be smaller than the window's reach 3"},
    {"Conv2D float32[1,1,5,5] float32[1,1,1,1] pads=2,1,0,3", MSW_OK, "float32[1,1,8,8]"},
    {"MaxPool float32[1,1,2,5] kernel=3,3", MSW_INVALID, "a window of 3 does not fit height 2 with padding 0 and 0"},
    {"MaxPool float32[1,1,5,5] kernel=3,3 dilations=1,3 pads=0,0,1,0", MSW_INVALID,
     "a window of 7 does not fit width 5 with padding 1 and 0"},
    {"MaxPool float32[1,1,5,5] kernel=1024,1025", MSW_LIMIT, "a window of 1024 x 1025 has more than 1048576 points"},
    {"MaxPool float32[1,1,5,5] kernel=1048576,1 dilations=536870911,1 pad_mode=1", MSW_LIMIT,
     "a window of 562949415501826 in height is more than 536870911"},
    {"MaxPool float32[1,1,5,5] kernel=1,3 dilations=1,536870911", MSW_LIMIT,
     "a window of 1073741823 in width is more than 536870911"},
    {"Conv2D float32[1,1,5,5] float32[1,1,0,3]", MSW_INVALID, "kernel height must be in 1..1048576, got 0"},
    {"Conv2D float32[1,1,5,5] float32[1,1,1,1048577]", MSW_INVALID, "kernel width must be in 1..1048576, got 1048577"},
};

static void attributes_give_a_size_or_a_reason(void **state) {
    (void)state;
    use_assert_cases(cases, COUNT(cases));
}

/* How many windows of `reach` points, each `stride` behind the last, lie within `room` points. */
static int32_t positions(int64_t room, int64_t reach, int64_t stride) {
    int32_t count = 0;
    for (int64_t at = 0; at + reach <= room; at += stride)
        count++;
    return count;
}

/* The fewest points of padding with which there are ceil(size / stride) positions. */
static int64_t same_padding(int64_t size, int64_t reach, int64_t stride) {
    int64_t wanted = 0, padding = 0;
    for (int64_t at = 0; at < size; at += stride)
        wanted++;
    while (positions(size + padding, reach, stride) < wanted)
        padding++;
    return padding;
}

struct axis_case {
    int32_t size, kernel, stride, dilation, before, after, mode;
};

static void check_axis(const struct axis_case *c) {
    char line[160];
    struct use u;
    struct window w;
    const int32_t reach = c->dilation * (c->kernel - 1) + 1;
    (void)snprintf(line, sizeof line,
                   "MaxPool float32[1,1,%d,7] kernel=%d,2 strides=%d,3 dilations=%d,1 pads=%d,%d,0,1 pad_mode=%d",
                   c->size, c->kernel, c->stride, c->dilation, c->before, c->after, c->mode);
    use_begin(&u, line);
    const bool made =
        window_make(&u.site, (const int32_t[]){c->kernel, 2}, &w, &u.err) && window_meets_image(&w, &u.err);
    int64_t before = c->before, room = c->size + c->before + c->after;
    bool fits = c->before < reach && c->after < reach;
    if (c->mode == PAD_SAME) {
        before = same_padding(c->size, reach, c->stride) / 2;
        room = c->size + same_padding(c->size, reach, c->stride);
        fits = true;
    } else if (c->mode == PAD_VALID) {
        before = 0;
        room = c->size;
        fits = true;
    }
    fits &= c->size == 0 || room >= reach;
    if (made != fits)
        fail_msg("%s: %s", line, made ? "accepted" : u.err.text);
    if (made && c->size > 0) {
        assert_int_equal(w.axis[HEIGHT].out, positions(room, reach, c->stride));
        assert_int_equal(w.axis[HEIGHT].pad_before, before);
    }
    if (made && c->size == 0)
        assert_int_equal(w.axis[HEIGHT].out, 0);
    use_end(&u);
}

static void sizes_agree_with_a_search_for_positions(void **state) {
    (void)state;
    for (int32_t size = 0; size < 10; size++)
        for (int32_t kernel = 1; kernel < 5; kernel++)
            for (int32_t stride = 1; stride < 5; stride++)
                for (int32_t dilation = 1; dilation < 4; dilation++)
                    for (int32_t mode = 0; mode < 3; mode++)
                        for (int32_t pads = 0; pads < (mode == PAD_EXPLICIT ? 25 : 1); pads++)
                            check_axis(&(struct axis_case){size, kernel, stride, dilation, pads / 5, pads % 5, mode});
}

/* An image whose pixel (y, x) is number y * width + x: what a tap points to says where it is. */
static void taps_point_to_the_pixels_under_the_window_in_kernel_order(void **state) {
    (void)state;
    enum { H = 5, W = 7, PIXEL = 3 };
    static const char *const lines[] = {
        "MaxPool float32[1,3,5,7] kernel=3,2",
        "MaxPool float32[1,3,5,7] kernel=3,2 strides=2,3 pads=1,2,1,0",
        "MaxPool float32[1,3,5,7] kernel=2,3 dilations=2,2 pads=2,2,4,4",
        "MaxPool float32[1,3,5,7] kernel=4,4 pad_mode=1 strides=2,2",
        "MaxPool float32[1,3,5,7] kernel=1,1",
    };
    float image[H * W * PIXEL], padding = -1;
    for (int i = 0; i < H * W * PIXEL; i++) {
        const int number = i / PIXEL;
        image[i] = (float)number;
    }
    for (size_t l = 0; l < COUNT(lines); l++) {
        struct use u;
        struct window w;
        use_begin(&u, lines[l]);
        const int32_t kernel[2] = {(int32_t)u.attrs[0].ints[0], (int32_t)u.attrs[0].ints[1]};
        assert_true(window_make(&u.site, kernel, &w, &u.err));
        for (int32_t oy = 0; oy < w.axis[HEIGHT].out; oy++) {
            for (int32_t ox = 0; ox < w.axis[WIDTH].out; ox++) {
                const int32_t at[DIRECTIONS] = {0, oy, ox};
                const float *all[64], *inside[64];
                const size_t taps = window_taps(&w, at, image, PIXEL, &padding, all, 2);
                const size_t seen = window_taps(&w, at, image, PIXEL, NULL, inside, 1);
                size_t t = 0, s = 0;
                for (int32_t ky = 0; ky < kernel[0]; ky++) {
                    for (int32_t kx = 0; kx < kernel[1]; kx++) {
                        const int32_t y =
                            oy * w.axis[HEIGHT].stride - w.axis[HEIGHT].pad_before + ky * w.axis[HEIGHT].dilation;
                        const int32_t x =
                            ox * w.axis[WIDTH].stride - w.axis[WIDTH].pad_before + kx * w.axis[WIDTH].dilation;
                        const bool is_inside = y >= 0 && y < H && x >= 0 && x < W;
                        assert_true(*all[t++ * 2] == (is_inside ? (float)(y * W + x) : -1.0f));
                        if (is_inside)
                            assert_ptr_equal(inside[s++], image + (y * W + x) * PIXEL);
                    }
                }
                assert_int_equal(taps, t);
                assert_int_equal(seen, s);
            }
        }
        use_end(&u);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(attributes_give_a_size_or_a_reason),
        cmocka_unit_test(sizes_agree_with_a_search_for_positions),
        cmocka_unit_test(taps_point_to_the_pixels_under_the_window_in_kernel_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
