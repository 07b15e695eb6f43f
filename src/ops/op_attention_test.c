/* Attention against plain loops that index every element, bit by bit, over tensors that lie in many ways; and what is refused. */
#include "ops/op_test.h"

#include "kernels/hot/softmax.h"

static const struct use_case cases[] = {
    {"Attention float32[2,3,4,5] float32[2,3,7,5] float32[2,3,7,6]", MSW_OK, "float32[2,3,4,6]"},
    {"Attention float32[2,3,4,5] float32[2,3,7,5] float32[2,3,7,6] perm=0,2,1,3", MSW_OK, "float32[2,4,3,6]"},
    {"Attention float32[1,3,4,5] float32[1,3,7,5] float32[1,3,7,6] perm=2,1,3", MSW_OK, "float32[4,3,6]"},
    {"Attention float32[20] float32[35] float32[42] dims=1,1,4,7,5,6 q=0,0,0,5,1 k=0,0,0,5,1 v=0,0,0,6,1 perm=2,3",
     MSW_OK, "float32[4,6]"},
    {"Attention float32[2,3,4,0] float32[2,3,7,0] float32[2,3,7,6]", MSW_OK, "float32[2,3,4,6]"},
    {"Attention float32[2,3,4,5] float32[2,3,0,5] float32[2,3,0,6]", MSW_OK, "float32[2,3,4,6]"},
    {"Attention float32[2,3,4,5] float32[2,3,7,5] float32[7,6]", MSW_INVALID,
     "needs dims of 6 numbers, or three tensors of rank 4, got float32[2,3,4,5], float32[2,3,7,5] and float32[7,6]"},
    {"Attention float32[2,3,4,5] float32[2,3,7,5] float32[2,3,7,6] dims=1", MSW_INVALID,
     "needs dims of 6 numbers, or three tensors of rank 4, got float32[2,3,4,5], float32[2,3,7,5] and "
     "float32[2,3,7,6]"},
    {"Attention float32[1] float32[1] float32[1] dims=1,1,1,-1,1,1", MSW_INVALID, "dims[3] is -1"},
    {"Attention float32[2,3,4,5] float32[2,3,7,4] float32[2,3,7,6]", MSW_INVALID,
     "without k its tensor is [2,3,7,5], not float32[2,3,7,4]"},
    {"Attention float32[2,3,4,5] float32[2,3,7,5] float32[2,3,8,6]", MSW_INVALID,
     "without v its tensor is [2,3,7,6], not float32[2,3,8,6]"},
    {"Attention float32[2,3,4,5] float16[2,3,7,5] float32[2,3,7,6]", MSW_INVALID,
     "inputs must have one data type, got float32[2,3,4,5] and float16[2,3,7,5]"},
    {"Attention float32[2,3,4,5] float32[2,3,7,5] float32[2,3,7,6] q=0,1,1,1", MSW_INVALID,
     "q must have 5 numbers, got 4"},
    {"Attention float32[2,3,4,5] float32[2,3,7,5] float32[2,3,7,6] q=1,60,20,5,1", MSW_INVALID,
     "the first element and the steps of q lead out of float32[2,3,4,5]"},
    {"Attention float32[2,3,4,5] float32[2,3,7,5] float32[2,3,7,6] k=0,105,35,0,1", MSW_INVALID,
     "the first element and the steps of k lead out of float32[2,3,7,5]"}, /* rows that are all one */
    {"Attention float32[2,3,4,5] float32[2,3,7,5] float32[2,3,7,6] v=0,-126,42,6,1", MSW_INVALID,
     "the first element and the steps of v lead out of float32[2,3,7,6]"},
    {"Attention float32[2,3,4,5] float32[2,3,7,5] float32[2,3,7,6] v=0,4611686018427387904,42,6,1", MSW_INVALID,
     "the first element and the steps of v lead out of float32[2,3,7,6]"},
    {"Attention float32[2,3,4,5] float32[2,3,7,5] float32[2,3,7,6] perm=0,1,3,2", MSW_INVALID,
     "perm must end with 3 and hold the axes of [2,3,4,6] that are not 1, each once"},
    {"Attention float32[2,3,4,5] float32[2,3,7,5] float32[2,3,7,6] perm=1,2,3", MSW_INVALID,
     "perm must end with 3 and hold the axes of [2,3,4,6] that are not 1, each once"},
    {"Attention float32[2,3,4,5] float32[2,3,7,5] float32[2,3,7,6] perm=0,1,1,3", MSW_INVALID,
     "perm must end with 3 and hold the axes of [2,3,4,6] that are not 1, each once"},
    {"Attention float32[2,3,4,5] float32[2,3,7,5] float32[2,3,7,6] float32[]", MSW_INVALID,
     "score must have a number for each input from x3 on, at most 8, got 0 of 1"},
    {"Attention float32[2,3,4,5] float32[2,3,7,5] float32[2,3,7,6] float32[] score=12", MSW_INVALID,
     "score[0] is 12, not one of 0 to 11"},
    {"Attention float32[2,3,4,5] float32[2,3,7,5] float32[2,3,7,6] float32[3,4,7] score=0", MSW_OK, "float32[2,3,4,6]"},
    {"Attention float32[2,3,4,5] float32[2,3,7,5] float32[2,3,7,6] float32[3,7,7] score=0", MSW_INVALID,
     "float32[3,7,7] cannot be broadcast to what score[0] says it changes"},
    {"Attention float32[2,3,4,5] float32[2,3,7,5] float32[2,3,7,6] float32[3,4,7] score=4", MSW_INVALID,
     "float32[3,4,7] cannot be broadcast to what score[0] says it changes"},
    {"Attention float32[2,3,4,5] float32[2,3,7,5] float32[2,3,7,6] float32[1,2,3,4,7] score=0", MSW_INVALID,
     "float32[1,2,3,4,7] cannot be broadcast to what score[0] says it changes"},
};

static void types_and_shapes_give_a_type_or_a_reason(void **state) {
    (void)state;
    use_assert_cases(cases, COUNT(cases));
}

enum { AXES = 4 };

static size_t at(const struct use *u, const char *name, const size_t *index, const size_t *dims) {
    const struct attr *steps = site_attr(&u->site, name);
    size_t dense = 0, place = steps->given ? (size_t)steps->ints[0] : 0;
    for (size_t a = 0; a < AXES; a++) {
        dense = dense * dims[a] + index[a];
        place += steps->given ? (size_t)steps->ints[1 + a] * index[a] : 0;
    }
    return steps->given ? place : dense;
}

static float apply(float x, float y, int64_t kernel) {
    return kernel == 0 ? x + y : kernel == 1 ? x - y : kernel == 2 ? x * y : x / y;
}

/* x with all operands whose number is target * 4 up to target * 4 + 3; the scores' own are broadcast to dims. */
static float apply_all(const struct use *u, const void *const *in, int64_t target, float x, const size_t *index) {
    for (uint32_t i = 3; i < u->site.input_count; i++) {
        const int64_t number = site_attr(&u->site, "score")->ints[i - 3];
        const struct msw_type *type = &u->inputs[i];
        size_t from = 0;
        if (number / 4 != target)
            continue;
        for (int32_t a = 0; a < type->rank; a++)
            from = from * (size_t)type->dims[a] + (type->dims[a] == 1 ? 0 : index[AXES - type->rank + a]);
        x = apply(x, ((const float *)in[i])[from], number % 4);
    }
    return x;
}

/* sums[t] of one row of scores, then softmax, then the sum over keys for each column. Sums rise in one float. */
static void plain_row(const struct use *u, const void *const *in, const size_t *n, size_t b, size_t h, size_t s,
                      float *z) {
    const size_t batches = n[0], heads = n[1], rows = n[2], keys = n[3], depth = n[4], width = n[5];
    float *scores = test_bytes((keys + 1) * sizeof *scores);
    for (size_t t = 0; t < keys; t++) {
        float sum = 0;
        for (size_t d = 0; d < depth; d++) {
            const float q =
                ((const float *)
                     in[0])[at(u, "q", (const size_t[]){b, h, s, d}, (const size_t[]){batches, heads, rows, depth})];
            const float k =
                ((const float *)
                     in[1])[at(u, "k", (const size_t[]){b, h, t, d}, (const size_t[]){batches, heads, keys, depth})];
            sum += apply_all(u, in, 1, q, NULL) * apply_all(u, in, 2, k, NULL);
        }
        scores[t] = apply_all(u, in, 0, sum, (const size_t[]){b, h, s, t});
    }
    if (keys > 0)
        softmax_weights_f32(scores, keys); /* softmax_test.c has its oracle */
    for (size_t e = 0; e < width; e++) {
        z[e] = 0;
        for (size_t t = 0; t < keys; t++)
            z[e] +=
                scores[t] *
                ((const float *)
                     in[2])[at(u, "v", (const size_t[]){b, h, t, e}, (const size_t[]){batches, heads, keys, width})];
    }
    free(scores);
}

static void read_sizes(const struct use *u, size_t *n) {
    const struct attr *dims = site_attr(&u->site, "dims");
    const int32_t shapes[] = {u->inputs[0].dims[0], u->inputs[0].dims[1], u->inputs[0].dims[2],
                              u->inputs[1].dims[2], u->inputs[0].dims[3], u->inputs[2].dims[3]};
    for (size_t i = 0; i < COUNT(shapes); i++)
        n[i] = dims->given ? (size_t)dims->ints[i] : (size_t)shapes[i];
}

static size_t perm_at(const struct use *u, size_t axis) {
    const struct attr *perm = site_attr(&u->site, "perm");
    return perm->given ? (size_t)perm->ints[axis] : axis;
}

/* The row of [b, h, s] in the answer, whose axes are in the order of perm. */
static size_t row_at(const struct use *u, const size_t *n, const size_t *index) {
    size_t row = 0;
    for (int32_t i = 0; i + 1 < u->outputs[0].rank; i++)
        row = row * n[perm_at(u, (size_t)i)] + index[perm_at(u, (size_t)i)];
    return row;
}

static void check_bits(const char *line, uint64_t *seed) {
    struct use u;
    size_t n[6];
    float *in[USE_INPUTS] = {NULL};
    use_begin(&u, line);
    use_prepare(&u);
    read_sizes(&u, n);
    for (uint32_t i = 0; i < u.site.input_count; i++) {
        in[i] = test_floats(seed, type_elements(&u.inputs[i]));
        for (size_t k = 0; k < type_elements(&u.inputs[i]); k++) /* of moderate size, but for one in fifty */
            in[i][k] = in[i][k] - in[i][k] == 0 && in[i][k] * in[i][k] < 100 ? in[i][k] / 4
                       : test_below(seed, 50) == 0                           ? in[i][k]
                                                                             : 0.5f;
    }
    float *z = test_bytes(use_output_elements(&u) * sizeof *z), *wanted = test_bytes((n[5] + 1) * sizeof *wanted);
    use_run(&u, (const void *const *)in, z);
    for (size_t i = 0; i < n[0] * n[1] * n[2]; i++) {
        const size_t index[] = {i / n[2] / n[1], i / n[2] % n[1], i % n[2]};
        plain_row(&u, (const void *const *)in, n, index[0], index[1], index[2], wanted);
        test_same_floats(z + row_at(&u, n, index) * n[5], wanted, n[5], line);
    }
    for (uint32_t i = 0; i < u.site.input_count; i++)
        free(in[i]);
    free(z);
    free(wanted);
    use_end(&u);
}

static void answers_have_the_bits_of_plain_loops(void **state) {
    (void)state;
    static const char *const lines[] = {
        "Attention float32[1,1,1,1] float32[1,1,1,1] float32[1,1,1,1]",
        "Attention float32[2,3,4,5] float32[2,3,7,5] float32[2,3,7,6]",
        "Attention float32[2,3,9,8] float32[2,3,16,8] float32[2,3,16,24] float32[] float32[2,1,1,16] score=3,0",
        "Attention float32[1,2,5,13] float32[1,2,17,13] float32[1,2,17,3] float32[1,2,5,17] float32[2,1,1] score=1,2",
        "Attention float32[1,2,5,3] float32[1,2,6,3] float32[1,2,6,3] float32[5,1] float32[6] score=0,0",
        "Attention float32[1,2,5,3] float32[1,2,6,3] float32[1,2,6,3] float32[1] float32[1,1] score=7,11",
        "Attention float32[1,2,5,3] float32[1,2,6,3] float32[1,2,6,3] float32[5,6] float32[1,1] score=2,6",
        "Attention float32[2,3,4,0] float32[2,3,7,0] float32[2,3,7,6] float32[4,1] score=0",
        "Attention float32[2,3,4,5] float32[2,3,0,5] float32[2,3,0,6]",
        "Attention float32[0,3,4,5] float32[0,3,7,5] float32[0,3,7,6]",
        "Attention float32[2,3,4,5] float32[2,3,7,5] float32[2,3,7,0]",
        /* one projection for all three: [B,S,3,H,D], the answer [B,S,H,D] */
        ("Attention float32[2,6,3,2,5] float32[2,6,3,2,5] float32[2,6,3,2,5] dims=2,2,6,6,5,5 q=0,180,5,30,1 "
         "k=10,180,5,30,1 v=20,180,5,30,1 perm=0,2,1,3"),
        /* sequence first: [S,B,H,D] */
        ("Attention float32[6,2,3,4] float32[7,2,3,4] float32[7,2,3,5] dims=2,3,6,7,4,5 q=0,12,4,24,1 k=0,12,4,24,1 "
         "v=0,15,5,30,1 perm=2,0,1,3"),
        /* columns apart: channels before places */
        ("Attention float32[2,4,6] float32[2,4,7] float32[2,5,7] float32[] dims=1,2,6,7,4,5 q=0,0,24,1,6 k=0,0,28,1,7 "
         "v=0,0,35,1,7 perm=1,2,3 score=6"),
        /* one k and v for all heads of a batch */
        "Attention float32[2,3,4,5] float32[2,7,5] float32[2,7,6] dims=2,3,4,7,5,6 k=0,35,0,5,1 v=0,42,0,6,1",
        /* more than one block of rows: of many keys, and of many rows */
        "Attention float32[1,1,70,3] float32[1,1,801,3] float32[1,1,801,2] float32[70,801] score=0",
        "Attention float32[1,2,700,2] float32[1,2,40,2] float32[1,2,40,9] float32[700,1] float32[40] score=2,0",
    };
    uint64_t seed = 61;
    for (size_t i = 0; i < COUNT(lines); i++)
        check_bits(lines[i], &seed);
}

/* Panels of 2^28 keys of one number, a gigabyte, are eight. */
static void a_step_that_needs_too_much_room_is_refused(void **state) {
    (void)state;
    struct use u;
    use_begin(&u, "Attention float32[1,1,1,1] float32[1,1,500000000,1] float32[1,1,500000000,1]");
    assert_true(use_check(&u));
    assert_false(u.site.op->prepare(&u.site, &u.step, &u.arena, &u.err));
    assert_int_equal(u.err.about.status, MSW_LIMIT);
    use_end(&u);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(types_and_shapes_give_a_type_or_a_reason),
        cmocka_unit_test(answers_have_the_bits_of_plain_loops),
        cmocka_unit_test(a_step_that_needs_too_much_room_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
