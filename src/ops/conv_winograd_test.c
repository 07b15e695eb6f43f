/* Uses of Conv2D with attribute winograd: which are accepted, and that they come near the sum in double, packed or not. */
#include <math.h>

#include "ops/op_test.h"

static const struct use_case cases[] = {
    {"Conv2D float32[2,3,5,7] float32[8,3,3,3] winograd=4", MSW_OK, "float32[2,8,3,5]"},
    {"Conv2D float32[2,5,7,3] float32[8,3,3,3] winograd=2 channels_last=1 strides=1,1 dilations=1,1", MSW_OK,
     "float32[2,3,5,8]"},
    {"Conv2D float32[1,4,5,5] float32[8,2,3,3] winograd=0 group=2", MSW_OK, "float32[1,8,3,3]"},
    {"Conv2D float32[1,4,5,5] float32[8,4,3,3] winograd=4 in_run=1", MSW_OK, "float32[1,8,3,3]"},
    {"Conv2D float32[1,4,5,5] float32[8,4,3,3] winograd=0 in_run=1", MSW_INVALID,
     "in_run needs winograd=2 or winograd=4"},
    {"Conv2D float32[1,4,5,5] float32[8,2,3,3] winograd=4 in_run=1 group=2", MSW_INVALID,
     "winograd=4 needs weights [O,I,3,3] in one group, strides and dilations of 1, got float32[8,2,3,3]"},
    {"Conv2D float32[1,3,5,5] float32[8,3,3,3] winograd=3", MSW_INVALID, "winograd must be 0, 2 or 4, got 3"},
    {"Conv2D float32[1,3,5,5] float32[8,3,3,3] winograd=-4", MSW_INVALID, "winograd must be 0, 2 or 4, got -4"},
    {"Conv2D float32[1,3,5,5] float32[8,3,3,3] winograd=4294967298", MSW_INVALID, /* 2, cut to 32 bits */
     "winograd must be 0, 2 or 4, got 4294967298"},
    {"Conv2D float32[1,3,5,5] float32[8,3,3,2] winograd=4", MSW_INVALID,
     "winograd=4 needs weights [O,I,3,3] in one group, strides and dilations of 1, got float32[8,3,3,2]"},
    {"Conv2D float32[1,3,5,5] float32[8,3,1,3] winograd=2", MSW_INVALID,
     "winograd=2 needs weights [O,I,3,3] in one group, strides and dilations of 1, got float32[8,3,1,3]"},
    {"Conv2D float32[1,4,5,5] float32[8,2,3,3] winograd=4 group=2", MSW_INVALID,
     "winograd=4 needs weights [O,I,3,3] in one group, strides and dilations of 1, got float32[8,2,3,3]"},
    {"Conv2D float32[1,3,5,5] float32[8,3,3,3] winograd=4 strides=1,2", MSW_INVALID,
     "winograd=4 needs weights [O,I,3,3] in one group, strides and dilations of 1, got float32[8,3,3,3]"},
    {"Conv2D float32[1,3,5,5] float32[8,3,3,3] winograd=4 dilations=2,1", MSW_INVALID,
     "winograd=4 needs weights [O,I,3,3] in one group, strides and dilations of 1, got float32[8,3,3,3]"},
};

static void types_and_attributes_give_a_type_or_a_reason(void **state) {
    (void)state;
    use_assert_cases(cases, COUNT(cases));
}

/* An image with channels last: batch, height, width, channels; top, bottom, left and right of it are zeros. */
struct conv {
    size_t n, h, w, c, columns, pads[4], out[2];
};

static double point(const struct conv *c, const float *x, const float *k, size_t i) {
    const size_t o = i % c->columns, ox = i / c->columns % c->out[1], oy = i / c->columns / c->out[1] % c->out[0];
    const size_t n = i / c->columns / c->out[1] / c->out[0];
    double sum = 0;
    for (size_t t = 0; t < 9; t++) {
        const size_t y = oy + t / 3 - c->pads[0], column = ox + t % 3 - c->pads[2]; /* outside: wraps */
        for (size_t d = 0; d < c->c && y < c->h && column < c->w; d++)
            sum += (double)x[((n * c->h + y) * c->w + column) * c->c + d] * (double)k[(o * c->c + d) * 9 + t];
    }
    return sum;
}

static float *moderate(uint64_t *seed, size_t n) {
    float *x = test_bytes(n * sizeof *x);
    for (size_t i = 0; i < n; i++)
        x[i] = (float)((double)test_random(seed) / (1ull << 47) - 1);
    return x;
}

/* The kernel's own test has the narrow tolerance: what goes wrong here is a shape or a pointer. */
static void check_points(const struct conv *c, const float *x, const float *k, const float *z, size_t n,
                         const char *line) {
    for (size_t i = 0; i < n; i++) {
        const double wanted = point(c, x, k, i);
        if (!(fabs((double)z[i] - wanted) <= 1e-5 * (double)(9 * c->c)))
            fail_msg("%s: element %zu is %.9g, expected %.9g", line, i, (double)z[i], wanted);
    }
}

static void check_conv(struct conv *c, int round, uint64_t *seed) {
    char line[256];
    struct use u;
    (void)snprintf(line, sizeof line,
                   "Conv2D float32[%zu,%zu,%zu,%zu] float32[%zu,%zu,3,3] pads=%zu,%zu,%zu,%zu channels_last=1 "
                   "winograd=%d in_run=%d",
                   c->n, c->h, c->w, c->c, c->columns, c->c, c->pads[0], c->pads[1], c->pads[2], c->pads[3],
                   round % 2 ? 2 : 4, round / 2 % 2);
    use_begin(&u, line);
    use_prepare(&u);
    for (int d = 0; d < 2; d++)
        c->out[d] = (size_t)u.outputs[0].dims[1 + d];
    const size_t n = use_output_elements(&u);
    float *x = moderate(seed, type_elements(&u.inputs[0])), *k = moderate(seed, type_elements(&u.inputs[1]));
    float *z = test_bytes(n * sizeof *z), *again = test_bytes(n * sizeof *z);
    use_run(&u, (const void *const[]){x, k}, z);
    check_points(c, x, k, z, n, line);
    void *packed = use_pack(&u, 1, k, 1 + test_below(seed, 4));
    use_prepare(&u);
    use_run(&u, (const void *const[]){x, packed}, again);
    test_same_floats(again, z, n, line);
    free(x);
    free(k);
    free(z);
    free(again);
    free(packed);
    use_end(&u);
}

static void random_convolutions_are_near_the_sum_in_double_packed_or_not(void **state) {
    (void)state;
    static const size_t channels[] = {0, 1, 2, 3, 8, 13};
    uint64_t seed = 55;
    for (int round = 0; round < 600; round++) {
        struct conv c = {.n = test_below(&seed, 3),
                         .h = 3 + test_below(&seed, 11),
                         .w = 3 + test_below(&seed, 40),
                         .c = channels[test_below(&seed, COUNT(channels))],
                         .columns = channels[test_below(&seed, COUNT(channels))]};
        for (int i = 0; i < 4; i++)
            c.pads[i] = test_below(&seed, 4);
        check_conv(&c, round, &seed);
    }
}

/* Asked before check has seen the use. */
static void only_weights_that_check_will_accept_are_packed(void **state) {
    (void)state;
    static const struct {
        const char *line;
        bool packs;
    } uses[] = {
        {"Conv2D float32[1,4,5,5] float32[8,4,3,3] winograd=4", true},
        {"Conv2D float32[1,4,5,5] float32[8,4,3,3] winograd=4 strides=1", true}, /* check says that one is missing */
        {"Conv2D float32[1,4,5,5] float32[8,4,3,3] winograd=4 strides=2,2", false},
        {"Conv2D float32[1,4,5,5] float32[8,4,3,3] winograd=2 dilations=1,3", false},
        {"Conv2D float32[1,4,5,5] float32[8,2,3,3] winograd=4 group=2", false},
        {"Conv2D float32[1,4,5,5] float32[8,4,5,3] winograd=4", false},
        {"Conv2D float32[1,4,5,5] float32[8,4,3] winograd=4", false},
        {"Conv2D float32[1,4,5,5] int8[8,4,3,3] winograd=4", false},
        {"Conv2D float32[1,1,5,5] float32[8388608,1,3,3] winograd=4", true},
        {"Conv2D float32[1,1,5,5] float32[16777216,1,3,3] winograd=4", false}, /* 2.25 GiB */
    };
    for (size_t i = 0; i < COUNT(uses); i++)
        if (use_packs(uses[i].line, 1) != uses[i].packs)
            fail_msg("%s", uses[i].line);
}

/* So that it takes no more memory, and uses that differ in it share one copy. */
static void weights_for_the_run_are_packed_as_those_of_the_plain_sum(void **state) {
    (void)state;
    struct use plain, in_run;
    struct packing wanted, packing;
    use_begin(&plain, "Conv2D float32[1,5,6,6] float32[13,5,3,3]");
    use_begin(&in_run, "Conv2D float32[1,5,6,6] float32[13,5,3,3] winograd=4 in_run=1");
    assert_true(plain.site.op->packing(&plain.site, 1, &wanted));
    assert_true(in_run.site.op->packing(&in_run.site, 1, &packing));
    assert_memory_equal(&packing, &wanted, sizeof packing);
    use_end(&plain);
    use_end(&in_run);
}

static void what_needs_too_much_memory_is_refused(void **state) {
    (void)state;
    struct use u;
    use_begin(&u, "Conv2D float32[1,3,3,1] float32[16777216,1,3,3] winograd=4 channels_last=1");
    assert_true(use_check(&u));
    assert_false(u.site.op->prepare(&u.site, &u.step, &u.arena, &u.err));
    assert_int_equal(u.err.about.status, MSW_LIMIT);
    assert_string_equal(u.err.text, "weights float32[16777216,1,3,3] need more than 2147483647 bytes when packed");
    use_end(&u);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(types_and_attributes_give_a_type_or_a_reason),
        cmocka_unit_test(random_convolutions_are_near_the_sum_in_double_packed_or_not),
        cmocka_unit_test(only_weights_that_check_will_accept_are_packed),
        cmocka_unit_test(weights_for_the_run_are_packed_as_those_of_the_plain_sum),
        cmocka_unit_test(what_needs_too_much_memory_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
