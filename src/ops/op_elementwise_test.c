/* Operators on one or two tensors, element by element: shapes, broadcasting and bias against plain loops over indices. */
#include "ops/op_test.h"

static const struct use_case cases[] = {
    {"ReLU float32[]", MSW_OK, "float32[]"},
    {"ReLU int8[2,0,3]", MSW_OK, "int8[2,0,3]"},
    {"ReLU int32[1,1,1,1,1,1,1,2]", MSW_OK, "int32[1,1,1,1,1,1,1,2]"},
    {"Add float32[] float32[]", MSW_OK, "float32[]"},
    {"Sub int32[2,3] int32[3]", MSW_OK, "int32[2,3]"},
    {"Mul int8[3,1] int8[1,13]", MSW_OK, "int8[3,13]"},
    {"Add float32[0] float32[1]", MSW_OK, "float32[0]"},
    {"Add float32[2,3] int32[2,3]", MSW_INVALID, "inputs must have one data type, got float32[2,3] and int32[2,3]"},
    {"Mul int8[] int64[]", MSW_INVALID, "inputs must have one data type, got int8[] and int64[]"},
    {"Add float32[2,3] float32[4]", MSW_INVALID, "shapes [2,3] and [4] cannot be broadcast to one"},
    {"Sub int8[2] int8[3]", MSW_INVALID, "shapes [2] and [3] cannot be broadcast to one"},
    {"Mul float32[0] float32[2]", MSW_INVALID, "shapes [0] and [2] cannot be broadcast to one"},
    {"BiasAdd float32[2,3] float32[3]", MSW_OK, "float32[2,3]"},
    {"BiasAdd int8[2,3,4,5] int8[3]", MSW_OK, "int8[2,3,4,5]"},
    {"BiasAdd int32[2,3,4,5] int32[5] channels_last=1", MSW_OK, "int32[2,3,4,5]"},
    {"BiasAdd float32[2,0] float32[0]", MSW_OK, "float32[2,0]"},
    {"BiasAdd float32[2,3] int32[3]", MSW_INVALID, "inputs must have one data type, got float32[2,3] and int32[3]"},
    {"BiasAdd float32[3] float32[3]", MSW_INVALID, "needs rank 2 or more, got float32[3]"},
    {"BiasAdd float32[] float32[1]", MSW_INVALID, "needs rank 2 or more, got float32[]"},
    {"BiasAdd float32[2,3] float32[2]", MSW_INVALID, "bias for float32[2,3] must have shape [3], got [2]"},
    {"BiasAdd float32[2,3] float32[1]", MSW_INVALID, "bias for float32[2,3] must have shape [3], got [1]"},
    {"BiasAdd float32[2,3] float32[]", MSW_INVALID, "bias for float32[2,3] must have shape [3], got []"},
    {"BiasAdd float32[2,3] float32[1,3]", MSW_INVALID, "bias for float32[2,3] must have shape [3], got [1,3]"},
    {"BiasAdd float32[2,3,4,5] float32[3] channels_last=1", MSW_INVALID,
     "bias for float32[2,3,4,5] must have shape [5], got [3]"},
};

static void types_and_shapes_give_a_type_or_a_reason(void **state) {
    (void)state;
    use_assert_cases(cases, COUNT(cases));
}

/* Element of a dense tensor under index `at` of the result, by numpy's rule. */
static size_t element_of(const struct msw_type *t, const int32_t *at, int32_t rank) {
    size_t element = 0;
    for (int32_t i = 0; i < t->rank; i++)
        element = element * (size_t)t->dims[i] + (size_t)(t->dims[i] == 1 ? 0 : at[rank - t->rank + i]);
    return element;
}

static void next_index(const struct msw_type *t, int32_t *at) {
    for (int32_t i = t->rank; i-- > 0;) {
        if (++at[i] < t->dims[i])
            return;
        at[i] = 0;
    }
}

/* x0 - x1 shows which operand is which; whole numbers small enough for int8 and exact in float32. */
static void check_sub(const char *dtype, const char *x, const char *y) {
    char line[128];
    struct use u;
    int32_t at[MSW_MAX_RANK] = {0};
    (void)snprintf(line, sizeof line, "Sub %s%s %s%s", dtype, x, dtype, y);
    use_begin(&u, line);
    use_prepare(&u);
    const size_t nx = type_elements(&u.inputs[0]), ny = type_elements(&u.inputs[1]), n = use_output_elements(&u);
    const size_t bytes = dtype_info(u.inputs[0].dtype)->bytes;
    const bool is_float = u.inputs[0].dtype == MSW_FLOAT32;
    unsigned char *in[2] = {test_bytes(nx * bytes), test_bytes(ny * bytes)}, *out = test_bytes(n * bytes);
    for (size_t i = 0; i < nx + ny; i++) {
        const int32_t whole = (int32_t)(i < nx ? i * 7 % 64 : (i - nx) * 5 % 61);
        const float as_float = (float)whole;
        unsigned char *to = i < nx ? in[0] + i * bytes : in[1] + (i - nx) * bytes;
        memcpy(to, is_float ? (const void *)&as_float : (const void *)&whole, bytes);
    }
    use_run(&u, (const void *const *)in, out);
    for (size_t i = 0; i < n; i++, next_index(&u.outputs[0], at)) {
        const int32_t whole = (int32_t)(element_of(&u.inputs[0], at, u.outputs[0].rank) * 7 % 64) -
                              (int32_t)(element_of(&u.inputs[1], at, u.outputs[0].rank) * 5 % 61);
        const float as_float = (float)whole;
        if (memcmp(out + i * bytes, is_float ? (const void *)&as_float : (const void *)&whole, bytes) != 0)
            fail_msg("%s: element %zu is not %d", line, i, whole);
    }
    free(in[0]);
    free(in[1]);
    free(out);
    use_end(&u);
}

static void pairs_broadcast_as_in_numpy(void **state) {
    (void)state;
    static const char *const pairs[][2] = {
        {"[]", "[]"},
        {"[13]", "[13]"},
        {"[127]", "[]"},
        {"[]", "[17]"},
        {"[3,1]", "[1,13]"},
        {"[2,3]", "[3]"},
        {"[4,1,3]", "[5,1]"},
        {"[2,3,4,5]", "[1,3,1,5]"},
        {"[2,3,4,5]", "[3,1,1]"},
        {"[1,2,1,2,1,2,1,2]", "[3,1,3,1,3,1,3,1]"},
        {"[2,2,2,2,2,2,2,2]", "[1,2,1,2]"},
        {"[1,1,1,1,1,1,1,1]", "[]"},
        {"[0]", "[1]"},
        {"[0,3]", "[3]"},
        {"[2,1]", "[1,0]"},
    };
    static const char *const dtypes[] = {"float32", "int32", "int8"};
    for (size_t i = 0; i < COUNT(pairs); i++) {
        for (size_t d = 0; d < COUNT(dtypes); d++) {
            check_sub(dtypes[d], pairs[i][0], pairs[i][1]);
            check_sub(dtypes[d], pairs[i][1], pairs[i][0]);
        }
    }
}

static void an_input_of_the_outputs_size_may_be_overwritten(void **state) {
    (void)state;
    struct use u;
    float x[6] = {1, 2, 3, 4, 5, 6}, row[3] = {10, 20, 30};
    const float wanted[6] = {-9, -18, -27, -6, -15, -24};
    use_begin(&u, "Sub float32[2,3] float32[3]");
    use_prepare(&u);
    use_run(&u, (const void *const[]){x, row}, x);
    assert_memory_equal(x, wanted, sizeof x);
    use_end(&u);
    float y[6] = {1, 2, 3, 4, 5, 6};
    const float turned[6] = {9, 18, 27, 6, 15, 24};
    use_begin(&u, "Sub float32[3] float32[2,3]");
    use_prepare(&u);
    use_run(&u, (const void *const[]){row, y}, y);
    assert_memory_equal(y, turned, sizeof y);
    use_end(&u);
}

static void unary_operators_touch_each_element(void **state) {
    (void)state;
    struct use u;
    const float x[13] = {-1, 2, -0.0f, 4, -5, 6, 7, -8, 9, 10, -11, 12, -13};
    float z[13];
    use_begin(&u, "ReLU float32[13]");
    use_prepare(&u);
    use_run(&u, (const void *const[]){x}, z);
    for (int i = 0; i < 13; i++)
        assert_true(test_same_float(z[i], x[i] > 0 ? x[i] : 0.0f));
    use_end(&u);
}

static void a_bias_goes_along_the_channels_of_its_layout(void **state) {
    (void)state;
    static const struct {
        const char *line;
        size_t channels, inner; /* the bias of element i is number i / inner % channels */
    } layouts[] = {
        {"BiasAdd float32[2,3,4,5] float32[3]", 3, 20},
        {"BiasAdd float32[2,3,4,5] float32[5] channels_last=1", 5, 1},
        {"BiasAdd float32[8,15] float32[15]", 15, 1},
        {"BiasAdd float32[8,15] float32[15] channels_last=1", 15, 1},
        {"BiasAdd float32[1,1,120] float32[1]", 1, 120},
        {"BiasAdd float32[2,3,20] float32[3]", 3, 20},
        {"BiasAdd float32[1,2,1,2,5,3,2,1] float32[2]", 2, 60},
    };
    for (size_t l = 0; l < COUNT(layouts); l++) {
        struct use u;
        float x[120], bias[16], z[120];
        for (size_t i = 0; i < 120; i++)
            x[i] = (float)i * 100;
        for (size_t i = 0; i < 16; i++)
            bias[i] = (float)i + 1;
        use_begin(&u, layouts[l].line);
        use_prepare(&u);
        assert_int_equal(use_output_elements(&u), 120);
        use_run(&u, (const void *const[]){x, bias}, z);
        for (size_t i = 0; i < 120; i++)
            if (z[i] != x[i] + bias[i / layouts[l].inner % layouts[l].channels])
                fail_msg("%s: element %zu is %f", layouts[l].line, i, (double)z[i]);
        use_end(&u);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(types_and_shapes_give_a_type_or_a_reason),
        cmocka_unit_test(pairs_broadcast_as_in_numpy),
        cmocka_unit_test(an_input_of_the_outputs_size_may_be_overwritten),
        cmocka_unit_test(unary_operators_touch_each_element),
        cmocka_unit_test(a_bias_goes_along_the_channels_of_its_layout),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
