/* ScaledDotProductAttention: which tensors go together, and the answer against a plain loop. */
#include <math.h>

#include "ops/op_test.h"

static const struct use_case cases[] = {
    {"ScaledDotProductAttention float32[2,4,3,8] float32[2,2,5,8] float32[2,2,5,6]", MSW_OK, "float32[2,4,3,6]"},
    {"ScaledDotProductAttention float32[2,3,8] float32[2,5,4] float32[2,5,6] heads=4,2", MSW_OK, "float32[2,3,12]"},
    {"ScaledDotProductAttention float32[2,3,8] float32[2,5,4] float32[2,5,6] heads=3,2", MSW_INVALID,
     "heads must be two numbers that divide what x0 and x1 have along the last axis, for float32[2,3,8]"},
    {"ScaledDotProductAttention float32[1,3,2,4] float32[1,2,5,4] float32[1,2,5,4]", MSW_INVALID,
     "batches, heads, keys or depths of float32[1,3,2,4], float32[1,2,5,4] and float32[1,2,5,4] do not fit"},
    {"ScaledDotProductAttention float32[1,2,2,4] float32[1,2,5,4] float32[1,2,5,4] bool[3,5]", MSW_INVALID,
     "the mask must be bool or float32 and broadcast to [1,2,2,5], got bool[3,5]"},
    {"ScaledDotProductAttention float32[1,2,2,4] float32[1,2,5,4] float32[1,2,5,4] kept=4", MSW_INVALID,
     "kept 4 is not one of 0 to 3, or there are more than 2 outputs"},
};

static void shapes_follow_or_a_reason_is_given(void **state) {
    (void)state;
    use_assert_cases(cases, COUNT(cases));
}

enum { HEADS = 4, SHARED = 2, ROWS = 37, KEYS = 41, DEPTH = 5, WIDTH = 3 };

/* Causal over rows that follow 4 keys, with a window of 9 to the left: row i sees keys i - 5 .. i + 4. */
static double reference(const float *q, const float *k, const float *v, size_t row, size_t column) {
    double sum = 0, all = 0;
    for (size_t j = 0; j < KEYS; j++) {
        double score = 0;
        if (j > row + 4 || j + 9 < row + 4)
            continue;
        for (size_t d = 0; d < DEPTH; d++)
            score += (double)q[row * DEPTH + d] * (double)k[j * DEPTH + d];
        const double weight = exp(score / sqrt(DEPTH));
        all += weight;
        sum += weight * (double)v[j * WIDTH + column];
    }
    return sum / all;
}

static void windows_and_shared_heads_are_those_of_a_plain_loop(void **state) {
    (void)state;
    static float q[HEADS * ROWS * DEPTH], k[SHARED * KEYS * DEPTH], v[SHARED * KEYS * WIDTH], z[HEADS * ROWS * WIDTH];
    uint64_t random = 5;
    struct use u;
    for (size_t i = 0; i < COUNT(q); i++)
        q[i] = test_float(&random);
    for (size_t i = 0; i < COUNT(k); i++)
        k[i] = test_float(&random);
    for (size_t i = 0; i < COUNT(v); i++)
        v[i] = test_float(&random);
    use_begin(&u, "ScaledDotProductAttention float32[1,4,37,5] float32[1,2,41,5] float32[1,2,41,3] float32[0] "
                  "float32[1,2,4,5] causal=1 window=9,-1");
    use_prepare(&u);
    use_run(&u, (const void *const[]){q, k, v, NULL, NULL}, z);
    for (size_t head = 0; head < HEADS; head++)
        for (size_t i = 0; i < ROWS * WIDTH; i++) {
            const size_t shared = head / (HEADS / SHARED);
            const double wanted = reference(q + head * ROWS * DEPTH, k + shared * KEYS * DEPTH,
                                            v + shared * KEYS * WIDTH, i / WIDTH, i % WIDTH);
            assert_float_equal(z[head * ROWS * WIDTH + i], wanted, 1e-5); /* a softmax in float32 */
        }
    use_end(&u);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapes_follow_or_a_reason_is_given),
        cmocka_unit_test(windows_and_shared_heads_are_those_of_a_plain_loop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
