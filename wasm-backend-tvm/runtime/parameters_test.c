/* Parameters inside the module, and a model that has none: nothing is asked of the host. What a file may do wrong is in kind_model_test.c. */
#include "parameters.h"

#include "base/test.h"

static const _Alignas(PARAMETERS_ALIGNMENT) float inside[32] = {7};

const struct model_plan model_plan = {
    .file = "net.params", .parameters = inside, .info = {.parameter_bytes = 4 * COUNT(inside)}};

static void parameters_inside_are_ready_at_once_and_not_copied(void **state) {
    (void)state;
    struct parameters parameters = {0};
    struct msw_request want;
    struct error err = {0};
    for (int turn = 0; turn < 2; turn++)
        assert_int_equal(parameters_step(&parameters, &want, &err), MSW_OK);
    assert_ptr_equal(parameters.data, inside);
    parameters_end(&parameters);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parameters_inside_are_ready_at_once_and_not_copied),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
