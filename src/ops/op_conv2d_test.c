/* Convolutions of every kind, bit by bit against plain loops over an image with zeros around it. */
#include "base/pool.h"
#include "ops/op_test.h"

static const struct use_case cases[] = {
    {"Conv2D float32[2,3,5,7] float32[8,3,3,3]", MSW_OK, "float32[2,8,3,5]"},
    {"Conv2D float32[2,5,7,3] float32[8,3,3,3] channels_last=1", MSW_OK, "float32[2,3,5,8]"},
    {"Conv2D float32[1,4,5,5] float32[6,2,1,1] group=2", MSW_OK, "float32[1,6,5,5]"},
    {"Conv2D float32[1,4,5,5] float32[4,1,3,3] group=4 pad_mode=1", MSW_OK, "float32[1,4,5,5]"},
    {"Conv2D float32[1,3,5,5] float32[0,3,3,3]", MSW_OK, "float32[1,0,3,3]"},
    {"Conv2D float32[1,0,5,5] float32[2,0,3,3]", MSW_OK, "float32[1,2,3,3]"},
    {"Conv2D float32[1,3,5,5] float32[8,3,3]", MSW_INVALID,
     "needs weights [O,I/group,KH,KW] of the image's data type, got float32[8,3,3] for float32[1,3,5,5]"},
    {"Conv2D float32[1,3,5,5] float32[]", MSW_INVALID,
     "needs weights [O,I/group,KH,KW] of the image's data type, got float32[] for float32[1,3,5,5]"},
    {"Conv2D float32[1,3,5,5] int8[8,3,3,3]", MSW_INVALID,
     "needs weights [O,I/group,KH,KW] of the image's data type, got int8[8,3,3,3] for float32[1,3,5,5]"},
    {"Conv2D float32[3,5,5] float32[8,3,3,3]", MSW_INVALID, "needs an image of rank 4, got float32[3,5,5]"},
    {"Conv2D float32[1,3,5,5] float32[8,3,3,3] group=0", MSW_INVALID,
     "group must divide 3 input and 8 output channels, got 0"},
    {"Conv2D float32[1,3,5,5] float32[8,3,3,3] group=-1", MSW_INVALID,
     "group must divide 3 input and 8 output channels, got -1"},
    {"Conv2D float32[1,3,5,5] float32[8,3,3,3] group=2", MSW_INVALID,
     "group must divide 3 input and 8 output channels, got 2"},
    {"Conv2D float32[1,4,5,5] float32[6,1,3,3] group=4", MSW_INVALID,
     "group must divide 4 input and 6 output channels, got 4"},
    {"Conv2D float32[1,3,5,5] float32[8,3,3,3] group=9223372036854775807", MSW_INVALID,
     "group must divide 3 input and 8 output channels, got 9223372036854775807"},
    {"Conv2D float32[1,0,5,5] float32[0,0,3,3] group=4294967296", MSW_INVALID, /* 0, cut to 32 bits */
     "group must divide 0 input and 0 output channels, got 4294967296"},
    {"Conv2D float32[1,3,5,5] float32[8,2,3,3]", MSW_INVALID,
     "weights [8,2,3,3] want 2 channels a group, the image [1,3,5,5] has 3 in 1 groups"},
    {"Conv2D float32[1,4,5,5] float32[8,4,3,3] group=2", MSW_INVALID,
     "weights [8,4,3,3] want 4 channels a group, the image [1,4,5,5] has 4 in 2 groups"},
    {"Conv2D float32[1,3,5,5] float32[8,3,3,3] strides=0,1", MSW_INVALID, "strides[0] must be in 1..536870911, got 0"},
    {"Conv2D float32[1,3,5,5] float32[8,3,3,3] pads=0,2147483648,0,0", MSW_INVALID,
     "pads[1] must be in 0..536870911, got 2147483648"},
};

static void types_and_attributes_give_a_type_or_a_reason(void **state) {
    (void)state;
    use_assert_cases(cases, COUNT(cases));
}

/* A convolution with channels last. */
struct conv {
    size_t batch, group, depth, columns; /* depth, columns: channels of one group, in and out */
    size_t size[2], kernel[2], stride[2], dilation[2], before[2], after[2], out[2];
};

/* The image's element, or 0 around it. */
static float pixel(const struct conv *c, const float *x, size_t n, size_t y, size_t col, size_t channel) {
    if (y < c->before[0] || y - c->before[0] >= c->size[0] || col < c->before[1] || col - c->before[1] >= c->size[1])
        return 0;
    return x[((n * c->size[0] + y - c->before[0]) * c->size[1] + col - c->before[1]) * c->group * c->depth + channel];
}

/* One output element: taps in order, the channels of a tap in order, all in one float. */
static float point(const struct conv *c, const float *x, const float *w, size_t n, size_t oy, size_t ox, size_t o) {
    const size_t first = o / c->columns * c->depth; /* of the group's channels */
    float sum = 0;
    for (size_t ky = 0; ky < c->kernel[0]; ky++)
        for (size_t kx = 0; kx < c->kernel[1]; kx++)
            for (size_t k = 0; k < c->depth; k++)
                sum += pixel(c, x, n, oy * c->stride[0] + ky * c->dilation[0], ox * c->stride[1] + kx * c->dilation[1],
                             first + k) *
                       w[((o * c->depth + k) * c->kernel[0] + ky) * c->kernel[1] + kx];
    return sum;
}

static void check_points(const struct conv *c, const float *x, const float *w, const float *z, const char *line) {
    const size_t channels = c->group * c->columns;
    for (size_t i = 0; i < c->batch * c->out[0] * c->out[1] * channels; i++) {
        const size_t o = i % channels, ox = i / channels % c->out[1], oy = i / channels / c->out[1] % c->out[0];
        const float wanted = point(c, x, w, i / channels / c->out[1] / c->out[0], oy, ox, o);
        if (!test_same_float(z[i], wanted))
            fail_msg("%s: element %zu is %a, expected %a", line, i, (double)z[i], (double)wanted);
    }
}

static void check_conv(struct conv *c, uint64_t *seed) {
    char line[256];
    struct use u;
    (void)snprintf(line, sizeof line,
                   "Conv2D float32[%zu,%zu,%zu,%zu] float32[%zu,%zu,%zu,%zu] strides=%zu,%zu dilations=%zu,%zu "
                   "pads=%zu,%zu,%zu,%zu group=%zu channels_last=1",
                   c->batch, c->size[0], c->size[1], c->group * c->depth, c->group * c->columns, c->depth, c->kernel[0],
                   c->kernel[1], c->stride[0], c->stride[1], c->dilation[0], c->dilation[1], c->before[0], c->after[0],
                   c->before[1], c->after[1], c->group);
    use_begin(&u, line);
    use_prepare(&u);
    for (int d = 0; d < 2; d++)
        c->out[d] = (size_t)u.outputs[0].dims[1 + d]; /* window_test.c checks these */
    const size_t n = use_output_elements(&u);
    float *x = test_floats(seed, type_elements(&u.inputs[0])), *w = test_floats(seed, type_elements(&u.inputs[1]));
    float *z = test_bytes(n * sizeof *z);
    use_run(&u, (const void *const[]){x, w}, z);
    check_points(c, x, w, z, line);
    void *packed = use_pack(&u, 1, w, 1 + test_below(seed, 4));
    use_prepare(&u);
    memset(z, 0xa5, n * sizeof *z);
    use_run(&u, (const void *const[]){x, packed}, z);
    check_points(c, x, w, z, line);
    free(x);
    free(w);
    free(z);
    free(packed);
    use_end(&u);
}

static void random_convolutions_have_the_bits_of_plain_loops_packed_or_not(void **state) {
    (void)state;
    static const size_t depths[] = {0, 1, 1, 2, 3, 5}, columns[] = {0, 1, 1, 2, 3, 8, 9, 13};
    uint64_t seed = 26;
    for (int round = 0; round < 1500; round++) {
        struct conv c = {.batch = test_below(&seed, 8) ? 1 + test_below(&seed, 2) : 0,
                         .group = 1 + test_below(&seed, 3),
                         .depth = depths[test_below(&seed, COUNT(depths))],
                         .columns = columns[test_below(&seed, COUNT(columns))]};
        for (int d = 0; d < 2; d++) {
            c.kernel[d] = 1 + test_below(&seed, 4);
            c.stride[d] = 1 + test_below(&seed, 3);
            c.dilation[d] = 1 + test_below(&seed, 3);
            const size_t reach = c.dilation[d] * (c.kernel[d] - 1) + 1;
            c.before[d] = test_below(&seed, reach);
            c.after[d] = test_below(&seed, reach);
            const size_t padding = c.before[d] + c.after[d], least = reach > padding ? reach - padding : 1;
            c.size[d] = least + test_below(&seed, 9);
        }
        check_conv(&c, &seed);
    }
}

/* Many groups of one channel: MobileNet's depthwise convolution. */
static void depthwise_convolutions_have_the_bits_of_plain_loops(void **state) {
    (void)state;
    uint64_t seed = 27;
    struct conv c = {.batch = 1,
                     .group = 17,
                     .depth = 1,
                     .columns = 1,
                     .size = {6, 13},
                     .kernel = {3, 3},
                     .stride = {1, 2},
                     .dilation = {1, 1},
                     .before = {1, 1},
                     .after = {1, 1}};
    check_conv(&c, &seed);
    c.columns = 2;
    check_conv(&c, &seed);
}

/* More than one block: of rows, of parts of a row, of layers of the batch; and windows that see far. */
static void large_convolutions_have_the_bits_of_plain_loops(void **state) {
    (void)state;
    uint64_t seed = 28;
    struct conv cases_of_blocks[] = {
        {.batch = 2,
         .group = 1,
         .depth = 40,
         .columns = 3,
         .size = {41, 50},
         .kernel = {3, 3},
         .stride = {1, 1},
         .dilation = {1, 1},
         .before = {1, 1},
         .after = {1, 1}},
        {.batch = 1,
         .group = 1,
         .depth = 16,
         .columns = 9,
         .size = {2, 2999},
         .kernel = {2, 3},
         .stride = {1, 1},
         .dilation = {1, 1},
         .before = {1, 0},
         .after = {0, 2}},
        {.batch = 1,
         .group = 2,
         .depth = 20,
         .columns = 2,
         .size = {63, 61},
         .kernel = {3, 5},
         .stride = {2, 3},
         .dilation = {1, 1},
         .before = {1, 2},
         .after = {1, 2}},
        {.batch = 1,
         .group = 1,
         .depth = 7,
         .columns = 10,
         .size = {120, 121},
         .kernel = {1, 1},
         .stride = {2, 1},
         .dilation = {1, 1}},
        {.batch = 1,
         .group = 1,
         .depth = 8,
         .columns = 8,
         .size = {90, 91},
         .kernel = {3, 3},
         .stride = {1, 1},
         .dilation = {36, 30},
         .before = {36, 30},
         .after = {36, 30}},
    };
    for (size_t i = 0; i < COUNT(cases_of_blocks); i++)
        check_conv(&cases_of_blocks[i], &seed);
}

static void a_step_may_run_again_with_other_numbers(void **state) {
    (void)state;
    struct use u;
    float x[9], w[4] = {1, 2, 3, 4}, z[4];
    use_begin(&u, "Conv2D float32[1,3,3,1] float32[1,1,2,2] channels_last=1");
    use_prepare(&u);
    for (int round = 1; round < 4; round++) {
        for (int i = 0; i < 9; i++)
            x[i] = (float)(i * round);
        w[0] = (float)round;
        use_run(&u, (const void *const[]){x, w}, z);
        for (int i = 0; i < 4; i++) {
            const float *at = x + i / 2 * 3 + i % 2;
            assert_true(z[i] == at[0] * w[0] + at[1] * w[1] + at[3] * w[2] + at[4] * w[3]);
        }
    }
    use_end(&u);
}

/* Asked before check has seen the use, so nothing but the weights' own type and the attributes may be relied on. */
static void only_weights_that_fit_their_group_are_packed(void **state) {
    (void)state;
    assert_true(use_packs("Conv2D float32[1,4,5,5] float32[8,2,3,3] group=2", 1));
    assert_false(use_packs("Conv2D float32[1,4,5,5] float32[8,2,3,3] group=2", 0));
    assert_false(use_packs("Conv2D float32[1,4,5,5] float32[8,2,3,3] group=3", 1));
    assert_false(use_packs("Conv2D float32[1,4,5,5] float32[8,2,3,3] group=0", 1));
    assert_false(use_packs("Conv2D float32[1,4,5,5] float32[0,2,3,3] group=4294967296", 1));
    assert_false(use_packs("Conv2D float32[1,4,5,5] float32[8,2,3] group=2", 1));
    assert_false(use_packs("Conv2D float32[1,4,5,5] int8[8,2,3,3] group=2", 1)); /* its bytes are too few for floats */
}

static void assert_not_prepared(const char *line, const char *text) {
    struct use u;
    use_begin(&u, line);
    if (!use_check(&u))
        fail_msg("%s: %s", line, u.err.text);
    assert_false(u.site.op->prepare(&u.site, &u.step, &u.arena, &u.err));
    assert_int_equal(u.err.about.status, MSW_LIMIT);
    assert_string_equal(u.err.text, text);
    use_end(&u);
}

static void what_needs_too_much_memory_is_refused(void **state) {
    (void)state;
    assert_false(use_packs("Conv2D float32[1,16777216,1,1] float32[33554432,1,2,2] group=16777216", 1));
    assert_not_prepared("Conv2D float32[1,4,4,16777216] float32[33554432,1,2,2] group=16777216 channels_last=1",
                        "weights float32[33554432,1,2,2] need more than 2147483647 bytes when packed");
    /* Weights in one panel of eight, what the three points see of the padded image, and a pointer, whose size is the machine's, for each row of a
     * window and each point. */
    const size_t side = 1024, channels = 60, points = 3;
    char text[128];
    (void)snprintf(
        text, sizeof text, "needs %zu bytes to work in, at most 2147483647",
        side * side * channels * 8 * sizeof(float) +
            (size_t)pool_apart(side * (side + points - 1) * channels * sizeof(float) + points * side * sizeof(void *)));
    assert_not_prepared("Conv2D float32[1,1024,1024,60] float32[1,60,1024,1024] pads=0,0,1,1 channels_last=1", text);
}

/* 3 * 10^8 points without channels: no work, and done at once. */
static void an_empty_result_takes_no_time(void **state) {
    (void)state;
    struct use u;
    void *x = test_bytes(0), *z = test_bytes(0);
    use_begin(&u, "Conv2D float32[1,30000,10000,0] float32[0,0,3,3] group=1000000 channels_last=1");
    use_prepare(&u);
    use_run(&u, (const void *const[]){x, x}, z);
    use_end(&u);
    free(x);
    free(z);
}

/* Far apart in the padding, and an image without channels: what a block sees is never copied where little of it is read. */
static void windows_far_apart_take_little_memory_and_time(void **state) {
    (void)state;
    uint64_t seed = 28;
    struct conv gaps = {.batch = 1,
                        .group = 1,
                        .depth = 1,
                        .columns = 2,
                        .size = {1, 64},
                        .kernel = {1, 1},
                        .stride = {1, 178956971},
                        .dilation = {1, 1},
                        .before = {0, 536870911},
                        .after = {0, 536870911}};
    check_conv(&gaps, &seed);
    struct conv empty = {.batch = 1,
                         .group = 1,
                         .depth = 0,
                         .columns = 2,
                         .size = {1 << 29, 1},
                         .kernel = {1024, 1024},
                         .stride = {1 << 26, 1},
                         .dilation = {1, 1},
                         .before = {1, 512},
                         .after = {1023, 512}};
    check_conv(&empty, &seed);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(types_and_attributes_give_a_type_or_a_reason),
        cmocka_unit_test(random_convolutions_have_the_bits_of_plain_loops_packed_or_not),
        cmocka_unit_test(large_convolutions_have_the_bits_of_plain_loops),
        cmocka_unit_test(depthwise_convolutions_have_the_bits_of_plain_loops),
        cmocka_unit_test(a_step_may_run_again_with_other_numbers),
        cmocka_unit_test(only_weights_that_fit_their_group_are_packed),
        cmocka_unit_test(what_needs_too_much_memory_is_refused),
        cmocka_unit_test(an_empty_result_takes_no_time),
        cmocka_unit_test(windows_far_apart_take_little_memory_and_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
