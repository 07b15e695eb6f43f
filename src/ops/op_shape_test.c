/* Operators that change a shape: which ones copy nothing, and where Transpose moves each element. */
#include "ops/op_test.h"

static const struct use_case cases[] = {
    {"Reshape float32[2,3,4] int64[2]:6,4", MSW_OK, "float32[6,4]"},
    {"Reshape int8[2,3,4] int64[2]:-1,4", MSW_OK, "int8[6,4]"},
    {"Reshape bool[2,3] int64[3]:3,-1,2", MSW_OK, "bool[3,1,2]"},
    {"Reshape int64[1] int64[0]:", MSW_OK, "int64[]"},
    {"Reshape uint8[] int64[1]:-1", MSW_OK, "uint8[1]"},
    {"Reshape float32[] int64[8]:1,1,1,1,1,1,1,1", MSW_OK, "float32[1,1,1,1,1,1,1,1]"},
    {"Reshape float32[0,3] int64[2]:5,0", MSW_OK, "float32[5,0]"},
    {"Reshape float32[0] int64[2]:-1,5", MSW_OK, "float32[0,5]"},
    {"Reshape float32[6] int64[2]:4,-1", MSW_INVALID, "[6] has 6 elements, which do not fit shape [4,?]"},
    {"Reshape float32[6] int64[2]:2,4", MSW_INVALID, "[6] has 6 elements, which do not fit shape [2,4]"},
    {"Reshape float32[6] int64[0]:", MSW_INVALID, "[6] has 6 elements, which do not fit shape []"},
    {"Reshape float32[0] int64[2]:-1,0", MSW_INVALID, "[0] has 0 elements, which do not fit shape [?,0]"},
    {"Reshape float32[6] int64[2]:0,-1", MSW_INVALID, "[6] has 6 elements, which do not fit shape [0,?]"},
    {"Reshape float32[6] int64[2]:-1,-1", MSW_INVALID, "dims 0 and 1 of the new shape are both -1"},
    {"Reshape float32[6] int64[3]:-1,6,-1", MSW_INVALID, "dims 0 and 2 of the new shape are both -1"},
    {"Reshape float32[6] int64[2]:-2,-3", MSW_INVALID, "dim 0 of the new shape is -2"},
    {"Reshape float32[6] int64[2]:6,-9223372036854775808", MSW_INVALID,
     "dim 1 of the new shape is -9223372036854775808"},
    {"Reshape float32[6] int64[1]:4294967302", MSW_INVALID, /* 6, cut to 32 bits */
     "dim 0 of the new shape is 4294967302"},
    {"Reshape float32[6] int64[1]:9223372036854775807", MSW_INVALID, "dim 0 of the new shape is 9223372036854775807"},
    {"Reshape float32[4] int64[4]:65536,65536,65536,65536", MSW_INVALID, /* 0, in 64 bits */
     "[4] has 4 elements, which do not fit shape [65536,65536,65536,65536]"},
    {"Reshape float32[6] int64[8]:2147483647,2147483647,2147483647,2147483647,2147483647,2147483647,2147483647,-1",
     MSW_INVALID,
     "[6] has 6 elements, which do not fit shape "
     "[2147483647,2147483647,2147483647,2147483647,2147483647,2147483647,2147483647,?]"},
    {"Reshape float32[6] int32[1]:6", MSW_OK, "float32[6]"},
    {"Reshape float32[6] int64[]:6", MSW_INVALID, "the shape must be int32[n] or int64[n], n at most 8, got int64[]"},
    {"Reshape float32[6] int64[1,1]:6", MSW_INVALID,
     "the shape must be int32[n] or int64[n], n at most 8, got int64[1,1]"},
    {"Reshape float32[1] int64[9]:1,1,1,1,1,1,1,1,1", MSW_INVALID,
     "the shape must be int32[n] or int64[n], n at most 8, got int64[9]"},
    {"Reshape float32[6] int64[1]", MSW_MORE, "a shape that is computed while the model runs is not supported"},
    {"Flatten float32[2,3,4]", MSW_OK, "float32[2,12]"},
    {"Flatten int8[5]", MSW_OK, "int8[5,1]"},
    {"Flatten bool[0,3]", MSW_OK, "bool[0,3]"},
    {"Flatten int64[3,0,2]", MSW_OK, "int64[3,0]"},
    {"Flatten uint8[1,2,1,2,1,2,1,2]", MSW_OK, "uint8[1,16]"},
    {"Flatten float32[]", MSW_INVALID, "needs rank 1 or more, got float32[]"},
    {"Transpose float32[2,3,4]", MSW_OK, "float32[4,3,2]"},
    {"Transpose float32[2,3,4] perm=1,2,0", MSW_OK, "float32[3,4,2]"},
    {"Transpose bool[]", MSW_OK, "bool[]"},
    {"Transpose float32[] perm=", MSW_OK, "float32[]"},
    {"Transpose int64[2,0] perm=1,0", MSW_OK, "int64[0,2]"},
    {"Transpose float32[1,2,3,4,5,6,7,1] perm=7,6,5,4,3,2,1,0", MSW_OK, "float32[1,7,6,5,4,3,2,1]"},
    {"Transpose float32[2,3] perm=", MSW_INVALID, "perm must have 2 numbers for float32[2,3], got 0"},
    {"Transpose float32[2,3] perm=0", MSW_INVALID, "perm must have 2 numbers for float32[2,3], got 1"},
    {"Transpose float32[2,3] perm=0,1,2", MSW_INVALID, "perm must have 2 numbers for float32[2,3], got 3"},
    {"Transpose float32[] perm=0", MSW_INVALID, "perm must have 0 numbers for float32[], got 1"},
    {"Transpose float32[2,3] perm=0,0", MSW_INVALID, "perm[1] is 0: perm must hold each axis of float32[2,3] once"},
    {"Transpose float32[2,3] perm=0,2", MSW_INVALID, "perm[1] is 2: perm must hold each axis of float32[2,3] once"},
    {"Transpose float32[2,3,4] perm=-1,0,-2", MSW_OK, "float32[4,2,3]"},
    {"Transpose float32[2,3] perm=-3,0", MSW_INVALID, "perm[0] is -3: perm must hold each axis of float32[2,3] once"},
    {"Transpose float32[2,3] perm=1,-1", MSW_INVALID, "perm[1] is -1: perm must hold each axis of float32[2,3] once"},
    {"Transpose float32[2,3] perm=-9223372036854775808,0", MSW_INVALID,
     "perm[0] is -9223372036854775808: perm must hold each axis of float32[2,3] once"},
    {"Transpose float32[2,3] perm=1,4294967296", MSW_INVALID, /* 0, cut to 32 bits */
     "perm[1] is 4294967296: perm must hold each axis of float32[2,3] once"},
    {"Transpose float32[2,3] perm=9223372036854775807,0", MSW_INVALID,
     "perm[0] is 9223372036854775807: perm must hold each axis of float32[2,3] once"},
};

static void types_and_attributes_give_a_type_or_a_reason(void **state) {
    (void)state;
    use_assert_cases(cases, COUNT(cases));
}

static bool is_view(const char *line) {
    struct use u;
    use_begin(&u, line);
    if (!use_check(&u))
        fail_msg("%s: %s", line, u.err.text);
    const bool view = site_is_view(&u.site, &(size_t){0});
    use_end(&u);
    return view;
}

static void reshape_and_flatten_are_views(void **state) {
    (void)state;
    assert_true(is_view("Reshape float32[2,3] int64[1]:6"));
    assert_true(is_view("Flatten int8[2,3,4]"));
}

/* By the effect: a transpose is a view exactly where element i of the result is element i of the input. */
static size_t source_of(const struct use *u, const int32_t *perm, size_t element) {
    int32_t index[MSW_MAX_RANK] = {0};
    size_t source = 0;
    for (int32_t i = u->outputs[0].rank; i-- > 0;) {
        index[perm[i]] = (int32_t)(element % (size_t)u->outputs[0].dims[i]);
        element /= (size_t)u->outputs[0].dims[i];
    }
    for (int32_t i = 0; i < u->inputs[0].rank; i++)
        source = source * (size_t)u->inputs[0].dims[i] + (size_t)index[i];
    return source;
}

static void check_transpose(const char *line, const int32_t *perm) {
    struct use u;
    use_begin(&u, line);
    use_prepare(&u);
    const size_t n = use_output_elements(&u), bytes = dtype_info(u.inputs[0].dtype)->bytes;
    unsigned char *x = test_bytes(n * bytes), *z = test_bytes(n * bytes);
    bool in_order = true;
    for (size_t i = 0; i < n * bytes; i++)
        x[i] = (unsigned char)(i * 131 >> 3);
    use_run(&u, (const void *const[]){x}, z);
    for (size_t i = 0; i < n; i++) {
        const size_t source = source_of(&u, perm, i);
        in_order &= source == i;
        if (memcmp(z + i * bytes, x + source * bytes, bytes) != 0)
            fail_msg("%s: element %zu is not element %zu of the input", line, i, source);
    }
    const bool view = site_is_view(&u.site, &(size_t){0});
    if (view ? !in_order : in_order && n > 0)
        fail_msg("%s: %s a view", line, view ? "is taken for" : "is not seen to be");
    free(x);
    free(z);
    use_end(&u);
}

static void transposes_move_every_element_and_know_when_none_moves(void **state) {
    (void)state;
    static const char *const dtypes[] = {"float32", "int32", "int8", "uint8", "int64", "bool"};
    static const int32_t sizes[] = {1, 1, 2, 3, 5};
    uint64_t seed = 31;
    for (int round = 0; round < 3000; round++) {
        char line[160];
        int used;
        int32_t perm[MSW_MAX_RANK];
        const int32_t rank = (int32_t)test_below(&seed, MSW_MAX_RANK + 1);
        used = snprintf(line, sizeof line, "Transpose %s[", dtypes[round % 6]);
        for (int32_t i = 0; i < rank; i++)
            used += snprintf(line + used, sizeof line - (size_t)used, "%s%d", i ? "," : "",
                             sizes[test_below(&seed, rank > 5 ? 4 : 5)]);
        used += snprintf(line + used, sizeof line - (size_t)used, "] perm=");
        for (int32_t i = 0; i < rank; i++) { /* a random permutation */
            const size_t k = test_below(&seed, (size_t)i + 1);
            perm[i] = perm[k];
            perm[k] = i;
        }
        for (int32_t i = 0; i < rank; i++)
            used += snprintf(line + used, sizeof line - (size_t)used, "%s%d", i ? "," : "", perm[i]);
        check_transpose(line, perm);
    }
    check_transpose("Transpose int8[13,17]", (const int32_t[]){1, 0}); /* without perm: backwards */
    check_transpose("Transpose float32[3,0,2]", (const int32_t[]){2, 1, 0});
}

static void views_can_be_copied_where_memory_must_be_apart(void **state) {
    (void)state;
    static const char *const lines[] = {"Reshape float32[2,3] int64[1]:6", "Flatten float32[1,6]",
                                        "Transpose float32[1,6] perm=1,0", "Reshape float32[0] int64[2]:0,3"};
    for (size_t i = 0; i < COUNT(lines); i++) {
        struct use u;
        use_begin(&u, lines[i]);
        use_prepare(&u);
        uint64_t seed = 32;
        const size_t n = use_output_elements(&u);
        float *x = test_floats(&seed, n), *z = test_bytes(n * sizeof *z);
        use_run(&u, (const void *const[]){x, u.constants[1]}, z);
        assert_memory_equal(z, x, n * sizeof *x);
        free(x);
        free(z);
        use_end(&u);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(types_and_attributes_give_a_type_or_a_reason),
        cmocka_unit_test(reshape_and_flatten_are_views),
        cmocka_unit_test(transposes_move_every_element_and_know_when_none_moves),
        cmocka_unit_test(views_can_be_copied_where_memory_must_be_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
