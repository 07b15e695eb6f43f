/* fused.c - which inputs of a use belong to its epilogue. */
#include "ops/fused.h"

#include "ops/rows.h"

unary_kernel activation_kernel(const struct op *op) {
    return op->prepare == prepare_unary ? (unary_kernel)op->kernels[MSW_FLOAT32] : NULL;
}

struct fused_inputs fused_inputs(const struct op_site *site) {
    struct fused_inputs inputs = {0};
    uint32_t next = (uint32_t)site->op->about.inputs_max;
    if (!site->fused)
        return inputs;
    if (site->fused->bias)
        inputs.bias = next++;
    if (site->fused->residual)
        inputs.residual = next++;
    if (site->fused->activation)
        inputs.activation = activation_kernel(site->fused->activation);
    return inputs;
}

bool fused_check(const struct op_site *site, struct error *err) {
    const struct fused_inputs fused = fused_inputs(site);
    const struct msw_type *z = &site->outputs[0];
    if (fused.bias) {
        const struct msw_type *b = &site->inputs[fused.bias];
        if (b->dtype != z->dtype || b->rank != 1 || z->rank < 1 || b->dims[0] != z->dims[z->rank - 1])
            return error_set(err, MSW_INVALID, "bias %t does not fit the output %t", b, z);
    }
    if (fused.residual) {
        const struct msw_type *r = &site->inputs[fused.residual];
        if (r->dtype != z->dtype || type_elements(r) != type_elements(z))
            return error_set(err, MSW_INVALID, "residual %t does not fit the output %t", r, z);
    }
    return true;
}

struct epilogue fused_epilogue(const struct fused_inputs *fused, const struct step *step) {
    return (struct epilogue){.bias = fused->bias ? step->in[fused->bias] : NULL,
                             .residual = fused->residual ? step->in[fused->residual] : NULL,
                             .activation = fused->activation};
}
