/* Operators along one axis, or that make one number of a tensor, along every axis of shapes up to rank 8. */
#include "ops/op_test.h"

#include <math.h>

static const struct use_case cases[] = {
    {"Argmax float32[5]", MSW_OK, "int32[]"},
    {"Argmax int8[2,3,5]", MSW_OK, "int32[2,3]"},
    {"Argmax int32[2,3,5] axis=0", MSW_OK, "int32[3,5]"},
    {"Argmax float32[2,3,5] axis=-2", MSW_OK, "int32[2,5]"},
    {"Argmax float32[1,1,1,1,1,1,1,1] axis=-8", MSW_OK, "int32[1,1,1,1,1,1,1]"},
    {"Argmax float32[]", MSW_INVALID, "a scalar has no axis, rank 1 or more expected"},
    {"Argmax float32[] axis=0", MSW_INVALID, "a scalar has no axis, rank 1 or more expected"},
    {"Argmax float32[0]", MSW_INVALID, "float32[0] has no elements, so none is the largest or smallest"},
    {"Argmax float32[2,0,3] axis=0", MSW_INVALID, "float32[2,0,3] has no elements, so none is the largest or smallest"},
    {"Argmax float32[2,3] axis=2", MSW_INVALID, "axis 2 is outside [-2,1] for rank 2"},
    {"Argmax float32[2,3] axis=-3", MSW_INVALID, "axis -3 is outside [-2,1] for rank 2"},
    {"Argmax float32[2,3] axis=9223372036854775807", MSW_INVALID,
     "axis 9223372036854775807 is outside [-2,1] for rank 2"},
    {"Argmax float32[2,3] axis=-9223372036854775808", MSW_INVALID,
     "axis -9223372036854775808 is outside [-2,1] for rank 2"},
    {"Argmax float32[2,3] axis=4294967296", MSW_INVALID, /* 0, cut to 32 bits */
     "axis 4294967296 is outside [-2,1] for rank 2"},
    {"EqualCount float32[2,3] float32[2,3]", MSW_OK, "int64[1]"},
    {"EqualCount int8[] int8[]", MSW_OK, "int64[1]"},
    {"EqualCount int32[0] int32[0]", MSW_OK, "int64[1]"},
    {"EqualCount float32[2,3] float32[3,2]", MSW_INVALID,
     "inputs must have one data type and one shape, got float32[2,3] and float32[3,2]"},
    {"EqualCount float32[3] float32[1]", MSW_INVALID,
     "inputs must have one data type and one shape, got float32[3] and float32[1]"},
    {"EqualCount float32[] float32[1]", MSW_INVALID,
     "inputs must have one data type and one shape, got float32[] and float32[1]"},
    {"EqualCount float32[3] int32[3]", MSW_INVALID,
     "inputs must have one data type and one shape, got float32[3] and int32[3]"},
    {"Softmax float32[2,3]", MSW_OK, "float32[2,3]"},
    {"Softmax float32[2,0,3] axis=1", MSW_OK, "float32[2,0,3]"},
    {"Softmax float32[]", MSW_INVALID, "a scalar has no axis, rank 1 or more expected"},
    {"Softmax float32[5] axis=1", MSW_INVALID, "axis 1 is outside [-1,0] for rank 1"},
    {"Softmax float32[5] axis=-2", MSW_INVALID, "axis -2 is outside [-1,0] for rank 1"},
};

static void types_and_axes_give_a_type_or_a_reason(void **state) {
    (void)state;
    use_assert_cases(cases, COUNT(cases));
}

static const char *const shapes[] = {"[1]",       "[13]",
                                     "[127]",     "[3,5]",
                                     "[5,1]",     "[4,13,3]",
                                     "[2,3,4,5]", "[2,1,3,1,2,1,2,3]",
                                     "[17,4]",    "[1,1,1,1,1,1,1,1]"};

/* The places of one line along an axis: element k of line `line` is number first + k * step. */
static void line_of(const struct msw_type *t, int32_t axis, size_t line, size_t *first, size_t *step) {
    *step = 1;
    for (int32_t i = axis + 1; i < t->rank; i++)
        *step *= (size_t)t->dims[i];
    *first = line / *step * *step * (size_t)t->dims[axis] + line % *step;
}

static void use_along(struct use *u, char *text, size_t room, const char *op, const char *dtype, const char *shape,
                      int32_t axis) {
    (void)snprintf(text, room, "%s %s%s axis=%d", op, dtype, shape, axis);
    use_begin(u, text);
    use_prepare(u);
}

static int32_t rank_of(const char *shape) {
    int32_t rank = 1;
    for (; *shape; shape++)
        rank += *shape == ',';
    return rank;
}

static void check_argmax(const char *dtype, const char *shape, int32_t axis, uint64_t *seed) {
    char text[96];
    struct use u;
    use_along(&u, text, sizeof text, "Argmax", dtype, shape, axis);
    const int32_t from_front = axis < 0 ? axis + u.inputs[0].rank : axis;
    const size_t n = type_elements(&u.inputs[0]), along = (size_t)u.inputs[0].dims[from_front];
    const size_t bytes = dtype_info(u.inputs[0].dtype)->bytes;
    int32_t *values = test_bytes(n * sizeof *values);
    unsigned char *x = test_bytes(n * bytes);
    int32_t *z = test_bytes(n / along * sizeof *z);
    for (size_t i = 0; i < n; i++) {
        values[i] = (int32_t)test_below(seed, 11) - 5;
        const float as_float = (float)values[i];
        memcpy(x + i * bytes, u.inputs[0].dtype == MSW_FLOAT32 ? (const void *)&as_float : (const void *)&values[i],
               bytes);
    }
    use_run(&u, (const void *const[]){x}, z);
    for (size_t line = 0; line < n / along; line++) {
        size_t first, step, largest = along - 1;
        line_of(&u.inputs[0], from_front, line, &first, &step);
        for (size_t k = along; k-- > 0;) /* from the end, so that the first of equals is what stays */
            if (values[first + k * step] >= values[first + largest * step])
                largest = k;
        if (z[line] != (int32_t)largest)
            fail_msg("%s: line %zu is %d, expected %zu", text, line, z[line], largest);
    }
    free(values);
    free(x);
    free(z);
    use_end(&u);
}

static void argmax_goes_along_every_axis(void **state) {
    (void)state;
    static const char *const dtypes[] = {"float32", "int32", "int8"};
    uint64_t seed = 29;
    for (size_t s = 0; s < COUNT(shapes); s++)
        for (int32_t axis = -rank_of(shapes[s]); axis < rank_of(shapes[s]); axis++)
            for (size_t d = 0; d < COUNT(dtypes); d++)
                check_argmax(dtypes[d], shapes[s], axis, &seed);
}

/* Each line along the axis has the bits of the same numbers as a vector; the kernel itself is held to the definition by softmax_test.c. */
static void softmax_goes_along_every_axis_also_in_place(void **state) {
    (void)state;
    uint64_t seed = 30;
    for (size_t s = 0; s < COUNT(shapes); s++) {
        for (int32_t axis = -rank_of(shapes[s]); axis < rank_of(shapes[s]); axis++) {
            char text[96], vector_text[96];
            struct use u, vector;
            use_along(&u, text, sizeof text, "Softmax", "float32", shapes[s], axis);
            const int32_t from_front = axis < 0 ? axis + u.inputs[0].rank : axis;
            const size_t n = type_elements(&u.inputs[0]), along = (size_t)u.inputs[0].dims[from_front];
            float *x = test_bytes(n * sizeof *x), *z = test_bytes(n * sizeof *z), line_x[128], line_z[128];
            for (size_t i = 0; i < n; i++)
                x[i] = (float)test_below(&seed, 1000) / 100;
            use_run(&u, (const void *const[]){x}, z);
            (void)snprintf(vector_text, sizeof vector_text, "Softmax float32[%zu]", along);
            use_begin(&vector, vector_text);
            use_prepare(&vector);
            for (size_t line = 0; line < n / along; line++) {
                size_t first, step;
                line_of(&u.inputs[0], from_front, line, &first, &step);
                for (size_t k = 0; k < along; k++)
                    line_x[k] = x[first + k * step];
                use_run(&vector, (const void *const[]){line_x}, line_z);
                for (size_t k = 0; k < along; k++)
                    if (!test_same_float(z[first + k * step], line_z[k]))
                        fail_msg("%s: element %zu of line %zu", text, k, line);
            }
            use_run(&u, (const void *const[]){x}, x);
            assert_memory_equal(x, z, n * sizeof *x);
            free(x);
            free(z);
            use_end(&vector);
            use_end(&u);
        }
    }
}

static void softmax_of_nothing_writes_nothing(void **state) {
    (void)state;
    static const char *const lines[] = {
        "Softmax float32[0]",   "Softmax float32[5,0]",          "Softmax float32[0,5] axis=0",
        "Softmax float32[0,5]", "Softmax float32[5,0,3] axis=0", "Softmax float32[100000000,0]"};
    for (size_t i = 0; i < COUNT(lines); i++) {
        struct use u;
        void *x = test_bytes(0), *z = test_bytes(0);
        use_begin(&u, lines[i]);
        use_prepare(&u);
        use_run(&u, (const void *const[]){x}, z);
        free(x);
        free(z);
        use_end(&u);
    }
}

static void equal_count_counts_over_the_whole_tensor(void **state) {
    (void)state;
    struct use u;
    int64_t count = -1;
    const float x[6] = {1, 2, NAN, 0.0f, 5, 6}, y[6] = {1, 3, NAN, -0.0f, 5, 7};
    use_begin(&u, "EqualCount float32[2,3] float32[2,3]");
    use_prepare(&u);
    use_run(&u, (const void *const[]){x, y}, &count);
    assert_int_equal(count, 3);
    use_end(&u);
    const int8_t scalar = INT8_MIN;
    use_begin(&u, "EqualCount int8[] int8[]");
    use_prepare(&u);
    use_run(&u, (const void *const[]){&scalar, &scalar}, &count);
    assert_int_equal(count, 1);
    use_end(&u);
    use_begin(&u, "EqualCount int32[3,0] int32[3,0]");
    use_prepare(&u);
    use_run(&u, (const void *const[]){x, y}, &count);
    assert_int_equal(count, 0);
    use_end(&u);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(types_and_axes_give_a_type_or_a_reason),
        cmocka_unit_test(argmax_goes_along_every_axis),
        cmocka_unit_test(softmax_goes_along_every_axis_also_in_place),
        cmocka_unit_test(softmax_of_nothing_writes_nothing),
        cmocka_unit_test(equal_count_counts_over_the_whole_tensor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
