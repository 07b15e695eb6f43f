/* Convolutions of 8-bit integers of every kind against plain loops. */
#include <math.h>

#include "ops/op_test.h"

static const struct use_case cases[] = {
    {"ConvInteger uint8[2,3,5,7] int8[8,3,3,3]", MSW_OK, "int32[2,8,3,5]"},
    {"ConvInteger uint8[2,5,7,3] int8[8,3,3,3] uint8[] int8[8] channels_last=1", MSW_OK, "int32[2,3,5,8]"},
    {"ConvInteger uint8[1,3,5,5] int8[8,3,3]", MSW_INVALID,
     "needs an image and weights [O,I/group,KH,KW] of int8 or uint8, got uint8[1,3,5,5] and int8[8,3,3]"},
    {"ConvInteger uint8[1,3,5,5] int8[8,2,3,3]", MSW_INVALID,
     "weights [8,2,3,3] want 2 channels a group, the image [1,3,5,5] has 3 in 1 groups"},
    {"ConvInteger uint8[1,3,5,5] int8[8,3,3,3] group=2", MSW_INVALID,
     "group must divide 3 input and 8 output channels, got 2"},
    {"ConvInteger uint8[1,3,5,5] int8[8,3,3,3] uint8[3]", MSW_INVALID,
     "the zero point of the image must have 1 or 1 elements, got uint8[3]"},
    {"QLinearConv uint8[1,3,5,5] float32[] uint8[] int8[8,3,3,3] float32[8] int8[] float32[] int8[] int32[8]", MSW_OK,
     "int8[1,8,3,3]"},
    {"QLinearConv uint8[1,3,5,5] float32[] uint8[] int8[8,3,3,3] float32[8] int8[] float32[] int8[] int32[7]",
     MSW_INVALID, "the bias must be int32[8], got int32[7]"},
    {"QLinearConv uint8[1,3,5,5] float32[] uint8[] int8[8,3,3,3] float32[7] int8[] float32[] int8[]", MSW_INVALID,
     "the scale of the weights must have 1 or 8 elements, got float32[7]"},
};

static void types_and_attributes_give_a_type_or_a_reason(void **state) {
    (void)state;
    use_assert_cases(cases, COUNT(cases));
}

/* A convolution with channels last. */
struct conv {
    size_t batch, group, depth, columns; /* depth, columns: channels of one group, in and out */
    size_t size[2], kernel[2], stride[2], dilation[2], before[2], after[2], out[2];
    bool unsigned_x, unsigned_w, requantise;
};

struct data {
    unsigned char *x, *w, *w_zero, x_zero, z_zero;
    float *w_scale, x_scale, z_scale;
    int32_t *bias;
};

static int64_t byte(unsigned char x, bool is_unsigned) {
    return is_unsigned ? x : (int8_t)x;
}

static int64_t point(const struct conv *c, const struct data *d, size_t n, size_t oy, size_t ox, size_t o) {
    const size_t first = o / c->columns * c->depth; /* of the group's channels */
    int64_t sum = 0;
    for (size_t ky = 0; ky < c->kernel[0]; ky++) {
        for (size_t kx = 0; kx < c->kernel[1]; kx++) {
            const size_t y = oy * c->stride[0] + ky * c->dilation[0] - c->before[0]; /* wraps above the image */
            const size_t x = ox * c->stride[1] + kx * c->dilation[1] - c->before[1];
            for (size_t k = 0; y < c->size[0] && x < c->size[1] && k < c->depth; k++)
                sum += (byte(d->x[((n * c->size[0] + y) * c->size[1] + x) * c->group * c->depth + first + k],
                             c->unsigned_x) -
                        byte(d->x_zero, c->unsigned_x)) *
                       (byte(d->w[((o * c->depth + k) * c->kernel[0] + ky) * c->kernel[1] + kx], c->unsigned_w) -
                        byte(d->w_zero[o], c->unsigned_w));
        }
    }
    return sum;
}

static void check_points(const struct conv *c, const struct data *d, const void *z, const char *line) {
    const size_t channels = c->group * c->columns;
    for (size_t i = 0; i < c->batch * c->out[0] * c->out[1] * channels; i++) {
        const size_t o = i % channels, ox = i / channels % c->out[1], oy = i / channels / c->out[1] % c->out[0];
        const int64_t sum = point(c, d, i / channels / c->out[1] / c->out[0], oy, ox, o);
        const float scaled =
            nearbyintf((float)(sum + d->bias[o]) * (d->x_scale * d->w_scale[o] / d->z_scale)) + (float)d->z_zero;
        const int64_t wanted = !c->requantise ? sum : scaled < 0 ? 0 : scaled > 255 ? 255 : (int64_t)scaled;
        const int64_t got = c->requantise ? ((const unsigned char *)z)[i] : ((const int32_t *)z)[i];
        if (got != wanted)
            fail_msg("%s: element %zu is %lld, expected %lld", line, i, (long long)got, (long long)wanted);
    }
}

static unsigned char *bytes_of(uint64_t *seed, size_t n) {
    unsigned char *x = test_bytes(n);
    for (size_t i = 0; i < n; i++)
        x[i] = (unsigned char)test_random(seed);
    return x;
}

static void check_conv(struct conv *c, uint64_t *seed) {
    static const char *const dtypes[] = {"int8", "uint8"};
    const size_t channels = c->group * c->columns;
    char line[400], x_type[64], w_type[64], attributes[200];
    struct use u;
    (void)snprintf(x_type, sizeof x_type, "%s[%zu,%zu,%zu,%zu]", dtypes[c->unsigned_x], c->batch, c->size[0],
                   c->size[1], c->group * c->depth);
    (void)snprintf(w_type, sizeof w_type, "%s[%zu,%zu,%zu,%zu]", dtypes[c->unsigned_w], channels, c->depth,
                   c->kernel[0], c->kernel[1]);
    (void)snprintf(attributes, sizeof attributes,
                   "strides=%zu,%zu dilations=%zu,%zu pads=%zu,%zu,%zu,%zu group=%zu channels_last=1", c->stride[0],
                   c->stride[1], c->dilation[0], c->dilation[1], c->before[0], c->after[0], c->before[1], c->after[1],
                   c->group);
    if (c->requantise)
        (void)snprintf(line, sizeof line,
                       "QLinearConv %s float32[] %s[] %s float32[%zu] %s[%zu] float32[] uint8[] int32[%zu] %s", x_type,
                       dtypes[c->unsigned_x], w_type, channels, dtypes[c->unsigned_w], channels, channels, attributes);
    else
        (void)snprintf(line, sizeof line, "ConvInteger %s %s %s[] %s[%zu] %s", x_type, w_type, dtypes[c->unsigned_x],
                       dtypes[c->unsigned_w], channels, attributes);
    use_begin(&u, line);
    use_prepare(&u);
    for (int i = 0; i < 2; i++)
        c->out[i] = (size_t)u.outputs[0].dims[1 + i]; /* window_test.c checks these */
    const uint32_t weights = c->requantise ? 3 : 1;
    struct data d = {.x = bytes_of(seed, type_elements(&u.inputs[0])),
                     .w = bytes_of(seed, type_elements(&u.inputs[weights])),
                     .w_zero = bytes_of(seed, channels),
                     .x_zero = (unsigned char)test_random(seed),
                     .z_zero = (unsigned char)test_random(seed),
                     .w_scale = test_bytes(channels * sizeof(float)),
                     .x_scale = 0.375f,
                     .z_scale = 11.5f,
                     .bias = test_bytes(channels * sizeof(int32_t))};
    const bool no_zeros = test_below(seed, 2);
    for (size_t o = 0; o < channels; o++) {
        d.w_scale[o] = (float)(1 + test_below(seed, 99)) / 128;
        d.bias[o] = (int32_t)test_below(seed, 2000) - 1000;
        d.w_zero[o] = no_zeros ? 0 : d.w_zero[o];
    }
    const size_t bytes = use_output_elements(&u) * (c->requantise ? 1 : sizeof(int32_t));
    void *z = test_bytes(bytes);
    const void *quantised[] = {d.x, &d.x_scale, &d.x_zero, d.w, d.w_scale, d.w_zero, &d.z_scale, &d.z_zero, d.bias},
               *integers[] = {d.x, d.w, &d.x_zero, d.w_zero}, **in = c->requantise ? quantised : integers;
    use_run(&u, in, z);
    check_points(c, &d, z, line);
    void *packed = use_pack(&u, weights, d.w, 1 + test_below(seed, 4));
    in[weights] = packed;
    use_prepare(&u);
    memset(z, 0xa5, bytes);
    use_run(&u, in, z);
    check_points(c, &d, z, line);
    void *const all[] = {d.x, d.w, d.w_zero, d.w_scale, d.bias, z, packed};
    for (size_t i = 0; i < COUNT(all); i++)
        free(all[i]);
    use_end(&u);
}

static void random_convolutions_are_those_of_plain_loops_packed_or_not(void **state) {
    (void)state;
    static const size_t depths[] = {0, 1, 1, 2, 3, 8}, columns[] = {0, 1, 1, 2, 8, 9, 13};
    uint64_t seed = 42;
    for (int round = 0; round < 1000; round++) {
        struct conv c = {.batch = test_below(&seed, 8) ? 1 + test_below(&seed, 2) : 0,
                         .group = 1 + test_below(&seed, 3),
                         .depth = depths[test_below(&seed, COUNT(depths))],
                         .columns = columns[test_below(&seed, COUNT(columns))],
                         .unsigned_x = test_below(&seed, 2),
                         .unsigned_w = test_below(&seed, 2),
                         .requantise = test_below(&seed, 2)};
        for (int d = 0; d < 2; d++) {
            c.kernel[d] = 1 + test_below(&seed, 4);
            c.stride[d] = 1 + test_below(&seed, 3);
            c.dilation[d] = test_below(&seed, 2) ? 1 : 1 + test_below(&seed, 3);
            const size_t reach = c.dilation[d] * (c.kernel[d] - 1) + 1;
            c.before[d] = test_below(&seed, reach);
            c.after[d] = test_below(&seed, reach);
            const size_t padding = c.before[d] + c.after[d], least = reach > padding ? reach - padding : 1;
            c.size[d] = least + test_below(&seed, 9);
        }
        check_conv(&c, &seed);
    }
}

/* MobileNet's: many groups of one channel. */
static void depthwise_convolutions_are_those_of_plain_loops(void **state) {
    (void)state;
    uint64_t seed = 43;
    for (size_t i = 0; i < 64; i++) {
        const size_t kernel = 1 + i % 7, stride = 1 + i / 8 % 3, channels = 2 + test_below(&seed, 40);
        struct conv c = {.batch = 1 + i % 2,
                         .group = channels,
                         .depth = 1,
                         .columns = 1,
                         .size = {kernel + test_below(&seed, 12), kernel + test_below(&seed, 30)},
                         .kernel = {kernel, kernel},
                         .stride = {stride, stride},
                         .dilation = {1, 1},
                         .before = {kernel / 2, kernel / 2},
                         .after = {kernel / 2, kernel / 2},
                         .unsigned_x = i % 2,
                         .unsigned_w = i / 2 % 2,
                         .requantise = i / 4 % 2};
        check_conv(&c, &seed);
    }
}

/* Large enough to be cut into blocks. */
static void large_convolutions_are_cut_into_blocks(void **state) {
    (void)state;
    uint64_t seed = 44;
    struct conv c = {.batch = 1,
                     .group = 1,
                     .depth = 9,
                     .columns = 140,
                     .size = {13, 15},
                     .kernel = {3, 3},
                     .stride = {1, 1},
                     .dilation = {1, 1},
                     .before = {1, 1},
                     .after = {1, 1},
                     .unsigned_x = true,
                     .requantise = true};
    check_conv(&c, &seed);
    c.group = 300;
    c.depth = c.columns = 1;
    c.size[0] = c.size[1] = 40;
    check_conv(&c, &seed);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(types_and_attributes_give_a_type_or_a_reason),
        cmocka_unit_test(random_convolutions_are_those_of_plain_loops_packed_or_not),
        cmocka_unit_test(depthwise_convolutions_are_those_of_plain_loops),
        cmocka_unit_test(large_convolutions_are_cut_into_blocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
