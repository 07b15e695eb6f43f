/* LSTM: which tensors go together. Its answers are tested against numpy. */
#include "ops/op_test.h"

static const struct use_case cases[] = {
    {"LSTM float32[7,2,6] float32[1,2,8] float32[1,2,8] float32[480,1,1]", MSW_OK, "float32[7,2,8]"},
    {"LSTM float32[7,2,6] float32[2,2,8] float32[2,2,8] float32[960] bidirectional=1", MSW_OK, "float32[7,2,16]"},
    {"LSTM float32[7,2,6] float32[2,2,8] float32[2,2,8] float32[1024] num_layers=2", MSW_OK, "float32[7,2,8]"},
    {"LSTM float32[7,2,6] float32[1,2,8] float32[1,2,8] float32[448] has_bias=0", MSW_OK, "float32[7,2,8]"},
    {"LSTM float32[7,2,6] float32[1,2,8] float32[1,2,8] float32[481]", MSW_INVALID,
     "weights [481] have 481 elements, not 480"},
    {"LSTM float32[7,2,6] float32[1,3,8] float32[1,3,8] float32[480]", MSW_INVALID,
     "needs x [T,B,I], and h and c [layers,B,H], of one data type, got float32[7,2,6], float32[1,3,8] and "
     "float32[1,3,8]"},
    {"LSTM float32[7,2,6] float32[1,2,8] float32[1,2,8] float32[480] num_layers=2", MSW_INVALID,
     "h [1,2,8] does not fit 2 layers (1 to 1024) of 1 directions"},
    {"LSTM float32[0,0,6] float32[1,0,1048577] float32[1,0,1048577] float32[480]", MSW_LIMIT,
     "input and hidden state may have 1048576 elements, got [0,0,6] and [1,0,1048577]"},
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
