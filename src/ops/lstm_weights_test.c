/* The packed weights of an LSTM: every number of the model's tensor, counted through in its order, is where the kernels look for it. */
#include "ops/lstm_weights.h"

#include "base/test.h"
#include "kernels/hot/gemm_f32.h"

/* Handed over in ranges of `at_once`, as a loader does. */
static float *packed_in_ranges(const struct packing *packing, size_t at_once) {
    float *source = test_bytes(packing->rows * sizeof *source), *packed = test_bytes(packing->bytes);
    memset(packed, 0, packing->bytes);
    for (size_t i = 0; i < packing->rows; i++)
        source[i] = (float)(i + 1);
    for (size_t i = 0; i < packing->rows; i += at_once)
        packing->pack(packing, source + i, i, packing->rows - i < at_once ? packing->rows - i : at_once, packed);
    free(source);
    return packed;
}

/* Checks a matrix of `gates` rows whose first number is `next`, and returns the number after its last. */
static size_t assert_panels(const float *panels, size_t gates, size_t depth, size_t next) {
    for (size_t j = 0; j < gates; j++)
        for (size_t k = 0; k < depth; k++, next++)
            assert_int_equal(panels[(j / PANEL * depth + k) * PANEL + j % PANEL], next);
    return next;
}

static void check(const struct lstm_sizes *s, size_t at_once) {
    struct packing packing;
    const size_t gates = 4 * s->hidden;
    assert_true(lstm_packing(s, &packing));
    assert_int_equal(packing.rows, lstm_weight_floats(s));
    float *packed = packed_in_ranges(&packing, at_once);
    size_t next = 1;
    for (size_t layer = 0; layer < s->layers; layer++)
        for (size_t d = 0; d < s->directions; d++)
            next = assert_panels(lstm_weights_of(s, packed, layer, d).input, gates, lstm_width(s, layer), next);
    for (size_t layer = 0; layer < s->layers; layer++)
        for (size_t d = 0; d < s->directions; d++)
            next = assert_panels(lstm_weights_of(s, packed, layer, d).state, gates, s->hidden, next);
    for (size_t layer = 0; layer < s->layers; layer++)
        for (size_t d = 0; d < s->directions; d++) {
            const float *bias = lstm_weights_of(s, packed, layer, d).bias;
            assert_int_equal(bias != NULL, s->has_bias);
            for (size_t j = 0; bias && j < gates; j++, next++)
                assert_int_equal(bias[j], next);
        }
    assert_int_equal(next, packing.rows + 1);
    free(packed);
}

static void every_number_has_its_place_whatever_the_ranges(void **state) {
    (void)state;
    static const size_t ranges[] = {1, 7, 64, 100000}, inputs[] = {0, 1, 6}, hidden[] = {1, 4, 5};
    for (size_t r = 0; r < COUNT(ranges); r++)
        for (size_t i = 0; i < COUNT(inputs); i++)
            for (size_t h = 0; h < COUNT(hidden); h++)
                for (size_t layers = 1; layers < 4; layers++)
                    for (size_t choice = 0; choice < 4; choice++)
                        check(&(struct lstm_sizes){.input = inputs[i],
                                                   .hidden = hidden[h],
                                                   .layers = layers,
                                                   .directions = 1 + choice / 2,
                                                   .has_bias = choice % 2},
                              ranges[r]);
}

static void weights_that_would_not_fit_memory_are_refused(void **state) {
    (void)state;
    struct packing packing;
    assert_false(lstm_packing(
        &(struct lstm_sizes){.input = 1 << 20, .hidden = 1 << 20, .layers = 1024, .directions = 2}, &packing));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_number_has_its_place_whatever_the_ranges),
        cmocka_unit_test(weights_that_would_not_fit_memory_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
