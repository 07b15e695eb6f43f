/* Products and convolution rows against plain loops in the promised order, bit by bit, and both ways of packing. */
#include "base/test.h"

#include "kernels/hot/gemm_f32.h"

static const size_t some_rows[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 13};
static const size_t some_columns[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 16, 17, 43};
static const size_t some_depths[] = {0, 1, 3, 4, 5, 16, 17, 127};

/* Mostly moderate, so that order shows in the bits; with `special`, NaN, infinities, -0 and subnormals as well. */
static float *numbers(uint64_t *seed, size_t n, bool special) {
    float *x = test_bytes(n * sizeof *x);
    for (size_t i = 0; i < n; i++)
        x[i] = special ? test_float(seed) : (float)((double)test_random(seed) / (1ull << 48) - 0.5);
    return x;
}

/* Weights [columns][depth][taps] in panels, by the formula of the header: [columns / 8][taps * depth][8]. */
static float *panels(const float *w, size_t columns, size_t depth, size_t taps) {
    const size_t n = panel_columns(columns) * depth * taps;
    float *packed = test_bytes(n * sizeof *packed);
    for (size_t i = 0; i < n; i++)
        packed[i] = 0;
    for (size_t j = 0; j < columns; j++)
        for (size_t k = 0; k < depth; k++)
            for (size_t t = 0; t < taps; t++)
                packed[((j / 8 * taps + t) * depth + k) * 8 + j % 8] = w[(j * depth + k) * taps + t];
    return packed;
}

/* Rows of z are `ldz` apart; what lies between them must stay. */
static void assert_product(const float *z, const float *wanted, size_t rows, size_t columns, size_t ldz) {
    for (size_t r = 0; r < rows; r++) {
        test_same_floats(z + r * ldz, wanted + r * columns, columns, "product");
        for (size_t j = columns; j < ldz && r + 1 < rows; j++) {
            const unsigned char *gap = (const unsigned char *)(z + r * ldz + j);
            assert_int_equal(gap[0], 0xa5);
        }
    }
}

static size_t span(size_t rows, size_t columns, size_t ld) {
    return rows ? (rows - 1) * ld + columns : 0;
}

static void check_gemm(size_t rows, size_t columns, size_t depth, size_t gap, bool special, uint64_t *seed) {
    const size_t ldx = depth + gap, ldz = columns + 2 * gap;
    float *x = numbers(seed, span(rows, depth, ldx), special), *w = numbers(seed, columns * depth, special);
    float *packed = panels(w, columns, depth, 1), *wanted = test_bytes(rows * columns * sizeof *wanted);
    float *z = test_bytes(span(rows, columns, ldz) * sizeof *z);
    for (size_t r = 0; r < rows; r++) {
        for (size_t j = 0; j < columns; j++) {
            float sum = 0;
            for (size_t k = 0; k < depth; k++)
                sum += x[r * ldx + k] * w[j * depth + k];
            wanted[r * columns + j] = sum;
        }
    }
    gemm_f32(x, ldx, rows, depth, packed, columns, z, ldz, NULL);
    assert_product(z, wanted, rows, columns, ldz);
    free(x);
    free(w);
    free(packed);
    free(wanted);
    free(z);
}

static void gemm_has_the_bits_of_the_plain_loop(void **state) {
    (void)state;
    uint64_t seed = 20;
    check_gemm(50, 150, 3000, 0, false, &seed); /* rounds of one panel, and weights read ahead */
    check_gemm(171, 43, 1000, 1, false, &seed); /* blocks of rows, the last one smaller */
    check_gemm(99, 299, 201, 1, false, &seed);  /* rounds of several panels, the last one smaller */
    for (size_t r = 0; r < COUNT(some_rows); r++)
        for (size_t c = 0; c < COUNT(some_columns); c++)
            for (size_t d = 0; d < COUNT(some_depths); d++)
                for (size_t gap = 0; gap < 3; gap++)
                    check_gemm(some_rows[r], some_columns[c], some_depths[d], gap, gap == 2, &seed);
}

/* Columns on both sides of the width at which the epilogue is done; every choice of bias, residual, activation. */
static void check_epilogue(size_t rows, size_t columns, unsigned choice, uint64_t *seed) {
    const size_t depth = 5, ldz = columns + 3;
    float *x = numbers(seed, rows * depth, false), *w = numbers(seed, columns * depth, false);
    float *packed = panels(w, columns, depth, 1), *bias = numbers(seed, columns, true);
    float *residual = numbers(seed, span(rows, columns, ldz), true);
    float *z = test_bytes(span(rows, columns, ldz) * sizeof *z), *wanted = test_bytes(rows * columns * sizeof *wanted);
    const struct epilogue e = {.bias = choice & 1 ? bias : NULL,
                               .residual = choice & 2 ? residual : NULL,
                               .activation = choice & 4 ? relu_f32 : NULL};
    for (size_t r = 0; r < rows; r++) {
        for (size_t j = 0; j < columns; j++) {
            float sum = 0;
            for (size_t k = 0; k < depth; k++)
                sum += x[r * depth + k] * w[j * depth + k];
            sum = e.bias ? sum + bias[j] : sum;
            sum = e.residual ? sum + residual[r * ldz + j] : sum;
            wanted[r * columns + j] = e.activation && !(sum > 0) ? 0 : sum;
        }
    }
    gemm_f32(x, depth, rows, depth, packed, columns, z, ldz, &e);
    assert_product(z, wanted, rows, columns, ldz);
    float *const all[] = {x, w, packed, bias, residual, z, wanted};
    for (size_t i = 0; i < COUNT(all); i++)
        free(all[i]);
}

static void the_epilogue_adds_bias_and_residual_and_then_activates(void **state) {
    (void)state;
    static const size_t columns[] = {0, 1, 8, 9, 63, 64, 65, 72, 128, 130};
    uint64_t seed = 23;
    check_epilogue(301, 130, 7, &seed); /* too large to be done at once */
    check_epilogue(513, 64, 7, &seed);
    for (size_t r = 0; r < COUNT(some_rows); r++)
        for (size_t c = 0; c < COUNT(columns); c++)
            for (unsigned choice = 0; choice < 8; choice++)
                check_epilogue(some_rows[r], columns[c], choice, &seed);
}

/* Rows found through pointers. Some rows are shared, as neighbouring windows share theirs. */
static void check_rows(size_t rows, size_t columns, size_t depth, size_t taps, bool special, uint64_t *seed) {
    enum { POOL = 7 };
    const size_t ldx = rows + 2, ldz = columns + 1;
    float *pool[POOL], *w = numbers(seed, columns * depth * taps, special), *packed = panels(w, columns, depth, taps);
    float *z = test_bytes(span(rows, columns, ldz) * sizeof *z), *wanted = test_bytes(rows * columns * sizeof *wanted);
    const float **x = test_bytes(taps * ldx * sizeof *x); /* those between the taps stay wild */
    for (size_t i = 0; i < POOL; i++)
        pool[i] = numbers(seed, depth, special);
    for (size_t r = 0; r < rows; r++)
        for (size_t t = 0; t < taps; t++)
            x[t * ldx + r] = pool[test_below(seed, POOL)];
    for (size_t r = 0; r < rows; r++) {
        for (size_t j = 0; j < columns; j++) {
            float sum = 0;
            for (size_t t = 0; t < taps; t++)
                for (size_t k = 0; k < depth; k++)
                    sum += x[t * ldx + r][k] * w[(j * depth + k) * taps + t];
            wanted[r * columns + j] = sum;
        }
    }
    gemm_rows_f32(x, ldx, rows, taps, depth, packed, columns, z, ldz, NULL);
    assert_product(z, wanted, rows, columns, ldz);
    for (size_t i = 0; i < POOL; i++)
        free(pool[i]);
    free(w);
    free(packed);
    free(z);
    free(wanted);
    free(x);
}

static void rows_through_pointers_have_the_bits_of_the_plain_loop(void **state) {
    (void)state;
    static const size_t taps[] = {1, 2, 9};
    uint64_t seed = 21;
    check_rows(70, 130, 259, 3, false, &seed); /* weights read ahead, tap by tap */
    for (size_t r = 0; r < COUNT(some_rows); r++)
        for (size_t c = 0; c < COUNT(some_columns); c++)
            for (size_t d = 0; d < COUNT(some_depths) - 1; d++)
                for (size_t t = 0; t < COUNT(taps); t++)
                    check_rows(some_rows[r], some_columns[c], some_depths[d], taps[t], t == 1, &seed);
}

/* The order itself: sums that come out otherwise in any other. */
static void sums_run_in_rising_order_from_plus_zero(void **state) {
    (void)state;
    const float x[3] = {0x1p24f, 1, -0x1p24f}, ones[3] = {1, 1, 1};
    float *packed = panels(ones, 1, 3, 1), z;
    gemm_f32(x, 3, 1, 3, packed, 1, &z, 1, NULL);
    assert_true(z == 0.0f); /* 2^24 + 1 is 2^24 in float32 */
    const float zero = -0.0f;
    gemm_f32(&zero, 1, 1, 1, packed, 1, &z, 1, NULL);
    const uint32_t bits = 0;
    assert_memory_equal(&z, &bits, sizeof z); /* 0 + -0 is 0 */
    free(packed);
}

/* Rows handed over in ranges of `at_once`, as a loader does. */
static void check_packing(size_t columns, size_t depth, size_t taps, size_t at_once, uint64_t *seed) {
    const size_t n = panel_columns(columns) * depth * taps;
    float *w = test_floats(seed, columns * depth * taps), *wanted = panels(w, columns, depth, taps);
    float *packed = test_bytes(n * sizeof *packed);
    memset(packed, 0, n * sizeof *packed);
    for (size_t j = 0; j < columns; j += at_once)
        pack_columns_f32(w + j * depth * taps, j, columns - j < at_once ? columns - j : at_once, depth, taps, packed);
    assert_memory_equal(packed, wanted, n * sizeof *packed);
    if (taps == 1) { /* the same matrix with its rows along the depth */
        float *turned = test_bytes(columns * depth * sizeof *turned);
        for (size_t k = 0; k < depth; k++)
            for (size_t j = 0; j < columns; j++)
                turned[k * columns + j] = w[j * depth + k];
        memset(packed, 0, n * sizeof *packed);
        for (size_t k = 0; k < depth; k += at_once)
            pack_depth_f32(turned + k * columns, k, depth - k < at_once ? depth - k : at_once, depth, columns, packed);
        assert_memory_equal(packed, wanted, n * sizeof *packed);
        free(turned);
    }
    free(w);
    free(wanted);
    free(packed);
}

static void packing_puts_every_weight_in_its_panel_whatever_the_ranges(void **state) {
    (void)state;
    static const size_t depths[] = {0, 1, 3, 16, 17}, taps[] = {1, 4, 9}, ranges[] = {1, 3, 8, 1000};
    uint64_t seed = 22;
    for (size_t c = 0; c < COUNT(some_columns); c++)
        for (size_t d = 0; d < COUNT(depths); d++)
            for (size_t t = 0; t < COUNT(taps); t++)
                for (size_t r = 0; r < COUNT(ranges); r++)
                    check_packing(some_columns[c], depths[d], taps[t], ranges[r], &seed);
}

static void columns_round_up_to_whole_panels(void **state) {
    (void)state;
    static const size_t cases[][2] = {{0, 0}, {1, 8}, {7, 8}, {8, 8}, {9, 16}, {16, 16}, {1000, 1000}, {1001, 1008}};
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(panel_columns(cases[i][0]), cases[i][1]);
}

static int with_shuffles(void **state) {
    (void)state;
    gemm_prefer_shuffles(true);
    return 0;
}

static int without_shuffles(void **state) {
    (void)state;
    gemm_prefer_shuffles(false);
    return 0;
}

#define WITH_BOTH_TILES(test)                                                                                          \
    cmocka_unit_test(test), {                                                                                          \
        "with shuffles: " #test, test, with_shuffles, without_shuffles, NULL                                           \
    }

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_BOTH_TILES(gemm_has_the_bits_of_the_plain_loop),
        WITH_BOTH_TILES(the_epilogue_adds_bias_and_residual_and_then_activates),
        WITH_BOTH_TILES(rows_through_pointers_have_the_bits_of_the_plain_loop),
        cmocka_unit_test(sums_run_in_rising_order_from_plus_zero),
        cmocka_unit_test(packing_puts_every_weight_in_its_panel_whatever_the_ranges),
        cmocka_unit_test(columns_round_up_to_whole_panels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
