/* peak_f32_test.c - the rounds are done, all of them, by every sum. */
#include "kernels/hot/peak_f32.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static float expected(uint32_t rounds) {
    float lane = 0;
    for (int i = 0; i < PEAK_SUMS; i++) {
        float sum = (float)(i + 1);
        for (uint32_t r = 0; r < rounds; r++)
            sum = 0.25f + sum * 0.75f;
        lane += sum;
    }
    return (lane + lane) + (lane + lane);
}

static void each_round_counts(void **state) {
    (void)state;
    for (uint32_t rounds = 0; rounds < 20; rounds++) {
        const float got = peak_f32(rounds), want = expected(rounds);
        assert_true(got == want);
        assert_true(rounds == 0 || got != peak_f32(rounds - 1));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_round_counts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
