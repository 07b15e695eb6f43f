/* Convolution by tiles against the sum as it is written, in double. */
#include "base/test.h"

#include <math.h>

#include "kernels/hot/gemm_f32.h"
#include "kernels/hot/winograd_f32.h"

/* Largest difference from the sum in double, in parts of the largest sum of magnitudes |x w|: three times the worst that 6,000 random convolutions of
 * the kind below showed (3.1e-7 and 1.7e-6). */
static double tolerance(size_t side) {
    return side == 2 ? 1e-6 : 5e-6;
}

/* A convolution and its tensors. */
struct conv {
    struct winograd g;
    size_t images;
    float *x, *weights, *packed, *zeros, *z;
    double *wanted, *magnitude;
};

static size_t output_floats(const struct conv *c) {
    return c->images * c->g.out_height * c->g.out_width * c->g.columns;
}

static float moderate(uint64_t *seed) {
    return (float)((double)test_random(seed) / (1ull << 47) - 1);
}

static float small_whole(uint64_t *seed) {
    return (float)test_below(seed, 17) - 8;
}

static float *filled(uint64_t *seed, size_t n, float (*number)(uint64_t *seed)) {
    float *x = test_bytes(n * sizeof *x);
    for (size_t i = 0; i < n; i++)
        x[i] = number(seed);
    return x;
}

/* The sum of the products that output element `i` stands for, and of their magnitudes. */
static void sum_plainly(const struct conv *c, size_t i) {
    const struct winograd *g = &c->g;
    const size_t o = i % g->columns, ox = i / g->columns % g->out_width;
    const size_t oy = i / g->columns / g->out_width % g->out_height, n = i / g->columns / g->out_width / g->out_height;
    c->wanted[i] = c->magnitude[i] = 0;
    for (size_t t = 0; t < 9; t++) {
        const size_t y = oy + t / 3, x = ox + t % 3; /* of the padded image */
        if (y < g->top || y - g->top >= g->height || x < g->left || x - g->left >= g->width)
            continue;
        for (size_t k = 0; k < g->depth; k++) {
            const size_t at = ((n * g->height + y - g->top) * g->width + x - g->left) * g->depth + k;
            const double product = (double)c->x[at] * (double)c->weights[(o * g->depth + k) * 9 + t];
            c->wanted[i] += product;
            c->magnitude[i] += fabs(product);
        }
    }
}

static void begin(struct conv *c, uint64_t *seed, float (*number)(uint64_t *seed)) {
    const struct winograd *g = &c->g;
    const size_t plain = 9 * g->depth * panel_columns(g->columns), n = output_floats(c);
    const size_t packed = g->in_run ? plain : winograd_weights(g->side, g->depth, g->columns);
    c->x = filled(seed, c->images * g->height * g->width * g->depth, number);
    c->weights = filled(seed, g->columns * g->depth * 9, number);
    c->packed = memset(test_bytes(packed * sizeof(float)), 0, packed * sizeof(float));
    c->zeros = memset(test_bytes(g->depth * sizeof(float)), 0, g->depth * sizeof(float));
    c->z = test_bytes(n * sizeof(float));
    c->wanted = test_bytes(n * sizeof(double));
    c->magnitude = test_bytes(n * sizeof(double));
    for (size_t i = 0; i < n; i++)
        sum_plainly(c, i);
}

static void end(struct conv *c) {
    void *const all[] = {c->x, c->weights, c->packed, c->zeros, c->z, c->wanted, c->magnitude};
    for (size_t i = 0; i < COUNT(all); i++)
        free(all[i]);
}

static void pack_by(struct conv *c, size_t at_once) {
    for (size_t o = 0, count; o < c->g.columns; o += count) {
        count = c->g.columns - o < at_once ? c->g.columns - o : at_once;
        const float *source = c->weights + o * c->g.depth * 9;
        if (c->g.in_run)
            pack_columns_f32(source, o, count, c->g.depth, 9, c->packed);
        else
            winograd_pack_f32(c->g.side, source, o, count, c->g.depth, c->g.columns, c->packed);
    }
}

/* All tiles, up to `at_once` of them in a call, and their columns in two ranges where there are several panels. */
static void run_by(struct conv *c, size_t at_once, const struct epilogue *e) {
    const struct winograd_tensors t = {.x = c->x, .weights = c->packed, .zeros = c->zeros, .z = c->z, .e = *e};
    const size_t tiles = c->images * winograd_tiles(&c->g), block = winograd_block(&c->g);
    const size_t middle = c->g.columns / 2 / PANEL * PANEL;
    float *scratch = test_bytes((size_t)winograd_scratch(&c->g) * sizeof *scratch);
    at_once = at_once < block ? at_once : block;
    for (size_t first = 0, count; first < tiles; first += count) {
        count = tiles - first < at_once ? tiles - first : at_once;
        winograd_f32(&c->g, &t, &(struct winograd_part){first, count, middle, c->g.columns}, scratch);
        winograd_f32(&c->g, &t, &(struct winograd_part){first, count, 0, middle}, scratch);
    }
    free(scratch);
}

static void assert_near(const struct conv *c) {
    double most = 0;
    for (size_t i = 0; i < output_floats(c); i++)
        most = c->magnitude[i] > most ? c->magnitude[i] : most;
    for (size_t i = 0; i < output_floats(c); i++)
        if (!(fabs((double)c->z[i] - c->wanted[i]) <= tolerance(c->g.side) * most))
            fail_msg("F(%zu)%s of [%zu,%zu,%zu] to %zu: element %zu is %.9g, expected %.9g", c->g.side,
                     c->g.in_run ? " in run" : "", c->g.height, c->g.width, c->g.depth, c->g.columns, i,
                     (double)c->z[i], c->wanted[i]);
}

/* All forms in turn, round by round: both sides, weights transformed before and in the run. */
static struct conv random_conv(uint64_t *seed, int round) {
    static const size_t channels[] = {1, 3, 4, 5, 8, 9, 16, 31, 33, 40};
    struct conv c = {.images = 1 + test_below(seed, 3)};
    c.g = (struct winograd){.side = round % 2 ? 2 : 4,
                            .in_run = round / 2 % 2,
                            .height = 1 + test_below(seed, 14),
                            .width = 1 + test_below(seed, 14),
                            .top = test_below(seed, 4),
                            .left = test_below(seed, 4),
                            .depth = channels[test_below(seed, COUNT(channels))],
                            .columns = channels[test_below(seed, COUNT(channels))]};
    const size_t below = 2 + test_below(seed, 3), right = 2 + test_below(seed, 3); /* at least one point */
    c.g.out_height = c.g.height + c.g.top + below - 2;
    c.g.out_width = c.g.width + c.g.left + right - 2;
    return c;
}

static void random_convolutions_are_near_the_sum_in_double(void **state) {
    (void)state;
    uint64_t seed = 51;
    for (int round = 0; round < 400; round++) {
        struct conv c = random_conv(&seed, round);
        begin(&c, &seed, moderate);
        pack_by(&c, 1 + test_below(&seed, 5));
        run_by(&c, 1 + test_below(&seed, 40), &(struct epilogue){0});
        assert_near(&c);
        end(&c);
    }
}

/* With a side of 2 all factors are 1, 1/2 and 1/4: nothing is rounded. */
static void small_whole_numbers_are_exact_with_a_side_of_two(void **state) {
    (void)state;
    uint64_t seed = 52;
    for (int round = 0; round < 100; round++) {
        struct conv c = random_conv(&seed, 2 * round + 1);
        begin(&c, &seed, small_whole);
        pack_by(&c, c.g.columns);
        run_by(&c, 32, &(struct epilogue){0});
        for (size_t i = 0; i < output_floats(&c); i++)
            assert_true((double)c.z[i] == c.wanted[i]);
        end(&c);
    }
}

static void check_blocks(struct winograd g) {
    static const size_t sizes[] = {1, 3, 8};
    uint64_t seed = 53;
    struct conv c = {.images = 2, .g = g};
    begin(&c, &seed, moderate);
    pack_by(&c, 7);
    run_by(&c, 1000, &(struct epilogue){0});
    assert_near(&c);
    float *whole = memcpy(test_bytes(output_floats(&c) * sizeof(float)), c.z, output_floats(&c) * sizeof(float));
    for (size_t s = 0; s < COUNT(sizes); s++) {
        run_by(&c, sizes[s], &(struct epilogue){0});
        test_same_floats(c.z, whole, output_floats(&c), "blocks");
    }
    free(whole);
    end(&c);
}

/* However tiles are shared out, and however deep the sums: more than one round of columns, blocks cut short by what fits the cache. */
static void blocks_of_any_size_give_the_same_bits(void **state) {
    (void)state;
    static const size_t depths[] = {16, 150, 700};
    for (size_t side = 2; side <= 4; side += 2)
        for (size_t d = 0; d < COUNT(depths); d++) {
            check_blocks((struct winograd){side, 6, 9, 1, 1, 6, 9, depths[d], 72, .in_run = false});
            check_blocks((struct winograd){side, 6, 9, 1, 1, 6, 9, depths[d], 72, .in_run = true});
        }
}

static void the_epilogue_adds_bias_and_residual_and_then_activates(void **state) {
    (void)state;
    uint64_t seed = 54;
    for (int round = 0; round < 160; round++) {
        struct conv c = random_conv(&seed, round);
        begin(&c, &seed, moderate);
        pack_by(&c, c.g.columns);
        run_by(&c, 32, &(struct epilogue){0});
        const size_t n = output_floats(&c);
        float *bias = filled(&seed, c.g.columns, test_float), *residual = filled(&seed, n, test_float);
        float *wanted = test_bytes(n * sizeof *wanted);
        const struct epilogue e = {.bias = round & 4 ? bias : NULL,
                                   .residual = round & 8 ? residual : NULL,
                                   .activation = round & 16 ? relu_f32 : NULL};
        for (size_t i = 0; i < n; i++) {
            float sum = e.bias ? c.z[i] + bias[i % c.g.columns] : c.z[i];
            sum = e.residual ? sum + residual[i] : sum;
            wanted[i] = e.activation && !(sum > 0) ? 0 : sum;
        }
        run_by(&c, 1 + test_below(&seed, 40), &e);
        test_same_floats(c.z, wanted, n, "epilogue");
        free(bias);
        free(residual);
        free(wanted);
        end(&c);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_convolutions_are_near_the_sum_in_double),
        cmocka_unit_test(small_whole_numbers_are_exact_with_a_side_of_two),
        cmocka_unit_test(blocks_of_any_size_give_the_same_bits),
        cmocka_unit_test(the_epilogue_adds_bias_and_residual_and_then_activates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
