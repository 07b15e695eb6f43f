/* NonZero, Compress and Unique against loops written from their definitions, over random elements of few values. */
#include "ops/op_test.h"

enum { N = 24, ROUNDS = 300 };

/* A use of int8[4,6] whose first input is known, prepared and run into outputs that are exactly as large as check says. */
static void run_over(struct use *u, const char *line, const int8_t *x, void **outputs, uint32_t count) {
    const void *in[USE_INPUTS];
    use_begin(u, line);
    int8_t *data = test_bytes(N);
    memcpy(data, x, N);
    free((void *)(uintptr_t)u->constants[0]);
    u->constants[0] = data;
    use_set_outputs(u, count);
    use_prepare(u);
    for (uint32_t i = 0; i < count; i++)
        outputs[i] = test_bytes(type_bytes(&u->outputs[i]));
    for (uint32_t i = 0; i < USE_INPUTS; i++)
        in[i] = u->constants[i];
    u->step.in = in;
    u->step.out = outputs;
    u->step.scratch = test_bytes(u->step.scratch_bytes);
    u->step.run(&u->step);
    free(u->step.scratch);
}

static void forget(struct use *u, void **outputs, uint32_t count) {
    for (uint32_t i = 0; i < count; i++)
        free(outputs[i]);
    use_end(u);
}

static void draw(uint64_t *seed, int8_t *x, size_t values) {
    for (size_t i = 0; i < N; i++)
        x[i] = (int8_t)test_below(seed, values);
}

static void non_zero_names_each_place(void **state) {
    (void)state;
    uint64_t seed = 1;
    for (int round = 0; round < ROUNDS; round++) {
        int8_t x[N];
        struct use u;
        void *z[1];
        draw(&seed, x, 1 + (size_t)round % 4);
        run_over(&u, "NonZero int8[4,6]", x, z, 1);
        const int64_t *places = z[0], count = u.outputs[0].dims[1];
        int64_t found = 0;
        for (int64_t r = 0; r < 4; r++)
            for (int64_t c = 0; c < 6; c++)
                if (x[r * 6 + c] != 0) {
                    assert_true(found < count && places[found] == r && places[count + found] == c);
                    found++;
                }
        assert_int_equal(found, count);
        forget(&u, z, 1);
    }
}

static void compress_keeps_what_the_condition_says(void **state) {
    (void)state;
    uint64_t seed = 2;
    int8_t x[N];
    struct use u;
    void *z[1];
    draw(&seed, x, 100);
    run_over(&u, "Compress int8[4,6] bool[5]:1,0,0,1,1 axis=1", x, z, 1);
    assert_int_equal(u.outputs[0].dims[1], 3);
    for (size_t r = 0; r < 4; r++) {
        const int8_t *row = (int8_t *)z[0] + r * 3;
        assert_true(row[0] == x[r * 6] && row[1] == x[r * 6 + 3] && row[2] == x[r * 6 + 4]);
    }
    forget(&u, z, 1);
    run_over(&u, "Compress int8[4,6] bool[8]:0,1,0,0,0,0,0,1", x, z, 1);
    assert_int_equal(u.outputs[0].dims[0], 2);
    assert_true(((int8_t *)z[0])[0] == x[1] && ((int8_t *)z[0])[1] == x[7]);
    forget(&u, z, 1);
}

/* Elements, of which the answer has each once, in order or as they came; the other outputs say where and how often. */
static void unique_elements_are_found_counted_and_named(void **state) {
    (void)state;
    uint64_t seed = 3;
    for (int round = 0; round < ROUNDS; round++) {
        const bool sorted = round % 2;
        int8_t x[N];
        struct use u;
        void *z[4];
        draw(&seed, x, 1 + (size_t)round % 20);
        run_over(&u, sorted ? "Unique int8[4,6]" : "Unique int8[4,6] sorted=0", x, z, 4);
        const int8_t *values = z[0];
        const int64_t *firsts = z[1], *inverse = z[2], *counts = z[3], found = u.outputs[0].dims[0];
        for (int64_t g = 0; g < found; g++) {
            int64_t first = -1, count = 0;
            for (int64_t i = N; i-- > 0;)
                if (x[i] == values[g]) {
                    first = i;
                    count++;
                }
            assert_true(firsts[g] == first && counts[g] == count);
            assert_true(g == 0 || (sorted ? values[g - 1] < values[g] : firsts[g - 1] < firsts[g]));
        }
        for (size_t i = 0; i < N; i++)
            assert_true(inverse[i] >= 0 && inverse[i] < found && values[inverse[i]] == x[i]);
        forget(&u, z, 4);
    }
}

/* Columns: the same said of slices along axis 1. */
static void unique_columns_are_found(void **state) {
    (void)state;
    uint64_t seed = 4;
    for (int round = 0; round < ROUNDS; round++) {
        int8_t x[N];
        struct use u;
        void *z[4];
        draw(&seed, x, 2);
        for (size_t r = 1; r < 3; r++) /* so that some are equal */
            memcpy(x + r * 6, x, 6);
        run_over(&u, "Unique int8[4,6] axis=-1", x, z, 4);
        const int8_t *values = z[0];
        const int64_t *inverse = z[2], *counts = z[3], found = u.outputs[0].dims[1];
        int64_t total = 0;
        for (int64_t g = 0; g < found; g++) {
            bool before = g == 0, decided = false;
            for (int64_t r = 0; r < 4 && g > 0 && !decided; r++) {
                decided = values[r * found + g - 1] != values[r * found + g];
                before = values[r * found + g - 1] < values[r * found + g];
            }
            assert_true(before);
            total += counts[g];
        }
        assert_int_equal(total, 6);
        for (int64_t c = 0; c < 6; c++)
            for (int64_t r = 0; r < 4; r++)
                assert_int_equal(values[r * found + inverse[c]], x[r * 6 + c]);
        forget(&u, z, 4);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(non_zero_names_each_place),
        cmocka_unit_test(compress_keeps_what_the_condition_says),
        cmocka_unit_test(unique_elements_are_found_counted_and_named),
        cmocka_unit_test(unique_columns_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
