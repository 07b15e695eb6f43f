/* conv_depthwise_i8.h - convolution of 8-bit integers with as many groups as channels, and one output channel for each. */
#ifndef OPS_CONV_DEPTHWISE_I8_H
#define OPS_CONV_DEPTHWISE_I8_H

#include "ops/conv_integer.h"

/* k: type of the weights [O,1,KH,KW]. */
bool conv_is_depthwise_i8(const struct op_site *site, const struct msw_type *k, int64_t groups);

struct packing conv_depthwise_packing_i8(const struct msw_type *k);

/* scratch_at: where the step's own scratch ends that the caller has laid out. */
bool conv_depthwise_prepare_i8(const struct op_site *site, const struct window *w, const struct packing *packing,
                               const struct conv_columns *columns, uint64_t scratch_at, struct step *step,
                               struct arena *arena, struct error *err);

#endif
