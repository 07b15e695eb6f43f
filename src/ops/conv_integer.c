/* conv_integer.c - scales, zero points and bias of a convolution, brought into the form that finish_i8.h reads. */
#include "ops/conv_integer.h"

#include <string.h>

#include "base/round.h"

uint64_t conv_columns_make(const struct op_site *site, const struct conv_roles *roles, size_t at,
                           struct conv_columns *c) {
    const size_t count = (size_t)site->inputs[roles->input[CONV_W]].dims[0];
    const uint64_t list = round_up_16(((uint64_t)count + PANEL_I8) * sizeof(float));
    *c = (struct conv_columns){.roles = roles,
                               .count = count,
                               .scale_at = at,
                               .zeros_at = at + (size_t)list,
                               .bias_at = at + 2 * (size_t)list,
                               .x_dtype = site->inputs[0].dtype,
                               .w_dtype = site->inputs[roles->input[CONV_W]].dtype};
    for (int role = CONV_X_ZERO; role < CONV_ROLES; role++)
        c->numbers[role] = quantised_numbers(site, roles->input[role]);
    quantised_bounds(site->outputs[0].dtype, &c->lowest, &c->highest);
    return 3 * list;
}

static struct numbers numbers_of(const struct step *step, const struct conv_columns *c, enum conv_role role) {
    struct numbers n = c->numbers[role];
    if (n.count > 0)
        n.data = step->in[c->roles->input[role]];
    return n;
}

struct widening conv_widening(const struct step *step, const struct conv_columns *c) {
    const struct numbers zero = numbers_of(step, c, CONV_X_ZERO);
    return (struct widening){.is_unsigned = c->x_dtype == MSW_UINT8, .zero = number_as_int(&zero, 0)};
}

struct finish_i8 conv_finish(const struct step *step, const struct conv_columns *c) {
    unsigned char *scratch = step->scratch;
    float *scale = (float *)(void *)(scratch + c->scale_at);
    int32_t *zeros = (int32_t *)(void *)(scratch + c->zeros_at), *bias = (int32_t *)(void *)(scratch + c->bias_at);
    const struct numbers w_zero = numbers_of(step, c, CONV_W_ZERO), x_scale = numbers_of(step, c, CONV_X_SCALE),
                         w_scale = numbers_of(step, c, CONV_W_SCALE), z_scale = numbers_of(step, c, CONV_Z_SCALE),
                         z_zero = numbers_of(step, c, CONV_Z_ZERO), b = numbers_of(step, c, CONV_BIAS);
    const bool any = weight_zeros(&w_zero, c->w_dtype == MSW_UINT8, c->count, zeros);
    if (c->roles->kind == FINISH_BYTES)
        combine_scales(number_as_float(&x_scale, 0), &w_scale, number_as_float(&z_scale, 0), true, c->count, scale);
    if (b.count > 0) {
        memcpy(bias, b.data, c->count * sizeof *bias);
        memset(bias + c->count, 0, PANEL_I8 * sizeof *bias);
    }
    return (struct finish_i8){.kind = c->roles->kind,
                              .zeros = any ? zeros : NULL,
                              .bias = b.count > 0 ? bias : NULL,
                              .scale = scale,
                              .zero = number_as_int(&z_zero, 0),
                              .lowest = c->lowest,
                              .highest = c->highest};
}
