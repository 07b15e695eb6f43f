/* Matrix products with leading dims, transposed and packed in every way, bit by bit against the plain loop. */
#include "ops/op_test.h"

static const struct use_case cases[] = {
    {"MatMul float32[2,3] float32[3,4]", MSW_OK, "float32[2,4]"},
    {"MatMul float32[3,2] float32[4,3] transpose_a=1 transpose_b=1", MSW_OK, "float32[2,4]"},
    {"MatMul float32[5,1,2,3] float32[7,3,4]", MSW_OK, "float32[5,7,2,4]"},
    {"MatMul float32[0,3] float32[3,4]", MSW_OK, "float32[0,4]"},
    {"MatMul float32[2,0] float32[0,4]", MSW_OK, "float32[2,4]"},
    {"MatMul float32[0,2,3] float32[1,3,4]", MSW_OK, "float32[0,2,4]"},
    {"MatMul float32[1,1,1,1,1,1,2,3] float32[3,4]", MSW_OK, "float32[1,1,1,1,1,1,2,4]"},
    {"MatMul float32[2,3] float32[4,3]", MSW_INVALID, "inner sizes differ: 3 of [2,3] and 4 of [4,3]"},
    {"MatMul float32[2,3] float32[3,4] transpose_a=1", MSW_INVALID, "inner sizes differ: 2 of [2,3] and 3 of [3,4]"},
    {"MatMul float32[2,3] float32[3,4] transpose_b=1", MSW_INVALID, "inner sizes differ: 3 of [2,3] and 4 of [3,4]"},
    {"MatMul float32[2,2,3] float32[3,3,4]", MSW_INVALID, "leading dims of [2,2,3] and [3,3,4] cannot be broadcast"},
    {"MatMul float32[2,3] int8[3,4]", MSW_INVALID,
     "needs two matrices (rank 1 or more) of one data type, got float32[2,3] and int8[3,4]"},
    {"MatMul float32[3] float32[3,4]", MSW_OK, "float32[4]"},
    {"MatMul float32[5,2,3] float32[3]", MSW_OK, "float32[5,2]"},
    {"MatMul float32[3] float32[3]", MSW_OK, "float32[]"},
    {"MatMul float32[3] float32[3,4] transpose_a=1", MSW_INVALID, "a vector cannot be transposed, got [3] and [3,4]"},
    {"MatMul float32[2,3] float32[3] transpose_b=1", MSW_INVALID, "a vector cannot be transposed, got [2,3] and [3]"},
    {"MatMul float32[] float32[]", MSW_INVALID,
     "needs two matrices (rank 1 or more) of one data type, got float32[] and float32[]"},
};

static void types_and_shapes_give_a_type_or_a_reason(void **state) {
    (void)state;
    use_assert_cases(cases, COUNT(cases));
}

struct sizes {
    size_t rows, depth, columns;
    bool transpose_a, transpose_b;
};

/* z[r][j] = sum over rising k, in one float. */
static void plain(const float *a, const float *b, const struct sizes *s, float *z) {
    for (size_t r = 0; r < s->rows; r++) {
        for (size_t j = 0; j < s->columns; j++) {
            float sum = 0;
            for (size_t k = 0; k < s->depth; k++)
                sum += a[s->transpose_a ? k * s->rows + r : r * s->depth + k] *
                       b[s->transpose_b ? j * s->depth + k : k * s->columns + j];
            z[r * s->columns + j] = sum;
        }
    }
}

static void check_product(const struct sizes *s, uint64_t *seed) {
    char line[160];
    struct use u;
    (void)snprintf(line, sizeof line, "MatMul float32[%zu,%zu] float32[%zu,%zu] transpose_a=%d transpose_b=%d",
                   s->transpose_a ? s->depth : s->rows, s->transpose_a ? s->rows : s->depth,
                   s->transpose_b ? s->columns : s->depth, s->transpose_b ? s->depth : s->columns, s->transpose_a,
                   s->transpose_b);
    use_begin(&u, line);
    float *a = test_floats(seed, s->rows * s->depth), *b = test_floats(seed, s->depth * s->columns);
    float *z = test_bytes(s->rows * s->columns * sizeof *z), *wanted = test_bytes(s->rows * s->columns * sizeof *z);
    plain(a, b, s, wanted);
    use_prepare(&u);
    use_run(&u, (const void *const[]){a, b}, z);
    test_same_floats(z, wanted, s->rows * s->columns, line);
    void *packed = use_pack(&u, 1, b, 1 + test_below(seed, 9));
    use_prepare(&u);
    memset(z, 0xa5, s->rows * s->columns * sizeof *z);
    use_run(&u, (const void *const[]){a, packed}, z);
    test_same_floats(z, wanted, s->rows * s->columns, line);
    free(a);
    free(b);
    free(z);
    free(wanted);
    free(packed);
    use_end(&u);
}

static void products_have_the_bits_of_the_plain_loop_packed_or_not(void **state) {
    (void)state;
    static const size_t sizes[] = {0, 1, 3, 4, 5, 8, 13, 17};
    uint64_t seed = 24;
    for (size_t r = 0; r < COUNT(sizes); r++)
        for (size_t k = 0; k < COUNT(sizes); k++)
            for (size_t j = 0; j < COUNT(sizes); j++)
                for (int t = 0; t < 4; t++)
                    check_product(&(struct sizes){sizes[r], sizes[k], sizes[j], t & 1, t >> 1}, &seed);
}

/* Which matrix of an operand goes into matrix number `number` of the result, under leading dims (d0, d1). */
static size_t matrix_of(const struct msw_type *t, size_t number, const int32_t *lead) {
    const size_t i0 = number / (size_t)lead[1], i1 = number % (size_t)lead[1];
    const size_t d0 = t->rank > 3 ? (size_t)t->dims[t->rank - 4] : 1,
                 d1 = t->rank > 2 ? (size_t)t->dims[t->rank - 3] : 1;
    return (d0 == 1 ? 0 : i0) * d1 + (d1 == 1 ? 0 : i1);
}

static void leading_dims_broadcast_as_in_numpy(void **state) {
    (void)state;
    static const char *const lines[] = {
        "MatMul float32[2,3,4,5] float32[2,3,5,9]", "MatMul float32[2,3,4,5] float32[5,9]",
        "MatMul float32[4,5] float32[2,3,5,9]",     "MatMul float32[2,1,4,5] float32[1,3,5,9]",
        "MatMul float32[1,3,4,5] float32[2,1,5,9]", "MatMul float32[3,4,5] float32[2,1,5,9]",
    };
    uint64_t seed = 25;
    for (size_t l = 0; l < COUNT(lines); l++) {
        for (int t = 0; t < 4; t++) {
            struct use u;
            use_begin(&u, lines[l]);
            struct sizes s = {4, 5, 9, t & 1, t >> 1};
            if (s.transpose_a) { /* [5,4]: the same line with the last two swapped */
                u.inputs[0].dims[u.inputs[0].rank - 2] = 5;
                u.inputs[0].dims[u.inputs[0].rank - 1] = 4;
            }
            if (s.transpose_b) {
                u.inputs[1].dims[u.inputs[1].rank - 2] = 9;
                u.inputs[1].dims[u.inputs[1].rank - 1] = 5;
            }
            const int64_t flags[2] = {s.transpose_a, s.transpose_b};
            u.attrs[0] = (struct attr){.given = true, .count = 1, .ints = flags};
            u.attrs[1] = (struct attr){.given = true, .count = 1, .ints = flags + 1};
            use_prepare(&u);
            assert_int_equal(use_output_elements(&u), 6 * 4 * 9);
            float *a = test_floats(&seed, type_elements(&u.inputs[0])),
                  *b = test_floats(&seed, type_elements(&u.inputs[1]));
            float *z = test_bytes(6 * 36 * sizeof *z), wanted[36];
            use_run(&u, (const void *const[]){a, b}, z);
            for (size_t m = 0; m < 6; m++) {
                plain(a + matrix_of(&u.inputs[0], m, u.outputs[0].dims) * 20,
                      b + matrix_of(&u.inputs[1], m, u.outputs[0].dims) * 45, &s, wanted);
                test_same_floats(z + m * 36, wanted, 36, lines[l]);
            }
            free(a);
            free(b);
            free(z);
            use_end(&u);
        }
    }
}

static void only_a_float_matrix_on_the_right_is_packed(void **state) {
    (void)state;
    assert_true(use_packs("MatMul float32[2,3] float32[3,4]", 1));
    assert_false(use_packs("MatMul float32[2,3] float32[3,4]", 0));
    assert_false(use_packs("MatMul float32[2,3] float32[1,3,4]", 1));
    assert_false(use_packs("MatMul float32[2,3] float32[3]", 1));
    assert_false(use_packs("MatMul float32[2,3] float32[]", 1));
    assert_false(
        use_packs("MatMul float32[2,3] int8[3,4]", 1)); /* a model may say so: its bytes are too few for floats */
}

/* One column fills a panel of eight: 1 GiB becomes 8, which 32-bit sizes cannot count. */
static void a_matrix_too_large_once_packed_is_refused(void **state) {
    (void)state;
    struct use u;
    assert_false(use_packs("MatMul float32[1,268435456] float32[268435456,1]", 1));
    use_begin(&u, "MatMul float32[1,268435456] float32[268435456,1]");
    assert_true(use_check(&u));
    assert_false(u.site.op->prepare(&u.site, &u.step, &u.arena, &u.err));
    assert_int_equal(u.err.about.status, MSW_LIMIT);
    assert_string_equal(u.err.text, "matrix float32[268435456,1] needs more than 2147483647 bytes when packed");
    use_end(&u);
}

static void a_step_that_needs_too_much_room_is_refused(void **state) {
    (void)state;
    struct use u;
    use_begin(&u, "MatMul float32[8,60000000] float32[8,60000000] transpose_a=1");
    assert_true(use_check(&u)); /* its output is the graph's to refuse */
    assert_false(u.site.op->prepare(&u.site, &u.step, &u.arena, &u.err));
    assert_int_equal(u.err.about.status, MSW_LIMIT);
    assert_string_equal(u.err.text, "needs 3840000000 bytes to work in, at most 2147483647");
    use_end(&u);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(types_and_shapes_give_a_type_or_a_reason),
        cmocka_unit_test(products_have_the_bits_of_the_plain_loop_packed_or_not),
        cmocka_unit_test(leading_dims_broadcast_as_in_numpy),
        cmocka_unit_test(only_a_float_matrix_on_the_right_is_packed),
        cmocka_unit_test(a_matrix_too_large_once_packed_is_refused),
        cmocka_unit_test(a_step_that_needs_too_much_room_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
