/* Loops over two broadcast shapes, against an odometer over the whole result. */
#include "base/test.h"

#include "ops/broadcast.h"

/* Offset in a dense tensor of the given dims, aligned at the end of z's, whose elements are `unit` apart, under index `at` of z. */
static size_t offset_of(const int32_t *dims, int32_t rank, size_t unit, const int32_t *at, int32_t z_rank) {
    size_t offset = 0, step = unit;
    for (int32_t i = 1; i <= rank; i++) {
        const int32_t dim = dims[rank - i];
        offset += (size_t)(dim == 1 ? 0 : at[z_rank - i]) * step;
        step *= (size_t)dim;
    }
    return offset;
}

/* All turns of all loops visit the pairs that the odometer visits, in its order. */
static void check(const struct msw_type *x, size_t x_unit, const struct msw_type *y, size_t y_unit) {
    struct msw_type z = {.dtype = MSW_INT8};
    struct broadcast b;
    struct broadcast_at at = {0};
    int32_t index[MSW_MAX_RANK] = {0};
    assert_true(type_broadcast(x, y, &z));
    broadcast_make(x->dims, x->rank, x_unit, y->dims, y->rank, y_unit, z.dims, z.rank, &b);
    assert_in_range(b.loops, 1, MSW_MAX_RANK);
    const size_t inner = b.loops - 1;
    assert_true(b.x_steps[inner] == 0 || b.x_steps[inner] == x_unit);
    assert_true(b.y_steps[inner] == 0 || b.y_steps[inner] == y_unit);
    const size_t n = type_elements(&z);
    for (size_t i = 0; i < n; i++) {
        if (at.x != offset_of(x->dims, x->rank, x_unit, index, z.rank) ||
            at.y != offset_of(y->dims, y->rank, y_unit, index, z.rank))
            fail_msg("turn %zu of %zu, ranks %d and %d: at %zu and %zu", i, n, x->rank, y->rank, at.x, at.y);
        assert_int_equal(broadcast_next(&b, b.loops, &at), i + 1 < n);
        for (int32_t k = z.rank; k-- > 0;) {
            if (++index[k] < z.dims[k])
                break;
            index[k] = 0;
        }
    }
    if (n > 0) /* after the end it stands at the start again */
        for (size_t i = 0; i < b.loops; i++)
            assert_int_equal(at.index[i] + at.x + at.y, 0);
}

static struct msw_type part_of(const struct msw_type *whole, uint64_t *seed) {
    struct msw_type t = {.dtype = MSW_INT8, .rank = (int32_t)test_below(seed, (size_t)whole->rank + 1)};
    for (int32_t i = 0; i < t.rank; i++)
        t.dims[i] = test_below(seed, 3) ? whole->dims[whole->rank - t.rank + i] : 1;
    return t;
}

static void loops_visit_what_an_odometer_visits(void **state) {
    (void)state;
    static const int32_t sizes[] = {1, 1, 2, 3, 4, 5};
    uint64_t seed = 23;
    for (int round = 0; round < 20000; round++) {
        struct msw_type whole = {.dtype = MSW_INT8, .rank = (int32_t)test_below(&seed, MSW_MAX_RANK + 1)};
        for (int32_t i = 0; i < whole.rank; i++)
            whole.dims[i] = sizes[test_below(&seed, whole.rank > 5 ? 4 : COUNT(sizes))];
        const struct msw_type x = part_of(&whole, &seed), y = part_of(&whole, &seed);
        check(&x, 1, &y, 1);
        check(&x, 12, &y, 35); /* as for matrices behind the leading dims */
    }
}

static void a_tensor_without_elements_has_loops_all_the_same(void **state) {
    (void)state;
    const struct msw_type x = {.dtype = MSW_INT8, .rank = 3, .dims = {2, 0, 3}}, y = {.rank = 1, .dims = {1}};
    check(&x, 1, &y, 1);
    check(&y, 1, &x, 1);
    check(&x, 1, &x, 1);
}

static void shapes_that_need_no_broadcast_are_one_loop(void **state) {
    (void)state;
    const struct msw_type x = {.rank = 4, .dims = {2, 3, 1, 5}}, scalar = {0}, ones = {.rank = 3, .dims = {1, 1, 1}};
    struct broadcast b;
    broadcast_make(x.dims, 4, 1, x.dims, 4, 1, x.dims, 4, &b);
    assert_int_equal(b.loops, 1);
    assert_int_equal(b.dims[0], 30);
    broadcast_make(x.dims, 4, 1, scalar.dims, 0, 1, x.dims, 4, &b);
    assert_int_equal(b.loops, 1);
    assert_int_equal(b.y_steps[0], 0);
    broadcast_make(ones.dims, 3, 1, ones.dims, 3, 1, ones.dims, 3, &b);
    assert_int_equal(b.loops, 1);
    assert_int_equal(b.dims[0], 1);
}

static void a_bias_over_channels_is_three_loops_at_most(void **state) {
    (void)state;
    const int32_t x[] = {2, 3, 4, 5}, bias[] = {1, 3, 1, 1};
    struct broadcast b;
    broadcast_make(x, 4, 1, bias, 4, 1, x, 4, &b);
    assert_int_equal(b.loops, 3); /* batch, channel, and the image as one */
    assert_int_equal(b.dims[2], 20);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loops_visit_what_an_odometer_visits),
        cmocka_unit_test(a_tensor_without_elements_has_loops_all_the_same),
        cmocka_unit_test(shapes_that_need_no_broadcast_are_one_loop),
        cmocka_unit_test(a_bias_over_channels_is_three_loops_at_most),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
