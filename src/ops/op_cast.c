/* op_cast.c - the same elements as another data type. */
#include "kernels/cast.h"
#include "ops/rows.h"

OP_CHECK(cast) {
    const struct attr *dtype = site_attr(site, "dtype");
    if (!dtype->given)
        return error_set(err, MSW_INVALID, "attribute 'dtype' is missing");
    if (dtype->ints[0] <= MSW_ANY || dtype->ints[0] >= DTYPE_END)
        return error_set(err, MSW_INVALID, "dtype is %l, expected 1 to %d", dtype->ints[0], DTYPE_END - 1);
    site->outputs[0] = site->inputs[0];
    site->outputs[0].dtype = (int32_t)dtype->ints[0];
    return true;
}

OP_VIEW(cast) {
    (void)output, (void)first;
    return site->inputs[0].dtype == site->outputs[0].dtype;
}

struct cast_params {
    int32_t from, to;
    size_t n;
};

static void run_cast(const struct step *step) {
    const struct cast_params *p = step->params;
    cast_elements(step->in[0], p->from, step->out[0], p->to, p->n);
}

OP_PREPARE(cast) {
    const struct cast_params p = {
        .from = site->inputs[0].dtype, .to = site->outputs[0].dtype, .n = type_elements(&site->inputs[0])};
    step->run = run_cast;
    return step_params(step, &p, sizeof p, arena, err);
}
