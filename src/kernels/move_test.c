/* Boxes, against the formula of the header with each index worked out from the position by division. */
#include "base/test.h"

#include "kernels/move.h"

static const size_t element_sizes[] = {1, 2, 4, 8};

/* A box as its loops were asked for, before any are joined. */
struct loops {
    size_t count, dims[BOX_MAX_LOOPS];
    ptrdiff_t x_steps[BOX_MAX_LOOPS], z_steps[BOX_MAX_LOOPS];
};

/* Lowest and highest offset that the loops reach. */
static void reach(const struct loops *l, const ptrdiff_t *steps, ptrdiff_t *low, ptrdiff_t *high) {
    *low = *high = 0;
    for (size_t i = 0; i < l->count; i++)
        *(steps[i] < 0 ? low : high) += (ptrdiff_t)(l->dims[i] - 1) * steps[i];
}

static ptrdiff_t offset(const struct loops *l, const ptrdiff_t *steps, size_t at) {
    ptrdiff_t sum = 0;
    for (size_t i = 0; i < l->count; at /= l->dims[i++])
        sum += (ptrdiff_t)(at % l->dims[i]) * steps[i];
    return sum;
}

static struct box box_of(const struct loops *l) {
    struct box box = {0};
    for (size_t i = 0; i < l->count; i++)
        box_add(&box, l->dims[i], l->x_steps[i], l->z_steps[i]);
    return box;
}

static void check(const struct loops *l, size_t element, uint64_t *seed) {
    ptrdiff_t x_low, x_high, z_low, z_high;
    size_t elements = 1;
    for (size_t i = 0; i < l->count; i++)
        elements *= l->dims[i];
    reach(l, l->x_steps, &x_low, &x_high);
    reach(l, l->z_steps, &z_low, &z_high);
    const size_t x_bytes = (size_t)(x_high - x_low + 1) * element, z_bytes = (size_t)(z_high - z_low + 1) * element;
    unsigned char *x = test_bytes(x_bytes), *z = test_bytes(z_bytes), *wanted = test_bytes(z_bytes);
    for (size_t i = 0; i < x_bytes; i++)
        x[i] = (unsigned char)test_random(seed);
    memset(z, 0x5a, z_bytes); /* what lies between must stay */
    memset(wanted, 0x5a, z_bytes);
    for (size_t i = 0; i < elements; i++)
        memcpy(wanted + (size_t)(offset(l, l->z_steps, i) - z_low) * element,
               x + (size_t)(offset(l, l->x_steps, i) - x_low) * element, element);
    const struct box box = box_of(l);
    move_box(x + (size_t)-x_low * element, z + (size_t)-z_low * element, &box, element);
    assert_memory_equal(z, wanted, z_bytes);
    free(x);
    free(z);
    free(wanted);
}

/* Steps of z that keep elements apart, in a random order of the loops and with gaps, some of them backwards. */
static void spread(struct loops *l, uint64_t *seed) {
    size_t order[BOX_MAX_LOOPS];
    ptrdiff_t unit = 1 + (ptrdiff_t)test_below(seed, 2);
    for (size_t i = 0; i < l->count; i++) {
        const size_t k = test_below(seed, i + 1);
        order[i] = order[k];
        order[k] = i;
    }
    for (size_t i = 0; i < l->count; i++) {
        l->z_steps[order[i]] = test_below(seed, 4) == 0 ? -unit : unit;
        unit = unit * (ptrdiff_t)l->dims[order[i]] + (ptrdiff_t)test_below(seed, 2);
    }
}

static void every_element_goes_where_the_steps_say(void **state) {
    (void)state;
    static const size_t some[] = {1, 1, 2, 3, 4, 5}, first[] = {1, 3, 13, 17, 127};
    static const ptrdiff_t any_step[] = {0, 1, 1, 2, 3, 7, -1, -2};
    uint64_t seed = 17;
    for (size_t round = 0; round < 4000; round++) {
        struct loops l = {.count = test_below(&seed, 9)};
        for (size_t i = 0; i < l.count; i++) {
            l.dims[i] = l.count < 3 ? first[test_below(&seed, COUNT(first))]
                                    : some[test_below(&seed, COUNT(some) - l.count / 4)];
            l.x_steps[i] = any_step[test_below(&seed, COUNT(any_step))]; /* overlap and repetition are allowed */
        }
        spread(&l, &seed);
        check(&l, element_sizes[round % 4], &seed);
    }
}

static void sixteen_loops_are_walked(void **state) {
    (void)state;
    uint64_t seed = 18;
    struct loops l = {.count = BOX_MAX_LOOPS};
    for (size_t i = 0; i < l.count; i++) {
        l.dims[i] = i % 4 == 3 ? 3 : i % 2 ? 1 : 2;
        l.x_steps[i] = (ptrdiff_t)(i % 5) - 2;
    }
    spread(&l, &seed);
    for (size_t e = 0; e < COUNT(element_sizes); e++)
        check(&l, element_sizes[e], &seed);
}

static void loops_that_continue_each_other_are_one(void **state) {
    (void)state;
    struct box box = {0};
    box_add(&box, 5, 1, 1);
    box_add(&box, 1, 99, 99);
    box_add(&box, 3, 5, 5);
    assert_int_equal(box.loops, 1);
    assert_int_equal(box.dims[0], 15);
    box_add(&box, 2, 15, 16);
    box_add(&box, 4, 30, 32);
    assert_int_equal(box.loops, 2);
    assert_int_equal(box.dims[1], 8);
    box_add(&box, 2, 0, 256);
    box_add(&box, 2, 0, 512);
    assert_int_equal(box.loops, 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_element_goes_where_the_steps_say),
        cmocka_unit_test(sixteen_loops_are_walked),
        cmocka_unit_test(loops_that_continue_each_other_are_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
