/* Two convolutions in a row, bit by bit against plain loops that keep the whole image between them. */
#include "base/pool.h"
#include "kernels/elementwise.h"
#include "ops/conv_pair.h"
#include "ops/op_test.h"

static const struct use_case cases[] = {
    {"ConvDepthwise float32[2,5,7,3] float32[8,3,1,1] float32[8,1,3,3]", MSW_OK, "float32[2,3,5,8]"},
    {"ConvDepthwise float32[1,9,9,3] float32[4,3,3,3] float32[4,1,3,3] strides=2,1,1,2 pads=1,1,0,0,0,0,1,1", MSW_OK,
     "float32[1,3,4,4]"},
    {"ConvDepthwise float32[1,8,8,3] float32[4,3,3,3] float32[4,1,3,3] pad_mode=1,2 dilations=1,1,2,3", MSW_OK,
     "float32[1,4,2,4]"},
    {"ConvDepthwise float32[0,5,7,3] float32[8,3,1,1] float32[8,1,3,3]", MSW_OK, "float32[0,3,5,8]"},
    {"ConvDepthwise float32[1,5,7,3] float32[8,2,1,1] float32[8,1,3,3]", MSW_INVALID,
     "weights [8,2,1,1] want 2 channels a group, the image [1,5,7,3] has 3 in 1 groups"},
    {"ConvDepthwise float32[1,5,7,3] float32[8,3,1,1] float32[7,1,3,3]", MSW_INVALID,
     "needs weights x2 [8,1,KH,KW] for at least two channels, got float32[7,1,3,3]"},
    {"ConvDepthwise float32[1,5,7,3] float32[8,3,1,1] float32[8,2,3,3]", MSW_INVALID,
     "needs weights x2 [8,1,KH,KW] for at least two channels, got float32[8,2,3,3]"},
    {"ConvDepthwise float32[1,5,7,3] float32[1,3,1,1] float32[1,1,3,3]", MSW_INVALID,
     "needs weights x2 [1,1,KH,KW] for at least two channels, got float32[1,1,3,3]"},
    {"ConvDepthwise float32[1,5,7,3] float32[8,3,1,1] float32[8,1,3]", MSW_INVALID,
     "needs weights x2 [8,1,KH,KW] for at least two channels, got float32[8,1,3]"},
    {"ConvDepthwise float32[1,5,7,3] float32[8,3,1,1] float32[]", MSW_INVALID,
     "needs weights x2 [8,1,KH,KW] for at least two channels, got float32[]"},
    {"ConvDepthwise float32[1,5,7,3] float32[8,3,1,1] int8[8,1,3,3]", MSW_INVALID,
     "needs weights [O,I/group,KH,KW] of the image's data type, got int8[8,1,3,3] for float32[1,5,7,8]"},
    {"ConvDepthwise float32[1,5,7,3] float32[8,3,1,1] float32[8,1,3,3] strides=2,2", MSW_INVALID,
     "strides must have 4 numbers, got 2"},
    {"ConvDepthwise float32[1,5,7,3] float32[8,3,1,1] float32[8,1,3,3] pad_mode=1", MSW_INVALID,
     "pad_mode must have 2 numbers, got 1"},
    {"ConvDepthwise float32[1,5,7,3] float32[8,3,1,1] float32[8,1,6,3]", MSW_INVALID,
     "a window of 6 does not fit height 5 with padding 0 and 0"},
    {"ConvDepthwise float32[1,50000,50000,1] float32[2,1,1,1] float32[2,1,3,3]", MSW_LIMIT,
     "the image between, float32[1,50000,50000,2], is larger than 2147483647 bytes"},
};

static void types_and_attributes_give_a_type_or_a_reason(void **state) {
    (void)state;
    use_assert_cases(cases, COUNT(cases));
}

/* One convolution with channels last, of `depth` input channels for each output channel: all, or its own. */
struct conv {
    size_t batch, depth, columns, size[2], kernel[2], stride[2], dilation[2], before[2], after[2], out[2];
    bool own;
};

/* What comes behind a convolution; each may be NULL. */
struct behind {
    float *bias, *residual;
    const struct op *activation;
};

/* One output element: taps in order, the channels of a tap in order, all in one float. */
static float point(const struct conv *c, const float *x, const float *w, size_t n, size_t oy, size_t ox, size_t o) {
    float sum = 0;
    const size_t channels = c->own ? c->columns : c->depth;
    for (size_t ky = 0; ky < c->kernel[0]; ky++)
        for (size_t kx = 0; kx < c->kernel[1]; kx++)
            for (size_t k = 0; k < c->depth; k++) {
                const size_t y = oy * c->stride[0] + ky * c->dilation[0], col = ox * c->stride[1] + kx * c->dilation[1];
                const bool inside = y >= c->before[0] && y - c->before[0] < c->size[0] && col >= c->before[1] &&
                                    col - c->before[1] < c->size[1];
                const size_t at = (n * c->size[0] + y - c->before[0]) * c->size[1] + col - c->before[1];
                sum += (inside ? x[at * channels + (c->own ? o : k)] : 0) *
                       w[((o * c->depth + k) * c->kernel[0] + ky) * c->kernel[1] + kx];
            }
    return sum;
}

static float *plain_conv(const struct conv *c, const float *x, const float *w, const struct behind *b) {
    const size_t n = c->batch * c->out[0] * c->out[1] * c->columns;
    float *z = test_bytes(n * sizeof *z);
    for (size_t i = 0; i < n; i++) {
        const size_t o = i % c->columns, p = i / c->columns;
        z[i] = point(c, x, w, p / c->out[1] / c->out[0], p / c->out[1] % c->out[0], p % c->out[1], o);
        z[i] = b->bias ? z[i] + b->bias[o] : z[i];
        z[i] = b->residual ? z[i] + b->residual[i] : z[i];
        if (b->activation)
            ((unary_kernel)b->activation->kernels[MSW_FLOAT32])(z + i, z + i, 1);
    }
    return z;
}

/* Ordinary numbers, and now and then others: of two sums in a row few would be left. */
static float *numbers(uint64_t *seed, size_t n) {
    float *x = test_floats(seed, n);
    for (size_t i = 0; i < n; i++)
        if (test_below(seed, 100) > 0)
            x[i] = (float)((double)test_random(seed) / (1ull << 48) * 4 - 2);
    return x;
}

static size_t out_elements(const struct conv *c) {
    return c->batch * c->out[0] * c->out[1] * c->columns;
}

/* What comes behind it, chosen by chance. */
static struct behind some_behind(const struct conv *c, uint64_t *seed) {
    static const char *const activations[] = {"ReLU6", "ReLU", "Abs"};
    return (struct behind){.bias = test_below(seed, 3) ? numbers(seed, c->columns) : NULL,
                           .residual = test_below(seed, 3) ? NULL : numbers(seed, out_elements(c)),
                           .activation =
                               test_below(seed, 3) ? op_find(activations[test_below(seed, COUNT(activations))]) : NULL};
}

enum { MOST_INPUTS = 7 };

/* A use with what is fused to it: more inputs than op_test.h has room for. */
struct inputs {
    struct msw_type types[MOST_INPUTS];
    const void *data[MOST_INPUTS];
    uint32_t count;
};

static void add_input(struct inputs *in, const float *data, struct msw_type type) {
    type.dtype = MSW_FLOAT32;
    in->types[in->count] = type;
    in->data[in->count++] = data;
}

static struct fused add_behind(struct inputs *in, const struct conv *c, const struct behind *b) {
    const int32_t columns = (int32_t)c->columns;
    if (b->bias)
        add_input(in, b->bias, (struct msw_type){.rank = 1, .dims = {columns}});
    if (b->residual)
        add_input(
            in, b->residual,
            (struct msw_type){.rank = 4, .dims = {(int32_t)c->batch, (int32_t)c->out[0], (int32_t)c->out[1], columns}});
    return (struct fused){.bias = b->bias != NULL, .residual = b->residual != NULL, .activation = b->activation};
}

/* As it is, and with its loop in the ranges of two threads. */
static void run_and_compare(struct use *u, const void *const *in, const float *wanted) {
    for (int shared = 0; shared < 2; shared++) {
        use_prepare(u);
        const size_t n = use_output_elements(u);
        float *z = test_bytes(n * sizeof *z);
        if (shared)
            pool_enter();
        use_run(u, in, z);
        if (shared)
            pool_leave();
        test_same_floats(z, wanted, n, u->line);
        free(z);
    }
}

static void write_line(const struct conv *c, char *line, size_t room) {
    (void)snprintf(line, room,
                   "ConvDepthwise float32[%zu,%zu,%zu,%zu] float32[%zu,%zu,%zu,%zu] float32[%zu,1,%zu,%zu] "
                   "strides=%zu,%zu,%zu,%zu dilations=%zu,%zu,%zu,%zu pads=%zu,%zu,%zu,%zu,%zu,%zu,%zu,%zu",
                   c->batch, c->size[0], c->size[1], c->depth, c->columns, c->depth, c->kernel[0], c->kernel[1],
                   c->columns, c[1].kernel[0], c[1].kernel[1], c->stride[0], c->stride[1], c[1].stride[0],
                   c[1].stride[1], c->dilation[0], c->dilation[1], c[1].dilation[0], c[1].dilation[1], c->before[0],
                   c->after[0], c->before[1], c->after[1], c[1].before[0], c[1].after[0], c[1].before[1],
                   c[1].after[1]);
}

/* Weights as they are, then packed. */
static void check_pair(const struct conv *c, uint64_t *seed) {
    char line[512];
    struct use u;
    write_line(c, line, sizeof line);
    use_begin(&u, line);
    const struct behind behind[] = {some_behind(&c[0], seed), some_behind(&c[1], seed)};
    struct inputs in = {.count = 0};
    float *own[3];
    for (uint32_t i = 0; i < COUNT(own); i++)
        add_input(&in, own[i] = numbers(seed, type_elements(&u.inputs[i])), u.inputs[i]);
    struct fused first = add_behind(&in, &c[0], &behind[0]), second = add_behind(&in, &c[1], &behind[1]);
    second.first = &first;
    u.site.fused = &second;
    u.site.inputs = in.types;
    u.site.input_count = in.count;
    float *middle = plain_conv(&c[0], own[0], own[1], &behind[0]), *z = plain_conv(&c[1], middle, own[2], &behind[1]);
    run_and_compare(&u, in.data, z);
    void *packed[] = {use_pack(&u, 1, own[1], 1 + test_below(seed, 4)), use_pack(&u, 2, own[2], 3)};
    in.data[1] = packed[0];
    in.data[2] = packed[1];
    run_and_compare(&u, in.data, z);
    void *const all[] = {own[0],
                         own[1],
                         own[2],
                         middle,
                         z,
                         packed[0],
                         packed[1],
                         behind[0].bias,
                         behind[1].bias,
                         behind[0].residual,
                         behind[1].residual};
    for (size_t i = 0; i < COUNT(all); i++)
        free(all[i]);
    use_end(&u);
}

/* The image between is what the first one makes. */
static void link(struct conv *c) {
    for (int i = 0; i < 2; i++)
        for (int d = 0; d < 2; d++) {
            const size_t reach = c[i].dilation[d] * (c[i].kernel[d] - 1) + 1;
            if (i == 1)
                c[1].size[d] = c[0].out[d];
            while (c[i].size[d] + c[i].before[d] + c[i].after[d] < reach)
                c[i].after[d]++;
            c[i].out[d] = (c[i].size[d] + c[i].before[d] + c[i].after[d] - reach) / c[i].stride[d] + 1;
        }
    c[1].batch = c[0].batch;
    c[1].columns = c[0].columns;
    c[1].depth = 1;
    c[1].own = true;
}

static void random_pairs_have_the_bits_of_plain_loops(void **state) {
    (void)state;
    uint64_t seed = 51;
    for (int round = 0; round < 600; round++) {
        struct conv c[2] = {{.batch = test_below(&seed, 8) ? 1 + test_below(&seed, 2) : 0,
                             .depth = 1 + test_below(&seed, 6),
                             .columns = 2 + test_below(&seed, 17)}};
        const bool pointwise = test_below(&seed, 2);
        for (int i = 0; i < 2; i++)
            for (int d = 0; d < 2; d++) {
                c[0].size[d] = 1 + test_below(&seed, 14);
                c[i].kernel[d] = i == 0 && pointwise ? 1 : 1 + test_below(&seed, 5);
                c[i].stride[d] = i == 0 && pointwise ? 1 : 1 + test_below(&seed, 3);
                c[i].dilation[d] = i == 0 && pointwise ? 1 : 1 + test_below(&seed, 2);
                c[i].before[d] = i == 0 && pointwise ? 0 : test_below(&seed, c[i].kernel[d] + 1);
                c[i].after[d] = i == 0 && pointwise ? 0 : test_below(&seed, c[i].kernel[d] + 1);
            }
        link(c);
        check_pair(c, &seed);
    }
}

/* Several chunks of rows, which come round in the ring: of a few rows each, or of one; and rows that are made in pieces. */
static void large_pairs_have_the_bits_of_plain_loops(void **state) {
    (void)state;
    uint64_t seed = 52;
#define SQUARE(n)                                                                                                      \
    {                                                                                                                  \
        n, n                                                                                                           \
    }
    struct conv cases_of_pairs[][2] = {
        {{.batch = 2, .depth = 3, .columns = 33, .size = {41, 50}, .kernel = SQUARE(1), .stride = SQUARE(1)},
         {.kernel = SQUARE(3), .stride = SQUARE(1), .before = SQUARE(1), .after = SQUARE(1)}},
        {{.batch = 1, .depth = 2, .columns = 96, .size = {38, 112}, .kernel = SQUARE(1), .stride = SQUARE(1)},
         {.kernel = SQUARE(3), .stride = SQUARE(2), .after = SQUARE(1)}},
        {{.batch = 1, .depth = 3, .columns = 16, .size = {67, 90}, .kernel = SQUARE(3), .stride = SQUARE(2)},
         {.kernel = SQUARE(5), .stride = SQUARE(2), .before = SQUARE(2), .after = SQUARE(2)}},
        {{.batch = 1,
          .depth = 30,
          .columns = 5,
          .size = {9, 2999},
          .kernel = SQUARE(3),
          .stride = SQUARE(1),
          .before = SQUARE(1),
          .after = SQUARE(1)},
         {.kernel = {2, 3}, .stride = SQUARE(1), .before = {3, 0}, .after = {1, 2}}},
        {{.batch = 1, .depth = 1, .columns = 40, .size = {61, 70}, .kernel = SQUARE(1), .stride = SQUARE(1)},
         {.kernel = SQUARE(3), .stride = {5, 1}, .dilation = {9, 2}, .before = {20, 0}, .after = {25, 0}}},
    };
    for (size_t i = 0; i < COUNT(cases_of_pairs); i++) {
        struct conv *c = cases_of_pairs[i];
        for (int k = 0; k < 4; k++)
            if (c[k / 2].dilation[k % 2] == 0)
                c[k / 2].dilation[k % 2] = 1;
        link(c);
        check_pair(c, &seed);
    }
}

/* Asked before check has seen the use. */
static void only_weights_that_fit_are_packed(void **state) {
    (void)state;
    static const char good[] = "ConvDepthwise float32[1,5,7,3] float32[8,3,1,1] float32[8,1,3,3]";
    assert_false(use_packs(good, 0));
    assert_true(use_packs(good, 1));
    assert_true(use_packs(good, 2));
    assert_false(use_packs("ConvDepthwise float32[1,5,7,3] float32[8,3,1] float32[8,1,3,3]", 1));
    assert_false(use_packs("ConvDepthwise float32[1,5,7,3] int8[8,3,1,1] float32[8,1,3,3]", 1));
    assert_false(use_packs("ConvDepthwise float32[1,5,7,3] float32[8,3,1,1] float32[8,2,3,3]", 2));
    assert_false(use_packs("ConvDepthwise float32[1,5,7,3] float32[8,3,1,1] float32[8,1,3]", 2));
    assert_false(use_packs("ConvDepthwise float32[1,5,7,3] float32[8,3,1,1] float32[8,1,3,3] strides=1", 1));
}

/* 112 x 112 points of 96 channels are 4.8 MB; rows of 43 KB are made one by one, and three are kept, for each thread. */
static void no_more_than_some_rows_are_in_memory(void **state) {
    (void)state;
    struct use u;
    use_begin(&u, "ConvDepthwise float32[1,112,112,16] float32[96,16,1,1] float32[96,1,3,3] strides=1,1,2,2");
    use_prepare(&u);
    assert_in_range(u.step.scratch_bytes, 1, 200 * 1000 * (size_t)pool_threads());
    use_end(&u);
}

static void an_image_pays_that_is_larger_than_half_a_cache_and_many_windows_high(void **state) {
    (void)state;
    const struct msw_type large = {.dtype = MSW_FLOAT32, .rank = 4, .dims = {1, 56, 56, 144}};
    const struct msw_type small = {.dtype = MSW_FLOAT32, .rank = 4, .dims = {1, 28, 28, 192}};
    assert_true(conv_pair_pays(&large, 2));
    assert_true(conv_pair_pays(&large, -3)); /* strides that leave rows out */
    assert_false(conv_pair_pays(&large, 30));
    assert_false(conv_pair_pays(&small, 2));
}

/* A second thread is known to the pool and never comes, so that loops are done in its ranges by the first one. */
int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(types_and_attributes_give_a_type_or_a_reason),
        cmocka_unit_test(random_pairs_have_the_bits_of_plain_loops),
        cmocka_unit_test(large_pairs_have_the_bits_of_plain_loops),
        cmocka_unit_test(only_weights_that_fit_are_packed),
        cmocka_unit_test(no_more_than_some_rows_are_in_memory),
        cmocka_unit_test(an_image_pays_that_is_larger_than_half_a_cache_and_many_windows_high),
    };
    if (!pool_thread_new())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
