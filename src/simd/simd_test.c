/* What the vector operators lack, lane by lane, and that partial loads and stores keep to their elements. */
#include "base/test.h"

#include "simd/simd.h"

static void loads_and_stores_need_no_alignment_but_an_elements(void **state) {
    (void)state;
    uint64_t seed = 4;
    for (size_t offset = 0; offset < 5; offset++) {
        float *x = test_floats(&seed, offset + 4), *z = test_bytes((offset + 4) * sizeof *z);
        f32x4_store(z + offset, f32x4_load(x + offset));
        assert_memory_equal(z + offset, x + offset, 4 * sizeof *x);
        free(x);
        free(z);
    }
}

static void partial_loads_touch_only_their_elements_and_fill_with_zeros(void **state) {
    (void)state;
    for (size_t n = 0; n < 4; n++) {
        float *x = test_bytes(n * sizeof *x);
        for (size_t i = 0; i < n; i++)
            x[i] = (float)i + 1;
        const f32x4 v = f32x4_load_part(x, n);
        for (size_t i = 0; i < 4; i++)
            assert_true(test_same_float(v[i], i < n ? (float)i + 1 : 0.0f));
        free(x);
    }
}

static void partial_stores_touch_only_their_elements(void **state) {
    (void)state;
    const f32x4 v = {1, 2, 3, 4};
    for (size_t n = 0; n < 4; n++) {
        float *z = test_bytes(n * sizeof *z);
        f32x4_store_part(z, v, n);
        for (size_t i = 0; i < n; i++)
            assert_true(z[i] == v[i]);
        free(z);
    }
}

static void select_takes_each_lane_by_its_mask_bits_untouched(void **state) {
    (void)state;
    uint64_t seed = 5;
    for (int mask = 0; mask < 16; mask++) {
        i32x4 lanes;
        f32x4 x, y;
        for (int i = 0; i < 4; i++) {
            lanes[i] = mask >> i & 1 ? -1 : 0;
            x[i] = test_float(&seed);
            y[i] = test_float(&seed);
        }
        const f32x4 z = f32x4_select(lanes, x, y);
        const i32x4 bits = f32x4_bits(z), x_bits = f32x4_bits(x), y_bits = f32x4_bits(y);
        for (int i = 0; i < 4; i++)
            assert_int_equal(bits[i], mask >> i & 1 ? x_bits[i] : y_bits[i]);
    }
}

static void splat_fills_every_lane(void **state) {
    (void)state;
    const f32x4 zero = f32x4_splat(-0.0f);
    const i32x4 bits = f32x4_bits(zero), least = i32x4_splat(INT32_MIN);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(bits[i], INT32_MIN); /* -0 keeps its sign */
        assert_int_equal(least[i], INT32_MIN);
    }
}

static void bits_go_there_and_back(void **state) {
    (void)state;
    const i32x4 bits = {0x7fc12345, INT32_MIN, 1, 0x3f800000};
    const i32x4 back = f32x4_bits(f32x4_from_bits(bits));
    assert_memory_equal(&back, &bits, sizeof bits);
}

/* Numbers for which every other order of the three additions gives another sum. */
static void sum_adds_the_lanes_in_pairs(void **state) {
    (void)state;
    const f32x4 x = {0x1p24f, 1, 1, -0x1p24f};
    assert_true(f32x4_sum(x) == (0x1p24f + 1.0f) + (1.0f + -0x1p24f));
    assert_true(f32x4_sum((f32x4){1, 2, 4, 8}) == 15.0f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loads_and_stores_need_no_alignment_but_an_elements),
        cmocka_unit_test(partial_loads_touch_only_their_elements_and_fill_with_zeros),
        cmocka_unit_test(partial_stores_touch_only_their_elements),
        cmocka_unit_test(select_takes_each_lane_by_its_mask_bits_untouched),
        cmocka_unit_test(splat_fills_every_lane),
        cmocka_unit_test(bits_go_there_and_back),
        cmocka_unit_test(sum_adds_the_lanes_in_pairs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
