/* Pictures of another size: which sizes make sense. Where points lie is tested against MindSpore. */
#include "ops/op_test.h"

static const struct use_case cases[] = {
    {"ResizeBilinear float32[1,3,4,5] int64[2]:7,9", MSW_OK, "float32[1,3,7,9]"},
    {"ResizeBilinear float32[1,4,5,3] int64[2]:7,9 channels_last=1", MSW_OK, "float32[1,7,9,3]"},
    {"ResizeNearest int8[0,3,4,5] int64[2]:7,9", MSW_OK, "int8[0,3,7,9]"},
    {"ResizeNearest int8[3,4,5] int64[2]:7,9", MSW_INVALID, "needs an image of rank 4, got int8[3,4,5]"},
    {"ResizeNearest int8[1,3,4,5] int64[2]:0,9", MSW_INVALID, "size[0] is 0, for an image [1,3,4,5]"},
    {"ResizeNearest int8[1,3,4,0] int64[2]:1,9", MSW_INVALID, "size[1] is 9, for an image [1,3,4,0]"},
    {"ResizeNearest int8[1,3,4,5] int64[1]:9", MSW_INVALID,
     "needs height and width, and align_corners or half_pixel_centers but not both, got 1 sizes"},
    {"ResizeNearest int8[1,3,4,5] int64[2]:7,9 align_corners=1 half_pixel_centers=1", MSW_INVALID,
     "needs height and width, and align_corners or half_pixel_centers but not both, got 2 sizes"},
    {"ResizeNearest int8[1,3,4,5] int64[2]", MSW_MORE,
     "a size that is computed while the model runs is not supported"},
};

static void shapes_follow_or_a_reason_is_given(void **state) {
    (void)state;
    use_assert_cases(cases, COUNT(cases));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapes_follow_or_a_reason_is_given),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
