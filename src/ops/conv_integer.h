/* conv_integer.h - what convolutions of 8-bit integers share: which input is what, and the numbers that go with output channels. */
#ifndef OPS_CONV_INTEGER_H
#define OPS_CONV_INTEGER_H

#include "ops/quantised.h"
#include "ops/window.h"

enum conv_role {
    CONV_X,
    CONV_W,
    CONV_X_ZERO,
    CONV_W_ZERO,
    CONV_X_SCALE,
    CONV_W_SCALE,
    CONV_Z_SCALE,
    CONV_Z_ZERO,
    CONV_BIAS,
    CONV_ROLES
};

/* An input that the operator has not. */
enum { CONV_ABSENT = 99 };

struct conv_roles {
    enum finish_kind kind;
    uint32_t input[CONV_ROLES];
};

/* By output channel, in the scratch: scale, zeros, bias. */
struct conv_columns {
    const struct conv_roles *roles;
    struct numbers numbers[CONV_ROLES];
    size_t count, scale_at, zeros_at, bias_at;
    int32_t x_dtype, w_dtype, lowest, highest;
};

/* Returns how many bytes of the scratch it takes, from `at` on. */
uint64_t conv_columns_make(const struct op_site *site, const struct conv_roles *roles, size_t at,
                           struct conv_columns *columns);

/* In the run. */
struct widening conv_widening(const struct step *step, const struct conv_columns *columns);
struct finish_i8 conv_finish(const struct step *step, const struct conv_columns *columns);

#endif
