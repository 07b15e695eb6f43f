/* fused.c - which inputs of a use belong to its epilogue. */
#include "ops/fused.h"

#include "ops/rows.h"

unary_kernel activation_kernel(const struct op *op) {
    return op->prepare == prepare_unary ? (unary_kernel)op->kernels[MSW_FLOAT32] : NULL;
}

/* Of inputs from `next` on. */
static struct fused_inputs inputs_from(const struct fused *fused, uint32_t next) {
    struct fused_inputs inputs = {0};
    if (!fused)
        return inputs;
    if (fused->bias)
        inputs.bias = next++;
    if (fused->residual)
        inputs.residual = next++;
    if (fused->activation)
        inputs.activation = activation_kernel(fused->activation);
    return inputs;
}

static const struct fused *first_of(const struct op_site *site) {
    return site->fused ? site->fused->first : NULL;
}

struct fused_inputs fused_first(const struct op_site *site) {
    return inputs_from(first_of(site), (uint32_t)site->op->about.inputs_max);
}

struct fused_inputs fused_inputs(const struct op_site *site) {
    const struct fused *first = first_of(site);
    const uint32_t before = first ? (uint32_t)first->bias + (uint32_t)first->residual : 0;
    return inputs_from(site->fused, (uint32_t)site->op->about.inputs_max + before);
}

static bool inputs_fit(const struct op_site *site, const struct fused_inputs *fused, const struct msw_type *z,
                       struct error *err) {
    if (fused->bias) {
        const struct msw_type *b = &site->inputs[fused->bias];
        if (b->dtype != z->dtype || b->rank != 1 || z->rank < 1 || b->dims[0] != z->dims[z->rank - 1])
            return error_set(err, MSW_INVALID, "bias %t does not fit the output %t", b, z);
    }
    if (fused->residual) {
        const struct msw_type *r = &site->inputs[fused->residual];
        if (r->dtype != z->dtype || type_elements(r) != type_elements(z))
            return error_set(err, MSW_INVALID, "residual %t does not fit the output %t", r, z);
    }
    return true;
}

bool fused_check(const struct op_site *site, struct error *err) {
    const struct fused_inputs fused = fused_inputs(site);
    return inputs_fit(site, &fused, &site->outputs[0], err);
}

bool fused_first_check(const struct op_site *site, const struct msw_type *middle, struct error *err) {
    const struct fused_inputs fused = fused_first(site);
    return inputs_fit(site, &fused, middle, err);
}

struct epilogue fused_epilogue(const struct fused_inputs *fused, const struct step *step) {
    return (struct epilogue){.bias = fused->bias ? step->in[fused->bias] : NULL,
                             .residual = fused->residual ? step->in[fused->residual] : NULL,
                             .activation = fused->activation};
}
