/* Shape rules and messages of what normalises, folds, sorts, chooses and casts; what they compute is compared with numpy in
 * test/test_ops_mindspore.py. */
#include "ops/op_test.h"

static const struct use_case cases[] = {
    {"BatchNorm float32[2,3,4] float32[3] float32[3] float32[3] float32[3]", MSW_OK, "float32[2,3,4]"},
    {"BatchNorm float32[2,4,3] float32[3] float32[3] float32[3] float32[3] channels_last=1", MSW_OK, "float32[2,4,3]"},
    {"BatchNorm float32[3] float32[3] float32[3] float32[3] float32[3]", MSW_INVALID,
     "needs rank 2 or more, got float32[3]"},
    {"BatchNorm float32[2,3] float32[3] float32[3] float32[2] float32[3]", MSW_INVALID,
     "float32[2,3] needs one number for each of 3 channels in input 3, got float32[2]"},
    {"BatchNorm float32[2,3] float32[3] float32[3] float32[3] int32[3]", MSW_INVALID,
     "float32[2,3] needs one number for each of 3 channels in input 4, got int32[3]"},
    {"BatchNorm float32[2,3] float32[3] float32[3] float32[3] float32[3] is_training=1", MSW_UNSUPPORTED,
     "is_training must be 0: moments are not computed here"},
    {"LayerNorm float32[2,3] float32[3] float32[3]", MSW_OK, "float32[2,3]"},
    {"LayerNorm float32[2,3]", MSW_OK, "float32[2,3]"},
    {"LayerNorm float32[2,3] float32[3]", MSW_INVALID, "takes scale and offset together, or neither"},
    {"LayerNorm float32[2,3] float32[2] float32[2]", MSW_INVALID,
     "scale and offset for float32[2,3] from axis 1 on cannot be float32[2]"},
    {"LayerNorm float32[2,3] float32[2,3] float32[2,3] begin_norm_axis=1 begin_params_axis=0", MSW_UNSUPPORTED,
     "begin_params_axis must not be before begin_norm_axis"},
    {"LayerNorm float32[2,3] normalized_shape=2", MSW_INVALID,
     "normalized_shape must be the last dims of float32[2,3]"},
    {"LayerNorm float32[2,3] begin_norm_axis=2", MSW_INVALID, "begin_norm_axis 2 is outside [-2,1] for rank 2"},
    {"GroupNorm float32[2,4] float32[4] float32[4] groups=2", MSW_OK, "float32[2,4]"},
    {"GroupNorm float32[2,4] float32[4] float32[4] groups=3", MSW_INVALID,
     "groups is 3, which does not divide the channels of float32[2,4]"},
    {"GroupNorm float32[2,4] float32[4] float32[4] groups=0", MSW_INVALID,
     "groups is 0, which does not divide the channels of float32[2,4]"},
    {"GroupNorm float32[4] float32[4] float32[4]", MSW_INVALID, "needs rank 2 or more, got float32[4]"},
    {"L2Normalize float32[] ", MSW_INVALID, "a scalar has no axis, rank 1 or more expected"},
    {"ReduceMean float32[2,3,4] axis=0,-1", MSW_OK, "float32[3]"},
    {"ReduceMean float32[2,3,4] axis=0,-1 keep_dims=1", MSW_OK, "float32[1,3,1]"},
    {"ReduceMean float32[2,3,4]", MSW_OK, "float32[]"},
    {"ReduceMean float32[2,5,6,3] axis=2,3 channels_last=1", MSW_OK, "float32[2,3]"},
    {"ReduceMean float32[2,3] axis=2", MSW_INVALID, "axis 2 is outside [-2,1] for rank 2"},
    {"ReduceMean float32[2,3] axis=1,-1", MSW_INVALID, "axis -1 is given twice"},
    {"ReduceSum int8[2,3] axis=1", MSW_OK, "int8[2]"},
    {"ReduceSum int8[2,3] axis=1 dtype=5", MSW_OK, "int64[2]"},
    {"ReduceSum int8[2,3] dtype=2", MSW_UNSUPPORTED, "dtype must be that of the input, or, for whole numbers, int64"},
    {"ReduceSum float32[2,3] dtype=5", MSW_UNSUPPORTED,
     "dtype must be that of the input, or, for whole numbers, int64"},
    {"ReduceSum bool[2,3]", MSW_INVALID, "bool is folded into int64: dtype=5"},
    {"ReduceMax float32[2,0]", MSW_INVALID, "float32[2,0] has no elements, so none is the largest or smallest"},
    {"ReduceMax float32[0,2] axis=1", MSW_OK, "float32[0]"},
    {"LpNorm float32[3] p=3", MSW_UNSUPPORTED, "p is 3, supported are 1 and 2"},
    {"Argmin float32[3] dtype=3", MSW_UNSUPPORTED, "dtype is 3, indices are int32 (2) or int64 (5)"},
    {"TopK float32[2,5] k=3", MSW_OK, "float32[2,3]"},
    {"TopK float32[2,5] k=6", MSW_INVALID, "k is 6, expected 1 to the 5 elements along the axis"},
    {"TopK float32[2,5] k=0", MSW_INVALID, "k is 0, expected 1 to the 5 elements along the axis"},
    {"Sort float32[2,5] dtype=1", MSW_UNSUPPORTED, "dtype is 1, indices are int32 (2) or int64 (5)"},
    {"AddN float32[3] float32[3] float32[3]", MSW_OK, "float32[3]"},
    {"AddN float32[3] float32[1]", MSW_INVALID, "inputs must have one type, got float32[3] and float32[1]"},
    {"Select bool[3] float32[2,1] float32[]", MSW_OK, "float32[2,3]"},
    {"Select bool[3] float32[3] int32[3]", MSW_INVALID,
     "takes bool and two tensors of one data type, got bool[3], float32[3] and int32[3]"},
    {"Select bool[3] float32[2] float32[2]", MSW_INVALID, "shapes [3], [2] and [2] cannot be broadcast to one"},
    {"MaskedFill float32[3] int32[3] float32[]", MSW_INVALID,
     "takes bool and two tensors of one data type, got int32[3], float32[] and float32[3]"},
    {"Cast float32[3] dtype=5", MSW_OK, "int64[3]"},
    {"Cast float32[3]", MSW_INVALID, "attribute 'dtype' is missing"},
    {"Cast float32[3] dtype=24", MSW_INVALID, "dtype is 24, expected 1 to 23"},
    {"Cast float32[3] dtype=4294967297", MSW_INVALID, "dtype is 4294967297, expected 1 to 23"},
    {"CeLU float32[3] alpha=0", MSW_INVALID, "alpha must not be 0"},
    {"PReLU float32[2,3] float32[2]", MSW_INVALID, "slopes for float32[2,3] must have shape [1] or [3], got [2]"},
    {"Div int32[3] int32[3]", MSW_OK, "float32[3]"},
    {"Less int32[3] int32[2,1]", MSW_OK, "bool[2,3]"},
    {"EqualCount int8[3] int8[3] like_x=1", MSW_OK, "int8[1]"},
};

static void uses_have_the_types_and_messages_that_they_should(void **state) {
    (void)state;
    use_assert_cases(cases, COUNT(cases));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(uses_have_the_types_and_messages_that_they_should)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
