/* Every row of fold.def against one accumulator walked from the first element to the last, and what summing in double is for. */
#include "base/test.h"

#include "kernels/fold.h"

enum kind { KIND_sum, KIND_sum_abs, KIND_sum_square, KIND_prod, KIND_max, KIND_min };
enum type { TYPE_f32, TYPE_i8, TYPE_u8, TYPE_i16, TYPE_i32, TYPE_i64, TYPE_u16, TYPE_u32, TYPE_u64, TYPE_f64 };
static const size_t type_bytes[] = {4, 1, 1, 2, 4, 8, 2, 4, 8, 8};

static const struct {
    const char *name;
    enum kind kind;
    enum type type;
    fold_kernel kernel;
} folds[] = {
#define FOLD(name_, element, accumulator, expression)                                                                  \
    {#name_ "_" #element, KIND_##name_, TYPE_##element, fold_##name_##_##element},
#include "kernels/fold.def"
    FOLD(sum, f32, double, a + x)
#undef FOLD
};

static double fold_float(enum kind kind, double a, double x) {
    switch (kind) {
    case KIND_sum: return a + x;
    case KIND_sum_abs: return a + (x < 0 ? -x : x);
    case KIND_sum_square: return a + x * x;
    case KIND_prod: return a * x;
    case KIND_max: return a < x ? x : a;
    default: return a > x ? x : a;
    }
}

static int64_t fold_int(enum kind kind, enum type type, int64_t a, int64_t x) {
    const bool less = type == TYPE_u64 ? (uint64_t)a < (uint64_t)x : a < x;
    switch (kind) {
    case KIND_sum_square: return (int64_t)((uint64_t)a + (uint64_t)x * (uint64_t)x);
    case KIND_sum: return (int64_t)((uint64_t)a + (uint64_t)x);
    case KIND_prod: return (int64_t)((uint64_t)a * (uint64_t)x);
    case KIND_max: return less ? x : a;
    default: return less ? a : x;
    }
}

static int64_t int_at(enum type type, const unsigned char *x, size_t i) {
    int8_t i8;
    int16_t i16;
    int32_t i32;
    int64_t i64;
    uint16_t u16;
    uint32_t u32;
    switch (type) {
    case TYPE_i8: return *(int8_t *)memcpy(&i8, x + i, 1);
    case TYPE_u8: return x[i];
    case TYPE_i16: return *(int16_t *)memcpy(&i16, x + 2 * i, 2);
    case TYPE_u16: return *(uint16_t *)memcpy(&u16, x + 2 * i, 2);
    case TYPE_u32: return *(uint32_t *)memcpy(&u32, x + 4 * i, 4);
    case TYPE_i32: return *(int32_t *)memcpy(&i32, x + 4 * i, 4);
    default: return *(int64_t *)memcpy(&i64, x + 8 * i, 8);
    }
}

static bool is_float(enum type type) {
    return type == TYPE_f32 || type == TYPE_f64;
}

static void check(size_t f, size_t rows, size_t step, size_t width, uint64_t *seed) {
    const size_t n = rows > 0 && width > 0 ? (rows - 1) * step + width : 0; /* not one element more */
    unsigned char *x = test_bytes(n * type_bytes[folds[f].type]);
    for (size_t i = 0; i < n * type_bytes[folds[f].type]; i++)
        x[i] = (unsigned char)test_random(seed);
    float *floats = (float *)(void *)x;
    double *doubles = (double *)(void *)x;
    for (size_t i = 0; is_float(folds[f].type) && i < n; i++) {
        const float number = (float)test_below(seed, 2000) / 1000 - 1;
        if (folds[f].type == TYPE_f32)
            floats[i] = number;
        else
            doubles[i] = (double)number;
    }
    union fold_lanes lanes;
    for (size_t j = 0; j < FOLD_WIDTH; j++)
        lanes.ints[j] = 1;
    if (is_float(folds[f].type))
        for (size_t j = 0; j < FOLD_WIDTH; j++)
            lanes.floats[j] = 0.5;
    const union fold_lanes before = lanes;
    folds[f].kernel(&lanes, x, rows, step, width);
    for (size_t j = 0; j < FOLD_WIDTH; j++) {
        union fold_lanes wanted = before;
        for (size_t r = 0; j < width && r < rows; r++) {
            const size_t at = r * step + j;
            if (is_float(folds[f].type))
                wanted.floats[j] = fold_float(folds[f].kind, wanted.floats[j],
                                              folds[f].type == TYPE_f32 ? (double)floats[at] : doubles[at]);
            else
                wanted.ints[j] =
                    fold_int(folds[f].kind, folds[f].type, wanted.ints[j], int_at(folds[f].type, x, r * step + j));
        }
        if (wanted.ints[j] != lanes.ints[j])
            fail_msg("%s: lane %zu of %zu rows, step %zu, width %zu", folds[f].name, j, rows, step, width);
    }
    free(x);
}

static void lanes_take_in_their_column_and_nothing_else(void **state) {
    (void)state;
    uint64_t seed = 31;
    static const size_t some[] = {0, 1, 2, 13};
    for (size_t f = 0; f < COUNT(folds); f++)
        for (size_t r = 0; r < COUNT(some); r++)
            for (size_t width = 0; width <= FOLD_WIDTH; width++) {
                check(f, some[r], FOLD_WIDTH, width, &seed);
                check(f, some[r], width + 3, width, &seed);
            }
}

/* 0.1 a million times: one float32 accumulator ends at 100958.34. */
static void a_million_numbers_keep_their_digits(void **state) {
    (void)state;
    const size_t n = 1000000;
    float *x = test_bytes(n * sizeof *x);
    for (size_t i = 0; i < n; i++)
        x[i] = 0.1f;
    union fold_lanes lanes = {{0}};
    fold_sum_f32(&lanes, x, n / FOLD_WIDTH, FOLD_WIDTH, FOLD_WIDTH);
    double sum = 0;
    for (size_t j = 0; j < FOLD_WIDTH; j++)
        sum += lanes.floats[j];
    assert_true(sum / (1e6 * (double)0.1f) - 1 < 1e-9 && sum / (1e6 * (double)0.1f) - 1 > -1e-9);
    free(x);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lanes_take_in_their_column_and_nothing_else),
        cmocka_unit_test(a_million_numbers_keep_their_digits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
