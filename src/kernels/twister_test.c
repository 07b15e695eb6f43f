/* The generator against what its authors and numpy publish. */
#include "base/test.h"

#include <math.h>

#include "kernels/twister.h"

static void the_ten_thousandth_number_is_that_of_the_c_plus_plus_standard(void **state) {
    (void)state;
    static struct twister t;
    twister_seed(&t, 5489);
    for (int i = 1; i < 10000; i++)
        twister_next(&t);
    assert_int_equal(twister_next(&t), 4123659995u); /* [rand.predef] */
}

/* numpy.random.RandomState(0).random_sample(3), RandomState(42).standard_normal(3); numpy 2.x */
static void numbers_are_those_of_numpy(void **state) {
    (void)state;
    static struct twister t;
    static const double uniform[] = {0.5488135039273248, 0.7151893663724195, 0.6027633760716439};
    static const double normal[] = {0.4967141530112327, -0.13826430117118466, 0.6476885381006925};
    double drawn[4];
    twister_seed(&t, 0);
    for (size_t i = 0; i < COUNT(uniform); i++)
        assert_true(twister_uniform(&t) == uniform[i]);
    twister_seed(&t, 42);
    twister_normal_pair(&t, &drawn[0], &drawn[1]);
    twister_normal_pair(&t, &drawn[2], &drawn[3]);
    for (size_t i = 0; i < COUNT(normal); i++)
        assert_true(fabs(drawn[i] - normal[i]) < 1e-15);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_ten_thousandth_number_is_that_of_the_c_plus_plus_standard),
        cmocka_unit_test(numbers_are_those_of_numpy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
