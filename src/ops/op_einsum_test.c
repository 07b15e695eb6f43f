/* Einsum: which equations make sense; a = 97, comma = 44, -> = 45,62. Its sums are tested against numpy. */
#include "ops/op_test.h"

static const struct use_case cases[] = {
    {"Einsum float32[2,3] float32[3,4] equation=97,98,44,98,99,45,62,97,99", MSW_OK, "float32[2,4]"},
    {"Einsum float32[2,3] float32[3,4] equation=97,98,44,98,99", MSW_OK, "float32[2,4]"},
    {"Einsum float32[2,3] equation=97,98,45,62", MSW_OK, "float32[]"},
    {"Einsum float32[2,3] equation=97,98,45,62,99", MSW_INVALID,
     "character 4 of the equation: a letter of no operand, or one too many"},
    {"Einsum float32[2,2] equation=97,97", MSW_OK, "float32[]"},
    {"Einsum float32[2,2] equation=97,97,45,62,97", MSW_OK, "float32[2]"},
    {"Einsum float32[2,2] equation=97,98,45,62,97,97", MSW_INVALID,
     "character 5 of the equation: a letter that the answer has twice"},
    {"Einsum float32[4,3,2,2] equation=46,46,46,97,97,45,62,46,46,46,97", MSW_OK, "float32[4,3,2]"},
    {"Einsum float32[3] float32[3] float32[2] equation=97,44,97,44,98", MSW_OK, "float32[2]"},
    {"Einsum float32[5,1,2] float32[4,2] equation=46,46,46,97,44,46,46,46,97", MSW_OK, "float32[5,4]"},
    {"Einsum float32[2,2] equation=97,46", MSW_INVALID,
     "character 1 of the equation: neither a letter nor a comma between operands nor ->"},
    {"Einsum float32[2] equation=97,98", MSW_INVALID, "the equation has more letters than [2] has dims"},
    {"Einsum float32[2,3] equation=97", MSW_INVALID, "the equation has 1 letters for [2,3]"},
    {"Einsum float32[2] float32[3] equation=97,44,97", MSW_INVALID, "a letter stands for 2 and for 3 elements"},
    {"Einsum float32[2] float32[3] equation=97", MSW_INVALID, "the equation has 1 operands, the inputs are 2"},
    {"Einsum float32[2] int8[3] equation=97,44,98", MSW_INVALID,
     "operands must have one data type, got float32[2] and int8[3]"},
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
