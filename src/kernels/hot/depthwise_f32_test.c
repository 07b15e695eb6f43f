/* Rows of depthwise points against the plain loop in the promised order, bit by bit. */
#include "base/test.h"

#include "kernels/hot/depthwise_f32.h"

enum { KERNEL_ROWS = 3 };

/* Ordinary numbers, or now and then some that are not. */
static float *numbers(uint64_t *seed, size_t n, bool special) {
    float *x = test_floats(seed, n);
    for (size_t i = 0; i < n; i++)
        if (!special || test_below(seed, 20) > 0)
            x[i] = (float)((double)test_random(seed) / (1ull << 48) * 4 - 2);
    return x;
}

/* The element that a tap sees. */
static float tap(const struct depthwise *d, const float *row, ptrdiff_t at, size_t c) {
    return row && at >= 0 && at < d->size ? row[(size_t)at * d->channels + c] : 0;
}

static void plain_row(const struct depthwise *d, const float *const *rows, const float *w, float *z,
                      const struct epilogue *e) {
    for (ptrdiff_t o = 0; o < d->out; o++)
        for (size_t c = 0; c < d->channels; c++, z++) {
            float sum = 0;
            for (size_t r = 0; r < d->kernel_rows; r++)
                for (size_t k = 0; k < d->kernel; k++)
                    sum += tap(d, rows[r], o * d->stride - d->pad_before + (ptrdiff_t)k * d->dilation, c) *
                           w[(r * d->kernel + k) * d->channels + c];
            sum = e->bias ? sum + e->bias[c] : sum;
            sum = e->residual ? sum + e->residual[(size_t)o * d->channels + c] : sum;
            *z = sum;
        }
    if (e->activation)
        e->activation(z - (size_t)d->out * d->channels, z - (size_t)d->out * d->channels, (size_t)d->out * d->channels);
}

/* The middle row lies in the padding where `edge` is set; weights there may be infinite, so that padding is a product, too. */
static void check(struct depthwise d, bool edge, unsigned choice, uint64_t *seed) {
    const bool special = test_below(seed, 2) == 0;
    const size_t reach = (d.kernel - 1) * (size_t)d.dilation + 1;
    d.kernel_rows = KERNEL_ROWS;
    d.out = ((ptrdiff_t)(d.size + 2 * d.pad_before) - (ptrdiff_t)reach) / d.stride + 1;
    if (d.size + 2 * d.pad_before < (ptrdiff_t)reach)
        return;
    const size_t taps = KERNEL_ROWS * d.kernel, n = (size_t)d.out * d.channels;
    float *x[KERNEL_ROWS], *w = numbers(seed, taps * d.channels, special), *bias = numbers(seed, d.channels, special);
    float *residual = numbers(seed, n, special), *z = test_bytes(n * sizeof *z),
          *wanted = test_bytes(n * sizeof *wanted);
    float *zeros = test_bytes(d.channels * sizeof *zeros);
    const float **pointers = test_bytes(depthwise_pointers(&d) * sizeof *pointers);
    memset(zeros, 0, d.channels * sizeof *zeros);
    for (size_t r = 0; r < KERNEL_ROWS; r++)
        x[r] = numbers(seed, (size_t)d.size * d.channels, special);
    if (edge && d.channels > 0)
        w[(taps / 2) * d.channels] = __builtin_inff();
    const float *const rows[KERNEL_ROWS] = {x[0], edge ? NULL : x[1], x[2]};
    const struct epilogue e = {.bias = choice & 1 ? bias : NULL,
                               .residual = choice & 2 ? residual : NULL,
                               .activation = choice & 4   ? relu6_f32
                                             : choice & 8 ? abs_f32
                                                          : NULL};
    plain_row(&d, rows, w, wanted, &e);
    depthwise_row_f32(&d, rows, zeros, pointers, w, z, &e);
    test_same_floats(z, wanted, n, "depthwise row");
    float *const all[] = {x[0], x[1], x[2], w, bias, residual, z, wanted, zeros};
    for (size_t i = 0; i < COUNT(all); i++)
        free(all[i]);
    free(pointers);
}

static void every_window_and_number_of_channels_has_the_bits_of_the_plain_loop(void **state) {
    (void)state;
    static const size_t channels[] = {0, 1, 3, 4, 5, 8, 13, 16, 18, 33, 127}, kernels[] = {1, 2, 3, 4, 5, 7};
    static const ptrdiff_t sizes[] = {1, 2, 3, 4, 5, 7, 8, 13, 19};
    uint64_t seed = 41;
    unsigned choice = 0;
    for (size_t c = 0; c < COUNT(channels); c++)
        for (size_t k = 0; k < COUNT(kernels); k++)
            for (size_t s = 0; s < COUNT(sizes); s++)
                for (ptrdiff_t stride = 1; stride < 4; stride++)
                    for (ptrdiff_t dilation = 1; dilation < 3; dilation++)
                        for (ptrdiff_t pad = 0; pad < 3; pad++, choice++) {
                            const struct depthwise d = {.channels = channels[c],
                                                        .kernel = kernels[k],
                                                        .size = sizes[s],
                                                        .stride = stride,
                                                        .dilation = dilation,
                                                        .pad_before = pad};
                            check(d, choice % 3 == 0, choice / 3 % 16, &seed);
                        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_window_and_number_of_channels_has_the_bits_of_the_plain_loop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
