/* Products of 8-bit integers against plain loops in 64-bit integers and, behind them, in float. */
#include <math.h>

#include "ops/op_test.h"

static const struct use_case cases[] = {
    {"MatMulInteger uint8[2,3] int8[3,4]", MSW_OK, "int32[2,4]"},
    {"MatMulInteger uint8[2,3] int8[3,4] uint8[2] int8[4]", MSW_OK, "int32[2,4]"},
    {"MatMulInteger uint8[5,2,3] int8[3,4] uint8[5,2,1] int8[]", MSW_OK, "int32[5,2,4]"},
    {"MatMulInteger uint8[3] int8[3]", MSW_OK, "int32[]"},
    {"MatMulInteger uint8[2,3] int8[4,3]", MSW_INVALID, "inner sizes differ: 3 of [2,3] and 4 of [4,3]"},
    {"MatMulInteger uint8[2,3] float32[3,4]", MSW_INVALID,
     "needs two matrices (rank 1 or more) of int8 or uint8, got uint8[2,3] and float32[3,4]"},
    {"MatMulInteger uint8[2,3] int8[3,4] int8[]", MSW_INVALID,
     "the zero point of the left matrix must be uint8, got int8[]"},
    {"MatMulInteger uint8[2,3] int8[3,4] uint8[3]", MSW_INVALID,
     "the zero point of the left matrix must have 1 or 2 elements, got uint8[3]"},
    {"MatMulInteger uint8[2,2,3] int8[3,3,4]", MSW_INVALID, "leading dims of [2,2,3] and [3,3,4] cannot be broadcast"},
    {"QLinearMatMul uint8[2,3] float32[] uint8[] int8[3,4] float16[4] int8[] float32[] int8[]", MSW_OK, "int8[2,4]"},
    {"QLinearMatMul uint8[2,3] float32[] uint8[] int8[3,4] float32[4] int8[] float32[] float32[0]", MSW_INVALID,
     "the zero point of the answer must be int8 or uint8, got float32[0]"},
    {"QLinearMatMul uint8[2,3] int8[] uint8[] int8[3,4] float32[4] int8[] float32[] int8[]", MSW_INVALID,
     "the scale of the left matrix must be float32 or a 16-bit float, got int8[]"},
    {"MatMulIntegerToFloat uint8[2,3] int8[3,4] float32[] float32[4] uint8[] int8[] float32[4]", MSW_OK,
     "float32[2,4]"},
};

static void types_and_shapes_give_a_type_or_a_reason(void **state) {
    (void)state;
    use_assert_cases(cases, COUNT(cases));
}

/* A product with everything that can go with it. */
struct sizes {
    size_t batch, batch_b, rows, depth, columns; /* batch_b: 1 or batch */
    bool unsigned_a, unsigned_b, a_by_row, b_by_column;
};

struct data {
    unsigned char *a, *b, *a_zero, *b_zero;
    float *a_scale, *b_scale, *bias;
};

static int64_t byte(const unsigned char *x, size_t i, bool is_unsigned) {
    return is_unsigned ? x[i] : (int8_t)x[i];
}

static int64_t sum_of(const struct sizes *s, const struct data *d, size_t n, size_t r, size_t j) {
    const int64_t a_zero = byte(d->a_zero, s->a_by_row ? r : 0, s->unsigned_a);
    const int64_t b_zero = byte(d->b_zero, s->b_by_column ? j : 0, s->unsigned_b);
    int64_t sum = 0;
    for (size_t k = 0; k < s->depth; k++)
        sum += (byte(d->a, (n * s->rows + r) * s->depth + k, s->unsigned_a) - a_zero) *
               (byte(d->b, ((s->batch_b > 1 ? n : 0) * s->depth + k) * s->columns + j, s->unsigned_b) - b_zero);
    return sum;
}

static unsigned char *bytes_of(uint64_t *seed, size_t n) {
    static const unsigned char ends[] = {0, 255, 127, 128, 1};
    unsigned char *x = test_bytes(n + 1);
    for (size_t i = 0; i < n; i++)
        x[i] = test_below(seed, 3) ? (unsigned char)test_random(seed) : ends[test_below(seed, COUNT(ends))];
    return x;
}

static float *scales_of(uint64_t *seed, size_t n) {
    float *x = test_bytes((n + 1) * sizeof *x);
    for (size_t i = 0; i < n; i++)
        x[i] = (float)(1 + test_below(seed, 1000)) / 4096;
    return x;
}

static struct data draw(const struct sizes *s, uint64_t *seed) {
    const size_t zeros = s->a_by_row ? s->rows : 1, columns = s->b_by_column ? s->columns : 1;
    return (struct data){.a = bytes_of(seed, s->batch * s->rows * s->depth),
                         .b = bytes_of(seed, s->batch_b * s->depth * s->columns),
                         .a_zero = bytes_of(seed, zeros),
                         .b_zero = bytes_of(seed, columns),
                         .a_scale = scales_of(seed, zeros),
                         .b_scale = scales_of(seed, columns),
                         .bias = scales_of(seed, s->columns)};
}

static void release(const struct data *d) {
    void *const all[] = {d->a, d->b, d->a_zero, d->b_zero, d->a_scale, d->b_scale, d->bias};
    for (size_t i = 0; i < COUNT(all); i++)
        free(all[i]);
}

/* To the nearest, of two the even one; between the ends of a byte. */
static unsigned char requantised(int64_t sum, float scale, int zero, bool is_unsigned) {
    const float x = nearbyintf((float)sum * scale) + (float)zero, lowest = is_unsigned ? 0 : -128,
                highest = is_unsigned ? 255 : 127;
    return (unsigned char)(int)(x < lowest ? lowest : x > highest ? highest : x);
}

enum form { TO_INT32, TO_BYTES, TO_FLOAT };

static void assert_product(const struct sizes *s, const struct data *d, enum form form, float z_scale,
                           unsigned char z_zero, const void *z, const char *line) {
    for (size_t i = 0; i < s->batch * s->rows * s->columns; i++) {
        const size_t j = i % s->columns, r = i / s->columns % s->rows;
        const int64_t sum = sum_of(s, d, i / s->columns / s->rows, r, j);
        const float scale = d->a_scale[s->a_by_row ? r : 0] * d->b_scale[s->b_by_column ? j : 0];
        bool same;
        if (form == TO_INT32)
            same = ((const int32_t *)z)[i] == sum;
        else if (form == TO_FLOAT)
            same = ((const float *)z)[i] == (float)sum * scale + d->bias[j];
        else
            same = ((const unsigned char *)z)[i] == requantised(sum, scale / z_scale, z_zero, true);
        if (!same)
            fail_msg("%s: element %zu differs", line, i);
    }
}

static void check_product(const struct sizes *s, enum form form, uint64_t *seed) {
    static const char *const dtypes[] = {"int8", "uint8"};
    const char *a = dtypes[s->unsigned_a], *b = dtypes[s->unsigned_b];
    const size_t an = s->a_by_row ? s->rows : 1, bn = s->b_by_column ? s->columns : 1;
    char left[64], right[64], line[400];
    struct use u;
    const struct data d = draw(s, seed);
    const float z_scale = (float)(1 + test_below(seed, 100)) / 8;
    const unsigned char z_zero = (unsigned char)test_random(seed);
    (void)snprintf(left, sizeof left, "%s[%zu,%zu,%zu]", a, s->batch, s->rows, s->depth);
    if (s->batch_b > 1)
        (void)snprintf(right, sizeof right, "%s[%zu,%zu,%zu]", b, s->batch_b, s->depth, s->columns);
    else
        (void)snprintf(right, sizeof right, "%s[%zu,%zu]", b, s->depth, s->columns);
    if (form == TO_INT32)
        (void)snprintf(line, sizeof line, "MatMulInteger %s %s %s[%zu] %s[%zu]", left, right, a, an, b, bn);
    else if (form == TO_BYTES)
        (void)snprintf(line, sizeof line,
                       "QLinearMatMul %s float32[%zu] %s[%zu] %s float32[%zu] %s[%zu] float32[] uint8[]", left, an, a,
                       an, right, bn, b, bn);
    else
        (void)snprintf(line, sizeof line,
                       "MatMulIntegerToFloat %s %s float32[%zu] float32[%zu] %s[%zu] %s[%zu] float32[%zu]", left, right,
                       an, bn, a, an, b, bn, s->columns);
    const void *integers[] = {d.a, d.b, d.a_zero, d.b_zero},
               *quantised[] = {d.a, d.a_scale, d.a_zero, d.b, d.b_scale, d.b_zero, &z_scale, &z_zero},
               *floats[] = {d.a, d.b, d.a_scale, d.b_scale, d.a_zero, d.b_zero, d.bias};
    const void **in = form == TO_INT32 ? integers : form == TO_BYTES ? quantised : floats;
    const uint32_t weights = form == TO_BYTES ? 3 : 1;
    use_begin(&u, line);
    use_prepare(&u);
    void *z = test_bytes(use_output_elements(&u) * sizeof(int32_t));
    use_run(&u, in, z);
    assert_product(s, &d, form, z_scale, z_zero, z, line);
    if (s->batch_b == 1) {
        void *packed = use_pack(&u, weights, d.b, 1 + test_below(seed, 5));
        in[weights] = packed;
        use_prepare(&u);
        memset(z, 0xa5, use_output_elements(&u) * (form == TO_BYTES ? 1 : sizeof(int32_t)));
        use_run(&u, in, z);
        assert_product(s, &d, form, z_scale, z_zero, z, line);
        free(packed);
    }
    free(z);
    release(&d);
    use_end(&u);
}

static void random_products_are_those_of_plain_loops(void **state) {
    (void)state;
    static const size_t rows[] = {1, 1, 2, 3, 4, 5, 17, 49}, depths[] = {1, 2, 7, 8, 9, 31, 64},
                        columns[] = {1, 4, 7, 8, 9, 33, 130};
    uint64_t seed = 41;
    for (int round = 0; round < 600; round++) {
        struct sizes s = {.batch = 1 + test_below(&seed, 3),
                          .rows = rows[test_below(&seed, COUNT(rows))],
                          .depth = depths[test_below(&seed, COUNT(depths))],
                          .columns = columns[test_below(&seed, COUNT(columns))],
                          .unsigned_a = test_below(&seed, 2),
                          .unsigned_b = test_below(&seed, 2),
                          .a_by_row = test_below(&seed, 3) == 0,
                          .b_by_column = test_below(&seed, 2)};
        s.batch_b = test_below(&seed, 2) ? s.batch : 1;
        check_product(&s, (enum form)(round % 3), &seed);
    }
}

/* The products that native kernels saturate: all of the largest size, so many that floats could not add them up. */
static void the_largest_products_are_exact(void **state) {
    (void)state;
    enum { DEPTH = 5000, COLUMNS = 9 };
    struct use u;
    unsigned char *a = test_bytes(DEPTH), *b = test_bytes((size_t)DEPTH * COLUMNS), zero = 0;
    const int8_t b_zero = 127;
    int32_t z[COLUMNS];
    memset(a, 255, DEPTH);
    memset(b, 0x80, (size_t)DEPTH * COLUMNS);
    use_begin(&u, "MatMulInteger uint8[5000] int8[5000,9] uint8[] int8[]");
    use_prepare(&u);
    use_run(&u, (const void *const[]){a, b, &zero, &b_zero}, z);
    for (size_t j = 0; j < COLUMNS; j++)
        assert_int_equal(z[j], DEPTH * 255 * (-128 - 127));
    free(a);
    free(b);
    use_end(&u);
}

/* Halves, whose neighbours are equally near. */
static void of_two_numbers_equally_near_the_even_one_is_taken(void **state) {
    (void)state;
    static const int8_t a[] = {1, 3, 5, -1, -3, 127, -128}, b = 1, zero = 0;
    static const unsigned char wanted[] = {0, 2, 2, 0, 0xfe, 64, 0xc0};
    const float one = 1, two = 2;
    unsigned char z[COUNT(a)];
    struct use u;
    use_begin(&u, "QLinearMatMul int8[7,1] float32[] int8[] int8[1,1] float32[] int8[] float32[] int8[]");
    use_prepare(&u);
    use_run(&u, (const void *const[]){a, &one, &zero, &b, &one, &zero, &two, &zero}, z);
    assert_memory_equal(z, wanted, sizeof wanted);
    use_end(&u);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(types_and_shapes_give_a_type_or_a_reason),
        cmocka_unit_test(random_products_are_those_of_plain_loops),
        cmocka_unit_test(the_largest_products_are_exact),
        cmocka_unit_test(of_two_numbers_equally_near_the_even_one_is_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
