/* depthwise_f32.c - the pixels of a row outside, its channels inside, so that no stride of the image can meet itself in the cache.
 *
 * Windows of 3, 5 and 7 pixels are done four at a time, those of 3 and 5 also where they are 2 apart. */
#include "kernels/hot/depthwise_f32.h"

#include "simd/simd_relaxed.h"

/* What is done to a vector of sums before it leaves its register. */
struct finish {
    const float *bias, *clamp; /* either may be NULL */
};

/* For sums of channels c, c + 1 ... of `count` points or, with step 4, of so many vectors of channels. */
SIMD_INLINE void finish(const struct finish *f, f32x4 *sums, int count, size_t c, size_t step) {
    if (f->bias) {
        SIMD_UNROLL for (int i = 0; i < count; i++) sums[i] += f32x4_load(f->bias + c + (size_t)i * step);
    }
    if (f->clamp) {
        const float lowest = f->clamp[0], highest = f->clamp[1];
        SIMD_UNROLL for (int i = 0; i < count; i++) sums[i] = f32x4_hold(sums[i], lowest, highest);
    }
}

typedef void (*block_kernel)(const float *const *x, size_t kernel_rows, size_t channels, const float *w, float *z,
                             const struct finish *f);

#define FN block_3
#define KERNEL 3
#define STRIDE 1
#include "kernels/hot/depthwise_block.h"

#define FN block_5
#define KERNEL 5
#define STRIDE 1
#include "kernels/hot/depthwise_block.h"

#define FN block_7
#define KERNEL 7
#define STRIDE 1
#include "kernels/hot/depthwise_block.h"

#define FN block_3_apart
#define KERNEL 3
#define STRIDE 2
#include "kernels/hot/depthwise_block.h"

#define FN block_5_apart
#define KERNEL 5
#define STRIDE 2
#include "kernels/hot/depthwise_block.h"

/* The kernel for windows that can be done four at a time, or NULL. */
static block_kernel find_block(const struct depthwise *d) {
    if (d->dilation != 1 || d->out < DEPTHWISE_POINTS || d->channels < 4)
        return NULL;
    if (d->stride == 2)
        return d->kernel == 3 ? block_3_apart : d->kernel == 5 ? block_5_apart : NULL;
    if (d->stride != 1)
        return NULL;
    return d->kernel == 3 ? block_3 : d->kernel == 5 ? block_5 : d->kernel == 7 ? block_7 : NULL;
}

/* Sixteen channels abreast keep four sums in registers. */
static void channels_16(const float *const *x, size_t taps, size_t channels, const float *w, size_t c, float *z,
                        const struct finish *f) {
    f32x4 sum[4];
    for (int i = 0; i < 4; i++)
        sum[i] = f32x4_splat(0);
    for (size_t t = 0; t < taps; t++) {
        const float *from = x[t] + c, *by = w + t * channels + c;
        for (int i = 0; i < 4; i++)
            sum[i] = f32x4_madd(f32x4_load(from + 4 * i), f32x4_load(by + 4 * i), sum[i]);
    }
    finish(f, sum, 4, c, 4);
    for (int i = 0; i < 4; i++)
        f32x4_store(z + c + 4 * i, sum[i]);
}

/* The last channels, fewer than four: the same sums, in lanes of which the others are 0. */
static void channels_part(const float *const *x, size_t taps, size_t channels, const float *w, size_t c, float *z,
                          const struct finish *f) {
    const size_t left = channels - c;
    float bias[4] = {0};
    f32x4 sum = f32x4_splat(0);
    for (size_t t = 0; t < taps; t++)
        sum = f32x4_madd(f32x4_load_part(x[t] + c, left), f32x4_load_part(w + t * channels + c, left), sum);
    if (f->bias)
        f32x4_store_part(bias, f32x4_load_part(f->bias + c, left), left);
    const struct finish part = {.bias = f->bias ? bias : NULL, .clamp = f->clamp};
    finish(&part, &sum, 1, 0, 0);
    f32x4_store_part(z + c, sum, left);
}

/* One output point. */
static void point(const float *const *x, size_t taps, size_t channels, const float *w, float *z,
                  const struct finish *f) {
    size_t c = 0;
    for (; c + 16 <= channels; c += 16)
        channels_16(x, taps, channels, w, c, z, f);
    for (; c + 4 <= channels; c += 4) {
        f32x4 sum = f32x4_splat(0);
        for (size_t t = 0; t < taps; t++)
            sum = f32x4_madd(f32x4_load(x[t] + c), f32x4_load(w + t * channels + c), sum);
        finish(f, &sum, 1, c, 0);
        f32x4_store(z + c, sum);
    }
    if (c < channels)
        channels_part(x, taps, channels, w, c, z, f);
}

/* Pointers to `count` pixels of each row, from pixel `first` on, `step` apart. */
static void find_pixels(const struct depthwise *d, const float *const *rows, ptrdiff_t first, ptrdiff_t step,
                        size_t count, const float *zeros, const float **out) {
    for (size_t r = 0; r < d->kernel_rows; r++) {
        ptrdiff_t at = first;
        for (size_t i = 0; i < count; i++, at += step)
            *out++ = rows[r] && at >= 0 && at < d->size ? rows[r] + (size_t)at * d->channels : zeros;
    }
}

/* The last block may begin among points that are done already: it does them once more. Bias and bounds are done in registers, where no residual
 * comes between them; the rest while the points are in the cache. */
void depthwise_row_f32(const struct depthwise *d, const float *const *rows, const float *zeros, const float **pointers,
                       const float *w, float *z, const struct epilogue *e) {
    const block_kernel block = find_block(d);
    const ptrdiff_t points = block ? DEPTHWISE_POINTS : 1;
    const size_t count = block ? (size_t)((points - 1) * d->stride) + d->kernel : d->kernel;
    const struct finish f = {.bias = e->residual ? NULL : e->bias,
                             .clamp = e->residual ? NULL : clamp_of(e->activation)};
    const struct epilogue later = {
        .bias = e->residual ? e->bias : NULL, .residual = e->residual, .activation = f.clamp ? NULL : e->activation};
    for (ptrdiff_t o = 0; o < d->out; o += points) {
        if (o + points > d->out)
            o = d->out - points;
        const size_t at = (size_t)o * d->channels;
        const struct epilogue part = epilogue_at(&later, 0, at);
        find_pixels(d, rows, o * d->stride - d->pad_before, d->dilation, count, zeros, pointers);
        if (block)
            block(pointers, d->kernel_rows, d->channels, w, z + at, &f);
        else
            point(pointers, d->kernel_rows * d->kernel, d->channels, w, z + at, &f);
        if (later.residual || later.activation)
            epilogue_rows_f32(&part, z + at, (size_t)points, d->channels, d->channels);
    }
}
