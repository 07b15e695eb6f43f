/* fused.h - what operators with OP_FUSES do to their output besides (struct fused of op.h). */
#ifndef OPS_FUSED_H
#define OPS_FUSED_H

#include "kernels/hot/epilogue.h"
#include "ops/op.h"

/* The kernel by which `op` can be an activation: that of a function of one float32. NULL: it cannot. */
unary_kernel activation_kernel(const struct op *op);

/* Are the inputs that a use needs besides there, and of the right types? Call it after the row's own check. */
bool fused_check(const struct op_site *site, struct error *err);

/* The same for what `first` does to the tensor `middle`; the row's own check calls it. */
bool fused_first_check(const struct op_site *site, const struct msw_type *middle, struct error *err);

/* Where a step finds its epilogue: kept in its parameters. Inputs by number, 0: none. */
struct fused_inputs {
    uint32_t bias, residual;
    unary_kernel activation;
};

struct fused_inputs fused_inputs(const struct op_site *site);

/* The same for what `first` does. */
struct fused_inputs fused_first(const struct op_site *site);

struct epilogue fused_epilogue(const struct fused_inputs *fused, const struct step *step);

#endif
