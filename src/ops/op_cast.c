/* op_cast.c - the same elements as another data type. */
#include "kernels/cast.h"
#include "ops/rows.h"

static bool check_rounding(const struct op_site *site, struct error *err) {
    const int64_t mode = site_int(site, "round_mode", NARROW_UP);
    return (mode >= NARROW_UP && mode <= NARROW_NEAREST) ||
           error_set(err, MSW_INVALID, "round_mode is %l, expected 0 up, 1 down or 2 nearest", mode);
}

OP_CHECK(cast) {
    const struct attr *dtype = site_attr(site, "dtype");
    if (!dtype->given)
        return error_set(err, MSW_INVALID, "attribute 'dtype' is missing");
    if (dtype->ints[0] <= MSW_ANY || dtype->ints[0] >= DTYPE_END)
        return error_set(err, MSW_INVALID, "dtype is %l, expected 1 to %d", dtype->ints[0], DTYPE_END - 1);
    site->outputs[0] = site->inputs[0];
    site->outputs[0].dtype = (int32_t)dtype->ints[0];
    return check_rounding(site, err);
}

OP_CHECK(cast_like) {
    site->outputs[0] = site->inputs[0];
    site->outputs[0].dtype = site->inputs[1].dtype;
    return check_rounding(site, err);
}

/* Elements of one size take each other's bits. */
OP_CHECK(bit_cast) {
    const struct attr *dtype = site_attr(site, "dtype");
    const struct msw_type *x = &site->inputs[0];
    if (!dtype->given || dtype->ints[0] <= MSW_ANY || dtype->ints[0] >= DTYPE_END)
        return error_set(err, MSW_INVALID, "attribute 'dtype' must be 1 to %d", DTYPE_END - 1);
    const int32_t to = (int32_t)dtype->ints[0];
    if (dtype_info(x->dtype)->bytes != dtype_info(to)->bytes)
        return error_set(err, MSW_INVALID, "elements of %t and %k are not of one size", x, to);
    site->outputs[0] = *x;
    site->outputs[0].dtype = to;
    return true;
}

OP_VIEW(cast) {
    (void)output, (void)first;
    return site->inputs[0].dtype == site->outputs[0].dtype;
}

struct cast_params {
    int32_t from, to;
    size_t n;
    struct narrow_rule rule;
};

static void run_cast(const struct step *step) {
    const struct cast_params *p = step->params;
    cast_elements_by(&p->rule, step->in[0], p->from, step->out[0], p->to, p->n);
}

OP_PREPARE(cast) {
    const struct cast_params p = {.from = site->inputs[0].dtype,
                                  .to = site->outputs[0].dtype,
                                  .n = type_elements(&site->inputs[0]),
                                  .rule = {.overflow = site_int(site, "saturate", 1) == 0,
                                           .rounding = (enum narrow_rounding)site_int(site, "round_mode", NARROW_UP)}};
    step->run = run_cast;
    return step_params(step, &p, sizeof p, arena, err);
}
