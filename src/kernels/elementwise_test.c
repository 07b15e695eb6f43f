/* Every row of unary.def and binary.def. A row is compared with itself on single elements, which finds what goes wrong between elements (tails,
 * steps, overlap) in rows that do not exist yet; what a row means is checked here for those that have an oracle below, and for every operator
 * against MindSpore in test/test_ops_mindspore.py. */
#include "base/test.h"

#include "kernels/elementwise.h"

enum { MOST = 127 };

static const size_t counts[] = {0, 1, 3, 4, 5, 13, 15, 16, 17, 31, 33, MOST};

/* The types of the rows, by their suffix. */
enum type { f32, i8, u8, i16, u16, i32, u32, i64, u64 };
static const size_t type_bytes[] = {[f32] = 4, [i8] = 1,  [u8] = 1,  [i16] = 2, [u16] = 2,
                                    [i32] = 4, [u32] = 4, [i64] = 8, [u64] = 8};

/* Rows with numbers of their own, under some. */
#define UNARY(name_, type_, expression)
#define UNARY_WITH(name_, expression)                                                                                  \
    static void name_##_with_numbers(const void *x, void *z, size_t n) {                                               \
        static const float numbers[] = {0.75f, 2, 0.5f};                                                               \
        name_##_f32(x, z, n, numbers);                                                                                 \
    }
#define FUSED(name_, expression)
#define CLAMP(name_, lowest, highest)
#include "kernels/unary.def"
#undef UNARY
#undef UNARY_WITH
#undef FUSED
#undef CLAMP

static const struct {
    const char *name;
    enum type type;
    unary_kernel kernel;
} unary[] = {
#define UNARY(name_, type_, expression) {#name_ "_" #type_, type_, name_##_##type_},
#define UNARY_WITH(name_, expression) {#name_ "_f32", f32, name_##_with_numbers},
#define FUSED(name_, expression) {#name_ "_f32", f32, name_##_f32},
#define CLAMP(name_, lowest, highest) {#name_ "_f32", f32, name_##_f32},
#include "kernels/unary.def"
#undef UNARY
#undef UNARY_WITH
#undef FUSED
#undef CLAMP
};

static const struct {
    const char *name;
    enum type type;
    binary_kernel kernel;
} binary[] = {
#define BINARY(name_, type_, expression) {#name_ "_" #type_, type_, name_##_##type_},
#include "kernels/binary.def"
#undef BINARY
};

/* n elements with the extreme ones among them. */
static void *elements(uint64_t *seed, enum type type, size_t n) {
    static const int64_t extremes[] = {0,    1,    -1,     INT32_MIN, INT32_MAX, INT32_MIN + 1, 0x80,
                                       0x7f, 0xff, 0x8000, INT16_MAX, INT64_MIN, INT64_MAX};
    if (type == f32)
        return test_floats(seed, n);
    unsigned char *x = test_bytes(n * type_bytes[type]);
    for (size_t i = 0; i < n; i++) {
        const int64_t any = (int64_t)((uint64_t)test_random(seed) << 32 ^ test_random(seed));
        const int64_t element = test_below(seed, 3) ? any : extremes[test_below(seed, COUNT(extremes))];
        memcpy(x + i * type_bytes[type], &element, type_bytes[type]);
    }
    return x;
}

static void *copy_of(const void *x, size_t bytes) {
    return memcpy(test_bytes(bytes), x, bytes);
}

static void assert_same(const char *name, enum type type, const void *z, const void *wanted, size_t n) {
    if (type == f32)
        test_same_floats(z, wanted, n, name);
    else if (memcmp(z, wanted, n * type_bytes[type]) != 0)
        fail_msg("%s of %zu elements is not what single elements give", name, n);
}

static void unary_rows_treat_each_element_as_if_it_were_alone(void **state) {
    (void)state;
    uint64_t seed = 6;
    for (size_t row = 0; row < COUNT(unary); row++) {
        const size_t element = type_bytes[unary[row].type];
        for (size_t c = 0; c < COUNT(counts); c++) {
            const size_t n = counts[c];
            unsigned char *x = elements(&seed, unary[row].type, n), *z = test_bytes(n * element);
            unsigned char *wanted = test_bytes(n * element);
            for (size_t i = 0; i < n; i++)
                unary[row].kernel(x + i * element, wanted + i * element, 1);
            unary[row].kernel(x, z, n);
            assert_same(unary[row].name, unary[row].type, z, wanted, n);
            unary[row].kernel(x, x, n); /* in place */
            assert_same(unary[row].name, unary[row].type, x, wanted, n);
            free(x);
            free(z);
            free(wanted);
        }
    }
}

static void unary_rows_take_pointers_to_any_element(void **state) {
    (void)state;
    uint64_t seed = 7;
    for (size_t row = 0; row < COUNT(unary); row++) {
        const size_t element = type_bytes[unary[row].type], n = 13;
        unsigned char *x = elements(&seed, unary[row].type, n), *wanted = test_bytes(n * element);
        unary[row].kernel(x, wanted, n);
        for (size_t offset = 1; offset < 5; offset++) {
            unsigned char *moved = test_bytes((offset + n) * element), *z = test_bytes((offset + n) * element);
            memcpy(moved + offset * element, x, n * element);
            unary[row].kernel(moved + offset * element, z + offset * element, n);
            assert_same(unary[row].name, unary[row].type, z + offset * element, wanted, n);
            for (size_t i = 0; i < offset * element; i++)
                assert_int_equal(z[i], 0xa5);
            free(moved);
            free(z);
        }
        free(x);
        free(wanted);
    }
}

/* One row, one count, one pair of steps: apart from its operands, and over them where the header allows it. */
static void check_binary(size_t row, size_t n, size_t sx, size_t sy, uint64_t *seed) {
    const enum type type = binary[row].type;
    const size_t element = type_bytes[type], nx = sx ? n : 1, ny = sy ? n : 1;
    unsigned char *x = elements(seed, type, nx), *y = elements(seed, type, ny), *z = test_bytes(n * element);
    unsigned char *wanted = test_bytes(n * element);
    for (size_t i = 0; i < n; i++)
        binary[row].kernel(x + i * sx * element, y + i * sy * element, wanted + i * element, 1, 1, 1);
    binary[row].kernel(x, y, z, n, sx, sy);
    assert_same(binary[row].name, type, z, wanted, n);
    if (sx) {
        unsigned char *both = copy_of(x, n * element);
        binary[row].kernel(both, y, both, n, sx, sy);
        assert_same(binary[row].name, type, both, wanted, n);
        free(both);
    }
    if (sy) {
        unsigned char *both = copy_of(y, n * element);
        binary[row].kernel(x, both, both, n, sx, sy);
        assert_same(binary[row].name, type, both, wanted, n);
        free(both);
    }
    free(x);
    free(y);
    free(z);
    free(wanted);
}

static void binary_rows_treat_each_pair_as_if_it_were_alone(void **state) {
    (void)state;
    uint64_t seed = 8;
    for (size_t row = 0; row < COUNT(binary); row++)
        for (size_t c = 0; c < COUNT(counts); c++)
            for (size_t steps = 0; steps < 4; steps++)
                check_binary(row, counts[c], steps & 1, steps >> 1, &seed);
}

static void binary_rows_take_pointers_to_any_element(void **state) {
    (void)state;
    uint64_t seed = 9;
    for (size_t row = 0; row < COUNT(binary); row++) {
        const size_t element = type_bytes[binary[row].type], n = 17;
        unsigned char *x = elements(&seed, binary[row].type, n + 3), *y = elements(&seed, binary[row].type, n + 1);
        unsigned char *z = test_bytes((n + 2) * element), *wanted = test_bytes(n * element);
        for (size_t i = 0; i < n; i++)
            binary[row].kernel(x + (i + 3) * element, y + (i + 1) * element, wanted + i * element, 1, 1, 1);
        binary[row].kernel(x + 3 * element, y + element, z + 2 * element, n, 1, 1);
        assert_same(binary[row].name, binary[row].type, z + 2 * element, wanted, n);
        free(x);
        free(y);
        free(z);
        free(wanted);
    }
}

/* What the rows mean: in float for f32, modulo 2^64 for whole numbers, which wrap alike in every smaller size. */
static float add_float(float x, float y) {
    return x + y;
}
static float sub_float(float x, float y) {
    return x - y;
}
static float mul_float(float x, float y) {
    return x * y;
}
static float relu_float(float x, float y) {
    (void)y;
    return x > 0 ? x : 0;
}
static uint64_t add_whole(int64_t x, int64_t y) {
    return (uint64_t)x + (uint64_t)y;
}
static uint64_t sub_whole(int64_t x, int64_t y) {
    return (uint64_t)x - (uint64_t)y;
}
static uint64_t mul_whole(int64_t x, int64_t y) {
    return (uint64_t)x * (uint64_t)y;
}
static uint64_t relu_whole(int64_t x, int64_t y) {
    (void)y;
    return (uint64_t)(x > 0 ? x : 0);
}

static float abs_float(float x, float y) {
    (void)y;
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    bits &= 0x7fffffff;
    memcpy(&x, &bits, sizeof bits);
    return x;
}
static uint64_t abs_whole(int64_t x, int64_t y) {
    (void)y;
    return x < 0 ? 0 - (uint64_t)x : (uint64_t)x;
}

static const struct {
    const char *name;
    float (*of_floats)(float, float);
    uint64_t (*of_wholes)(int64_t, int64_t);
} meanings[] = {
    {"add_", add_float, add_whole}, {"sub_", sub_float, sub_whole},    {"mul_", mul_float, mul_whole},
    {"abs_", abs_float, abs_whole}, {"relu_", relu_float, relu_whole},
};

static int64_t whole_at(enum type type, const unsigned char *x) {
    int64_t wide = 0;
    memcpy(&wide, x, type_bytes[type]);
    const int unused = 64 - 8 * (int)type_bytes[type];
    return (int64_t)((uint64_t)wide << unused) >> unused;
}

static void check_meaning(const char *name, enum type type, size_t meaning, const unsigned char *x,
                          const unsigned char *y, const unsigned char *z) {
    if (type == f32) {
        float fx, fy, fz;
        memcpy(&fx, x, 4);
        memcpy(&fy, y, 4);
        memcpy(&fz, z, 4);
        const float wanted = meanings[meaning].of_floats(fx, fy);
        if (!test_same_float(fz, wanted))
            fail_msg("%s of %a and %a is %a, expected %a", name, (double)fx, (double)fy, (double)fz, (double)wanted);
        return;
    }
    const uint64_t wanted = meanings[meaning].of_wholes(whole_at(type, x), whole_at(type, y));
    if (memcmp(z, &wanted, type_bytes[type]) != 0)
        fail_msg("%s of %lld and %lld is wrong", name, (long long)whole_at(type, x), (long long)whole_at(type, y));
}

static void rows_with_an_oracle_mean_what_it_says(void **state) {
    (void)state;
    enum { N = 4001 };
    uint64_t seed = 10;
    size_t checked = 0;
    for (size_t m = 0; m < COUNT(meanings); m++) {
        for (size_t row = 0; row < COUNT(unary) + COUNT(binary); row++) {
            const bool two = row >= COUNT(unary);
            const char *name = two ? binary[row - COUNT(unary)].name : unary[row].name;
            const enum type type = two ? binary[row - COUNT(unary)].type : unary[row].type;
            if (strncmp(name, meanings[m].name, strlen(meanings[m].name)) != 0)
                continue;
            const size_t element = type_bytes[type];
            unsigned char *x = elements(&seed, type, N), *y = elements(&seed, type, N), *z = test_bytes(N * element);
            if (two)
                binary[row - COUNT(unary)].kernel(x, y, z, N, 1, 1);
            else
                unary[row].kernel(x, z, N);
            for (size_t i = 0; i < N; i++)
                check_meaning(name, type, m, x + i * element, y + i * element, z + i * element);
            free(x);
            free(y);
            free(z);
            checked++;
        }
    }
    assert_int_equal(checked, 5 * COUNT(meanings)); /* no oracle has lost a row: float32 and four sizes of integers */
}

static void every_pair_of_bytes_wraps(void **state) {
    (void)state;
    uint8_t x[256], y[256], sum[256], difference[256], product[256];
    for (int i = 0; i < 256; i++)
        x[i] = (uint8_t)i;
    for (int k = 0; k < 256; k++) {
        memset(y, k, sizeof y);
        add_u8(x, y, sum, 256, 1, 1);
        sub_u8(x, y, difference, 256, 1, 1);
        mul_u8(x, y, product, 256, 1, 1);
        for (int i = 0; i < 256; i++) {
            assert_int_equal(sum[i], (i + k) & 255);
            assert_int_equal(difference[i], (i - k) & 255);
            assert_int_equal(product[i], (i * k) & 255);
        }
    }
}

/* A scalar that is spread over the lanes: -0 must not become 0 on the way (x + -0 = x only for -0 itself). */
static void minus_zero_stays_minus_zero_as_a_scalar(void **state) {
    (void)state;
    const float zero = -0.0f;
    float x[5] = {-0.0f, -0.0f, -0.0f, -0.0f, -0.0f}, z[5];
    const float wanted[5] = {-0.0f, -0.0f, -0.0f, -0.0f, -0.0f};
    add_f32(&zero, x, z, 5, 0, 1);
    assert_memory_equal(z, wanted, sizeof z);
    add_f32(x, &zero, z, 5, 1, 0);
    assert_memory_equal(z, wanted, sizeof z);
}

static void relu_gives_plus_zero_for_all_that_is_not_above_it(void **state) {
    (void)state;
    uint32_t x[] = {0x80000000, 0xff800000, 0x7fc00000, 0xffc00000, 0x80000001, 0, 0xbf800000}, z[7];
    const uint32_t zeros[7] = {0};
    relu_f32(x, z, 7);
    assert_memory_equal(z, zeros, sizeof z); /* bits: no -0, no NaN */
    const uint32_t positive[3] = {1, 0x7f800000, 0x7f7fffff};
    relu_f32(positive, z, 3);
    assert_memory_equal(z, positive, sizeof positive);
}

/* What clamp_of gives must be what the kernel does, and no other kernel may have bounds. */
static void a_kernel_with_bounds_holds_numbers_between_them(void **state) {
    (void)state;
    size_t found = 0;
    for (size_t row = 0; row < COUNT(unary); row++) {
        const float *bounds = clamp_of(unary[row].kernel);
        const float x[] = {-1e30f, -1, -0.0f, 0.5f, 3, 5.75f, 7, 1e30f, __builtin_inff(), __builtin_nanf("")};
        for (size_t i = 0; bounds && i < COUNT(x); i++) {
            float z;
            unary[row].kernel(&x[i], &z, 1);
            assert_true(z == (!(x[i] > bounds[0]) ? bounds[0] : x[i] > bounds[1] ? bounds[1] : x[i]));
        }
        found += bounds != NULL;
    }
    assert_int_equal(found, 2);
    assert_null(clamp_of(NULL));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_kernel_with_bounds_holds_numbers_between_them),
        cmocka_unit_test(unary_rows_treat_each_element_as_if_it_were_alone),
        cmocka_unit_test(unary_rows_take_pointers_to_any_element),
        cmocka_unit_test(binary_rows_treat_each_pair_as_if_it_were_alone),
        cmocka_unit_test(binary_rows_take_pointers_to_any_element),
        cmocka_unit_test(rows_with_an_oracle_mean_what_it_says),
        cmocka_unit_test(every_pair_of_bytes_wraps),
        cmocka_unit_test(minus_zero_stays_minus_zero_as_a_scalar),
        cmocka_unit_test(relu_gives_plus_zero_for_all_that_is_not_above_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
