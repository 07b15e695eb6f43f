/* pool_for_test.c - whatever the ranges, each element of a loop is done once. */
#include "base/pool.h"

#include "base/test.h"

enum { MOST = 1000 };

struct tally {
    unsigned char *done; /* by element: how often */
    size_t count, grain;
};

static void tally_range(const void *context, uint32_t worker, size_t begin, size_t end) {
    const struct tally *tally = context;
    assert_true(worker < pool_threads());
    assert_true(begin < end && end <= tally->count);
    assert_int_equal(begin % tally->grain, 0);
    for (size_t i = begin; i < end; i++)
        tally->done[i]++;
}

static void each_element_is_done_once(void **state) {
    (void)state;
    static const size_t counts[] = {0, 1, 2, 7, 8, 9, 63, 64, 65, MOST}, grains[] = {1, 3, 8, 64, 2 * MOST};
    for (size_t c = 0; c < COUNT(counts); c++)
        for (size_t g = 0; g < COUNT(grains); g++) {
            unsigned char done[MOST + 1] = {0};
            const struct tally tally = {.done = done, .count = counts[c], .grain = grains[g]};
            pool_for(tally.count, tally.grain, tally_range, &tally);
            for (size_t i = 0; i <= MOST; i++)
                assert_int_equal(done[i], i < counts[c] ? 1 : 0);
        }
}

static void a_grain_is_worth_it_and_never_none(void **state) {
    (void)state;
    assert_int_equal(pool_grain(1000, 0), 1001);
    assert_int_equal(pool_grain(1000, 9), 101);
    assert_int_equal(pool_grain(1000, 999), 2);
    assert_int_equal(pool_grain(1000, 1000), 1);
    assert_int_equal(pool_grain(1000, UINT32_MAX), 1); /* where a size has 32 bits, one more of these is 0 */
    assert_int_equal(pool_grain(1000, UINT64_MAX), 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_element_is_done_once),
        cmocka_unit_test(a_grain_is_worth_it_and_never_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
