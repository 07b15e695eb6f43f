/* activate.c - four elements abreast. */
#include "kernels/activate.h"

#include "simd/math.h"

static f32x4 of(const struct activation *a, f32x4 x) {
    const f32x4 alpha = f32x4_splat(a->alpha), beta = f32x4_splat(a->beta), zero = f32x4_splat(0), one = f32x4_splat(1);
    switch (a->kind) {
    case ACTIVATE_SIGMOID: return f32x4_sigmoid(x);
    case ACTIVATE_TANH: return f32x4_tanh(x);
    case ACTIVATE_RELU: return f32x4_max(x, zero);
    case ACTIVATE_AFFINE: return alpha * x + beta;
    case ACTIVATE_LEAKY_RELU: return f32x4_select(x < zero, alpha * x, x);
    case ACTIVATE_THRESHOLDED_RELU: return f32x4_select(x > alpha, x, zero);
    case ACTIVATE_SCALED_TANH: return alpha * f32x4_tanh(beta * x);
    case ACTIVATE_HARD_SIGMOID: return f32x4_max(zero, f32x4_min(one, alpha * x + beta));
    case ACTIVATE_ELU: return f32x4_select(x < zero, alpha * f32x4_expm1(x), x);
    case ACTIVATE_SOFTSIGN: return x / (one + f32x4_abs(x));
    default: return f32x4_softplus(x);
    }
}

void activate(const struct activation *activation, float clip, float *x, size_t n) {
    for (size_t i = 0; i < n; i += 4) {
        f32x4 v = f32x4_read(x + i, n - i);
        if (clip > 0)
            v = f32x4_max(f32x4_splat(-clip), f32x4_min(f32x4_splat(clip), v));
        f32x4_write(x + i, of(activation, v), n - i);
    }
}
