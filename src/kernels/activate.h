/* activate.h - the functions that cells of recurrent networks name, by number. */
#ifndef KERNELS_ACTIVATE_H
#define KERNELS_ACTIVATE_H

#include <stddef.h>

enum activation_kind {
    ACTIVATE_SIGMOID,
    ACTIVATE_TANH,
    ACTIVATE_RELU,
    ACTIVATE_AFFINE,           /* alpha x + beta */
    ACTIVATE_LEAKY_RELU,       /* x < 0: alpha x */
    ACTIVATE_THRESHOLDED_RELU, /* x <= alpha: 0 */
    ACTIVATE_SCALED_TANH,      /* alpha tanh(beta x) */
    ACTIVATE_HARD_SIGMOID,     /* alpha x + beta, within 0 and 1 */
    ACTIVATE_ELU,              /* x < 0: alpha (e^x - 1) */
    ACTIVATE_SOFTSIGN,
    ACTIVATE_SOFTPLUS,
    ACTIVATIONS
};

struct activation {
    enum activation_kind kind;
    float alpha, beta;
};

/* x[0..n) in place; clip > 0: each is brought within -clip and clip before. */
void activate(const struct activation *activation, float clip, float *x, size_t n);

#endif
