/* Transposed convolution: which shapes it gives, and what it refuses. Its sums are tested against a plain loop in Python. */
#include "ops/op_test.h"

static const struct use_case cases[] = {
    {"Conv2DTranspose float32[2,4,7,6] float32[4,6,3,3] strides=2,2 pad_mode=1 size=14,12", MSW_OK,
     "float32[2,6,14,12]"},
    {"Conv2DTranspose float32[2,4,7,6] float32[4,6,3,3] strides=2,2", MSW_OK, "float32[2,6,15,13]"},
    {"Conv2DTranspose float32[2,7,6,4] float32[4,2,3,3] group=2 channels_last=1", MSW_OK, "float32[2,9,8,4]"},
    {"Conv2DTranspose float32[2,4,7] float32[4,6,3,3]", MSW_INVALID,
     "needs an image of rank 4 and weights [C,O/group,KH,KW], got float32[2,4,7] and float32[4,6,3,3]"},
    {"Conv2DTranspose float32[2,4,7,6] float32[3,6,3,3]", MSW_INVALID,
     "weights [3,6,3,3] do not fit 4 channels in 1 groups"},
    {"Conv2DTranspose float32[2,4,7,6] float32[4,6,3,3] group=0", MSW_INVALID,
     "weights [4,6,3,3] do not fit 4 channels in 0 groups"},
    {"Conv2DTranspose float32[2,4,7,6] float32[4,6,3,3] pad_mode=3", MSW_INVALID,
     "pad_mode must be 0 (explicit), 1 (same) or 2 (valid), got 3"},
    {"Conv2DTranspose float32[2,4,7,6] float32[4,6,3,3] strides=2", MSW_INVALID, "strides must have 2 numbers, got 1"},
    {"Conv2DTranspose float32[2,4,7,6] float32[4,6,3,3] strides=0,1", MSW_INVALID,
     "strides[0] must be in 1..536870911, got 0"},
    {"Conv2DTranspose float32[2,4,7,6] float32[4,6,3,3] size=9,9", MSW_INVALID,
     "size 9 with padding 0 and 0 does not lead back to 6 points"},
    {"Conv2DTranspose float32[2,4,0,6] float32[4,6,3,3]", MSW_LIMIT,
     "0 points with stride 1 and a window of 3 cannot be convolved"},
    {"Conv2DTranspose float32[2,4,7,6] float32[4,6,0,3]", MSW_INVALID,
     "the kernel of [4,6,0,3] must have 1..1048576 points in each direction"},
    {"Conv2DTranspose float32[1,1,1,1] float32[1,1,1024,1025]", MSW_LIMIT,
     "a window of [1,1,1024,1025] has more than 1048576 points"},
};

static void shapes_follow_or_a_reason_is_given(void **state) {
    (void)state;
    use_assert_cases(cases, COUNT(cases));
}

/* 2^40 taps of no channels. */
static void an_image_without_channels_takes_no_time(void **state) {
    (void)state;
    struct use u;
    void *x = test_bytes(0);
    use_begin(&u, "Conv2DTranspose float32[1,64,64,0] float32[0,2,1024,1024] channels_last=1");
    use_prepare(&u);
    const size_t n = use_output_elements(&u);
    float *z = test_bytes(n * sizeof *z);
    memset(z, 0xa5, n * sizeof *z);
    use_run(&u, (const void *const[]){x, x}, z);
    for (size_t i = 0; i < n; i++)
        assert_true(test_same_float(z[i], 0));
    use_end(&u);
    free(x);
    free(z);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapes_follow_or_a_reason_is_given),
        cmocka_unit_test(an_image_without_channels_takes_no_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
