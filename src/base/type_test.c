/* Sizes and comparisons of shapes, against tables and wider arithmetic. */
#include "base/test.h"

#include "base/type.h"

#define F32(...)                                                                                                       \
    {                                                                                                                  \
        .dtype = MSW_FLOAT32, .rank = sizeof((int32_t[]){__VA_ARGS__}) / 4, .dims = { __VA_ARGS__ }                    \
    }
#define I8(...)                                                                                                        \
    {                                                                                                                  \
        .dtype = MSW_INT8, .rank = sizeof((int32_t[]){__VA_ARGS__}) / 4, .dims = { __VA_ARGS__ }                       \
    }
#define I64(...)                                                                                                       \
    {                                                                                                                  \
        .dtype = MSW_INT64, .rank = sizeof((int32_t[]){__VA_ARGS__}) / 4, .dims = { __VA_ARGS__ }                      \
    }

static void every_data_type_has_a_row(void **state) {
    (void)state;
    static const struct {
        int32_t dtype, number;
        size_t bytes;
        const char *name;
    } rows[] = {{MSW_FLOAT32, 'f', 4, "float32"},
                {MSW_INT32, 'i', 4, "int32"},
                {MSW_INT8, 'i', 1, "int8"},
                {MSW_UINT8, 'u', 1, "uint8"},
                {MSW_INT64, 'i', 8, "int64"},
                {MSW_BOOL, 'b', 1, "bool"},
                {MSW_FLOAT16, 'f', 2, "float16"},
                {MSW_BFLOAT16, 'B', 2, "bfloat16"},
                {MSW_FLOAT64, 'f', 8, "float64"},
                {MSW_INT16, 'i', 2, "int16"},
                {MSW_UINT16, 'u', 2, "uint16"},
                {MSW_UINT32, 'u', 4, "uint32"},
                {MSW_UINT64, 'u', 8, "uint64"},
                {MSW_FLOAT8E4M3FN, 'n', 1, "float8e4m3fn"},
                {MSW_FLOAT8E4M3FNUZ, 'n', 1, "float8e4m3fnuz"},
                {MSW_FLOAT8E5M2, 'n', 1, "float8e5m2"},
                {MSW_FLOAT8E5M2FNUZ, 'n', 1, "float8e5m2fnuz"},
                {MSW_FLOAT8E8M0, 'n', 1, "float8e8m0"},
                {MSW_INT4, 'i', 1, "int4"},
                {MSW_UINT4, 'u', 1, "uint4"},
                {MSW_FLOAT4E2M1, 'n', 1, "float4e2m1"},
                {MSW_INT2, 'i', 1, "int2"},
                {MSW_UINT2, 'u', 1, "uint2"}};
    assert_int_equal(COUNT(rows), DTYPE_END - 1);
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct msw_dtype_info *info = dtype_info(rows[i].dtype);
        assert_true(dtype_known(rows[i].dtype));
        assert_int_equal(info->dtype, rows[i].dtype);
        assert_int_equal(info->number, rows[i].number);
        assert_int_equal(info->bytes, rows[i].bytes);
        assert_string_equal(info->name, rows[i].name);
    }
}

static void the_data_types_of_2020_keep_their_labels(void **state) {
    (void)state;
    assert_string_equal(dtype_info(MSW_FLOAT32)->label, "FP32");
    assert_string_equal(dtype_info(MSW_INT32)->label, "INT32");
    assert_string_equal(dtype_info(MSW_INT8)->label, "INT8");
    assert_null(dtype_info(MSW_INT64)->label);
}

static void numbers_outside_the_table_are_no_data_types(void **state) {
    (void)state;
    static const int32_t unknown[] = {INT32_MIN, -1, MSW_ANY, DTYPE_END, INT32_MAX};
    for (size_t i = 0; i < COUNT(unknown); i++)
        assert_false(dtype_known(unknown[i]));
}

static void sizes_are_the_product_of_the_dims(void **state) {
    (void)state;
    static const struct {
        struct msw_type type;
        size_t elements, bytes;
    } cases[] = {
        {{.dtype = MSW_FLOAT32}, 1, 4},
        {{.dtype = MSW_BOOL}, 1, 1},
        {F32(1), 1, 4},
        {F32(2, 3, 4), 24, 96},
        {I64(1, 1, 1, 1, 1, 1, 1, 13), 13, 104},
        {F32(0), 0, 0},
        {F32(5, 0, 7), 0, 0},
        {F32(0, 0, 0), 0, 0},
        {I8(INT32_MAX), INT32_MAX, INT32_MAX},
        {F32(INT32_MAX / 4), INT32_MAX / 4, INT32_MAX / 4 * 4},
        {I64(INT32_MAX / 8), INT32_MAX / 8, INT32_MAX / 8 * 8},
        {I8(65536, 32767), 65536u * 32767, 65536u * 32767},
        {I8(0, INT32_MAX), 0, 0},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t elements = 99, bytes = 99;
        assert_true(type_sizes(&cases[i].type, &elements, &bytes));
        assert_int_equal(elements, cases[i].elements);
        assert_int_equal(bytes, cases[i].bytes);
        assert_int_equal(type_elements(&cases[i].type), cases[i].elements);
    }
}

static void sizes_refuse_what_is_too_large_or_no_type(void **state) {
    (void)state;
    static const struct msw_type cases[] = {
        {.dtype = MSW_ANY},
        {.dtype = DTYPE_END},
        {.dtype = -1},
        {.dtype = INT32_MIN},
        {.dtype = MSW_FLOAT32, .rank = -1},
        {.dtype = MSW_FLOAT32, .rank = MSW_MAX_RANK + 1},
        {.dtype = MSW_FLOAT32, .rank = INT32_MAX},
        F32(-1),
        F32(INT32_MIN),
        F32(3, -1, 5),
        F32(0, -1),
        F32(INT32_MAX / 4 + 1),
        I64(INT32_MAX / 8 + 1),
        I8(65536, 32768),
        F32(65536, 65536, 65536, 65536),                         /* wraps to 0 in 64 bits */
        F32(65536, 65536, 32768, 65537, 3),                      /* wraps to something small in 64 bits */
        I8(INT32_MAX, INT32_MAX, INT32_MAX, INT32_MAX, 2, 2, 2), /* and here the product of two fills 62 bits */
        F32(0, INT32_MAX), /* no elements, but its other dims keep to the limit all the same */
        F32(INT32_MAX, INT32_MAX, 0),
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t elements, bytes;
        if (type_sizes(&cases[i], &elements, &bytes))
            fail_msg("case %zu was accepted", i);
    }
}

static void sizes_agree_with_wide_arithmetic_on_random_shapes(void **state) {
    (void)state;
    static const int32_t dims[] = {0, 1, 1, 2, 3, 13, 127, 4096, 65536, INT32_MAX / 4, INT32_MAX};
    uint64_t seed = 1;
    for (int round = 0; round < 100000; round++) {
        struct msw_type type = {.dtype = (int32_t)test_below(&seed, 6) + 1, .rank = (int32_t)test_below(&seed, 9)};
        long double nonzero = 1; /* exact where it matters: near 2^31 */
        bool empty = false;
        for (int32_t i = 0; i < type.rank; i++) {
            type.dims[i] = dims[test_below(&seed, COUNT(dims))];
            empty |= type.dims[i] == 0;
            nonzero *= (long double)(type.dims[i] ? type.dims[i] : 1);
        }
        const long double total = nonzero * (long double)dtype_info(type.dtype)->bytes;
        size_t elements = 0, bytes = 0;
        const bool ok = type_sizes(&type, &elements, &bytes);
        assert_int_equal(ok, total <= 2147483647.0L);
        if (ok) {
            assert_int_equal(elements, empty ? 0 : (size_t)nonzero);
            assert_int_equal(bytes, empty ? 0 : (size_t)total);
        }
    }
}

static void extents_are_products_of_some_dims(void **state) {
    (void)state;
    const struct msw_type type = F32(2, 3, 5, 7);
    assert_int_equal(type_extent(&type, 0, 4), 210);
    assert_int_equal(type_extent(&type, 1, 3), 15);
    assert_int_equal(type_extent(&type, 2, 2), 1);
    assert_int_equal(type_extent(&type, 4, 4), 1);
    assert_int_equal(type_extent(&(struct msw_type){.dtype = MSW_INT8}, 0, 0), 1);
}

static void a_type_is_static_when_nothing_is_unknown(void **state) {
    (void)state;
    static const struct {
        struct msw_type type;
        bool is_static;
    } cases[] = {
        {{.dtype = MSW_FLOAT32}, true},
        {F32(0), true},
        {F32(2, 3), true},
        {F32(2, -1), false},
        {F32(-1, 2), false},
        {{.dtype = MSW_FLOAT32, .rank = -1}, false},
        {{.dtype = MSW_ANY}, false},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(type_is_static(&cases[i].type), cases[i].is_static);
}

static void shapes_are_the_same_whatever_the_data_types(void **state) {
    (void)state;
    const struct msw_type x = F32(2, 3), other_dtype = I8(2, 3), other_dim = F32(2, 4), other_rank = F32(2, 3, 1);
    const struct msw_type scalar = {.dtype = MSW_FLOAT32}, one = F32(1);
    assert_true(type_same_shape(&x, &x));
    assert_true(type_same_shape(&x, &other_dtype));
    assert_false(type_same_shape(&x, &other_dim));
    assert_false(type_same_shape(&x, &other_rank));
    assert_true(type_same_shape(&scalar, &scalar));
    assert_false(type_same_shape(&scalar, &one));
}

static void unknowns_of_a_declared_type_match_anything(void **state) {
    (void)state;
    static const struct msw_type given = F32(2, 3);
    static const struct {
        struct msw_type declared;
        bool matches;
    } cases[] = {
        {F32(2, 3), true},
        {F32(-1, 3), true},
        {F32(-1, -1), true},
        {{.dtype = MSW_ANY, .rank = -1}, true},
        {{.dtype = MSW_FLOAT32, .rank = -1}, true},
        {{.dtype = MSW_ANY, .rank = 2, .dims = {2, 3}}, true},
        {{.dtype = MSW_INT8, .rank = -1}, false},
        {I8(2, 3), false},
        {F32(2, 4), false},
        {F32(0, 3), false},
        {F32(2), false},
        {F32(2, 3, 1), false},
        {F32(-1, -1, -1), false},
        {{.dtype = MSW_FLOAT32}, false},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(type_matches(&cases[i].declared, &given), cases[i].matches);
}

/* Most of these stand in numpy's manual, "Broadcasting". */
static void broadcasting_follows_numpys_examples(void **state) {
    (void)state;
    static const struct {
        struct msw_type x, y;
        bool fits;
        struct msw_type z;
    } cases[] = {
        {F32(256, 256, 3), F32(3), true, F32(256, 256, 3)},
        {F32(8, 1, 6, 1), F32(7, 1, 5), true, F32(8, 7, 6, 5)},
        {F32(5, 4), F32(1), true, F32(5, 4)},
        {F32(15, 3, 5), F32(15, 1, 5), true, F32(15, 3, 5)},
        {F32(15, 3, 5), F32(3, 1), true, F32(15, 3, 5)},
        {F32(3), F32(4), false, {0}},
        {F32(2, 1), F32(8, 4, 3), false, {0}},
        {F32(2, 3), {.dtype = MSW_FLOAT32}, true, F32(2, 3)},
        {{.dtype = MSW_FLOAT32}, {.dtype = MSW_FLOAT32}, true, {.dtype = MSW_FLOAT32}},
        {F32(0), F32(1), true, F32(0)},
        {F32(0), F32(0), true, F32(0)},
        {F32(0), F32(2), false, {0}},
        {F32(3, 0), F32(3, 1), true, F32(3, 0)},
        {F32(2, 1, 0), F32(5, 1), true, F32(2, 5, 0)},
        {F32(1, 2, 1, 2, 1, 2, 1, 2), F32(3, 1, 3, 1, 3, 1, 3, 1), true, F32(3, 2, 3, 2, 3, 2, 3, 2)},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        for (int swapped = 0; swapped < 2; swapped++) {
            struct msw_type z = {.dtype = 77};
            const struct msw_type *x = swapped ? &cases[i].y : &cases[i].x, *y = swapped ? &cases[i].x : &cases[i].y;
            assert_int_equal(type_broadcast(x, y, &z), cases[i].fits);
            if (cases[i].fits)
                assert_true(type_same_shape(&z, &cases[i].z));
            assert_int_equal(z.dtype, 77);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_data_type_has_a_row),
        cmocka_unit_test(the_data_types_of_2020_keep_their_labels),
        cmocka_unit_test(numbers_outside_the_table_are_no_data_types),
        cmocka_unit_test(sizes_are_the_product_of_the_dims),
        cmocka_unit_test(sizes_refuse_what_is_too_large_or_no_type),
        cmocka_unit_test(sizes_agree_with_wide_arithmetic_on_random_shapes),
        cmocka_unit_test(extents_are_products_of_some_dims),
        cmocka_unit_test(a_type_is_static_when_nothing_is_unknown),
        cmocka_unit_test(shapes_are_the_same_whatever_the_data_types),
        cmocka_unit_test(unknowns_of_a_declared_type_match_anything),
        cmocka_unit_test(broadcasting_follows_numpys_examples),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
