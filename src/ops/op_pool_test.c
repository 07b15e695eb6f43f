/* Max pooling against plain loops, in the order of comparison that MindSpore has on CPU. */
#include "ops/op_test.h"

#include <float.h>

static const struct use_case cases[] = {
    {"MaxPool float32[2,3,8,8] kernel=2,2 strides=2,2", MSW_OK, "float32[2,3,4,4]"},
    {"MaxPool float32[2,8,8,3] kernel=2,2 strides=2,2 channels_last=1", MSW_OK, "float32[2,4,4,3]"},
    {"MaxPool float32[1,1,8,8]", MSW_INVALID, "kernel must have 2 numbers, got 0"},
    {"MaxPool float32[1,1,8,8] kernel=", MSW_INVALID, "kernel must have 2 numbers, got 0"},
    {"MaxPool float32[1,1,8,8] kernel=2", MSW_INVALID, "kernel must have 2 numbers, got 1"},
    {"MaxPool float32[1,1,8,8] kernel=2,2,2", MSW_INVALID, "kernel must have 2 numbers, got 3"},
    {"MaxPool float32[1,1,8,8] kernel=0,2", MSW_INVALID, "kernel[0] must be in 1..1048576, got 0"},
    {"MaxPool float32[1,1,8,8] kernel=2,-2", MSW_INVALID, "kernel[1] must be in 1..1048576, got -2"},
    {"MaxPool float32[1,1,8,8] kernel=2,9223372036854775807", MSW_INVALID,
     "kernel[1] must be in 1..1048576, got 9223372036854775807"},
    {"MaxPool float32[1,1,8,8] kernel=4294967298,2", MSW_INVALID, /* 2, cut to 32 bits */
     "kernel[0] must be in 1..1048576, got 4294967298"},
    {"MaxPool float32[8,8] kernel=2,2", MSW_INVALID, "needs an image of rank 4, got float32[8,8]"},
    {"MaxPool float32[1,1,8,8] kernel=3,3 strides=2,2 ceil_mode=1", MSW_OK, "float32[1,1,4,4]"},
    {"MaxPool float32[1,1,4,4] kernel=1,1 strides=4,3 ceil_mode=1", MSW_OK, "float32[1,1,1,2]"},
    {"MaxPool float32[1,1,4,4] kernel=2,2 strides=3,3 pads=1,1,0,0 ceil_mode=1", MSW_OK, "float32[1,1,2,2]"},
    {"MaxPool3D float32[1,1,4,6,8] kernel=2,3,4", MSW_OK, "float32[1,1,3,4,5]"},
    {"MaxPool3D float32[1,1,4,6] kernel=2,3,4", MSW_INVALID, "needs an image of rank 5, got float32[1,1,4,6]"},
    {"MaxPool3D float32[1,1,4,6,8] kernel=2,3", MSW_INVALID, "kernel must have 3 numbers, got 2"},
    {"MaxPool3D float32[1,1,4,6,8] kernel=5,1,1", MSW_INVALID,
     "a window of 5 does not fit depth 4 with padding 0 and 0"},
    {"AvgPool float32[1,1,8,8] kernel=2,2 divisor=3", MSW_OK, "float32[1,1,7,7]"},
    {"AvgPool float32[1,1,8,8] kernel=2,2 divisor=-1", MSW_INVALID, "divisor must be in 0..2147483647, got -1"},
    {"AvgPool float32[1,1,8,8] kernel=2,2 pads=2,0,0,0", MSW_INVALID,
     "padding 2 and 0 of height must be smaller than the window's reach 2"},
    {"AvgPool3D float32[1,4,6,8,2] kernel=2,3,4 channels_last=1", MSW_OK, "float32[1,3,4,5,2]"},
    {"AdaptiveAvgPool2D float32[1,3,8,8] size=3,-1", MSW_OK, "float32[1,3,3,8]"},
    {"AdaptiveMaxPool2D float32[1,8,8,3] size=3,9 channels_last=1", MSW_OK, "float32[1,3,9,3]"},
    {"AdaptiveAvgPool2D float32[3,8,8] size=3,3", MSW_INVALID, "needs an image of rank 4, got float32[3,8,8]"},
    {"AdaptiveAvgPool2D float32[1,3,8,8] size=3", MSW_INVALID, "size must have 2 numbers, got 1"},
    {"AdaptiveAvgPool2D float32[1,3,8,8] size=0,3", MSW_INVALID,
     "size[0] is 0, for 8 of [1,3,8,8]: must be 1 or more, or -1 to keep it"},
    {"AdaptiveAvgPool2D float32[1,3,8,0] size=1,1", MSW_INVALID,
     "size[1] is 1, for 0 of [1,3,8,0]: must be 1 or more, or -1 to keep it"},
};

static void attributes_give_a_type_or_a_reason(void **state) {
    (void)state;
    use_assert_cases(cases, COUNT(cases));
}

struct pool {
    size_t batch, channels, size[2], kernel[2], stride[2], dilation[2], before[2], after[2], out[2];
};

static float point(const struct pool *p, const float *x, size_t n, size_t oy, size_t ox, size_t c) {
    float best = -FLT_MAX;
    for (size_t ky = 0; ky < p->kernel[0]; ky++) {
        for (size_t kx = 0; kx < p->kernel[1]; kx++) {
            const size_t y = oy * p->stride[0] + ky * p->dilation[0], col = ox * p->stride[1] + kx * p->dilation[1];
            if (y < p->before[0] || y >= p->before[0] + p->size[0] || col < p->before[1] ||
                col >= p->before[1] + p->size[1])
                continue; /* padding never wins */
            const size_t at = ((n * p->size[0] + y - p->before[0]) * p->size[1] + col - p->before[1]) * p->channels + c;
            best = best > x[at] ? best : x[at];
        }
    }
    return best;
}

static void check_pool(struct pool *p, uint64_t *seed) {
    char line[256];
    struct use u;
    (void)snprintf(line, sizeof line,
                   "MaxPool float32[%zu,%zu,%zu,%zu] kernel=%zu,%zu strides=%zu,%zu dilations=%zu,%zu "
                   "pads=%zu,%zu,%zu,%zu channels_last=1",
                   p->batch, p->size[0], p->size[1], p->channels, p->kernel[0], p->kernel[1], p->stride[0],
                   p->stride[1], p->dilation[0], p->dilation[1], p->before[0], p->after[0], p->before[1], p->after[1]);
    use_begin(&u, line);
    use_prepare(&u);
    for (int d = 0; d < 2; d++)
        p->out[d] = (size_t)u.outputs[0].dims[1 + d]; /* window_test.c checks these */
    const size_t n = use_output_elements(&u);
    float *x = test_floats(seed, type_elements(&u.inputs[0])), *z = test_bytes(n * sizeof *z);
    use_run(&u, (const void *const[]){x}, z);
    for (size_t i = 0; i < n; i++) {
        const size_t pixel = i / p->channels, ox = pixel % p->out[1], oy = pixel / p->out[1] % p->out[0];
        const float wanted = point(p, x, pixel / p->out[1] / p->out[0], oy, ox, i % p->channels);
        if (!test_same_float(z[i], wanted))
            fail_msg("%s: element %zu is %a, expected %a", line, i, (double)z[i], (double)wanted);
    }
    free(x);
    free(z);
    use_end(&u);
}

static void random_pools_have_the_bits_of_plain_loops(void **state) {
    (void)state;
    static const size_t channels[] = {0, 1, 3, 4, 5, 13};
    uint64_t seed = 28;
    for (int round = 0; round < 2000; round++) {
        struct pool p = {.batch = test_below(&seed, 8) ? 1 + test_below(&seed, 2) : 0,
                         .channels = channels[test_below(&seed, COUNT(channels))]};
        for (int d = 0; d < 2; d++) {
            p.kernel[d] = 1 + test_below(&seed, 4);
            p.stride[d] = 1 + test_below(&seed, 3);
            p.dilation[d] = 1 + test_below(&seed, 3);
            const size_t reach = p.dilation[d] * (p.kernel[d] - 1) + 1;
            p.before[d] = test_below(&seed, reach);
            p.after[d] = test_below(&seed, reach);
            const size_t padding = p.before[d] + p.after[d], least = reach > padding ? reach - padding : 1;
            p.size[d] = least + test_below(&seed, 9);
        }
        check_pool(&p, &seed);
    }
}

/* 3 * 10^8 points without channels: no work, and done at once. */
static void an_empty_result_takes_no_time(void **state) {
    (void)state;
    struct use u;
    void *x = test_bytes(0), *z = test_bytes(0);
    use_begin(&u, "MaxPool float32[1,30000,10000,0] kernel=100,100 channels_last=1");
    use_prepare(&u);
    use_run(&u, (const void *const[]){x}, z);
    use_end(&u);
    free(x);
    free(z);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(attributes_give_a_type_or_a_reason),
        cmocka_unit_test(random_pools_have_the_bits_of_plain_loops),
        cmocka_unit_test(an_empty_result_takes_no_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
