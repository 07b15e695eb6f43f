/* conv_winograd.h - Conv2D by Winograd's minimal filtering (kernels/hot/winograd_f32.h): uses whose attribute winograd gives the side of a tile. */
#ifndef OPS_CONV_WINOGRAD_H
#define OPS_CONV_WINOGRAD_H

#include "ops/window.h"

/* The side of a tile, attribute winograd; 0: the use is computed as it is written. */
size_t conv_winograd_side(const struct op_site *site);

/* Are its weights packed as the plain sum's, and transformed in the run? */
bool conv_winograd_in_run(const struct op_site *site);

/* False with err: a side other than 0, 2 and 4, or a convolution that is no sum over 3 x 3 neighbours. */
bool conv_winograd_check(const struct op_site *site, struct error *err);

/* op->packing and op->prepare of such a use. */
bool conv_winograd_packing(const struct op_site *site, struct packing *packing);
bool conv_winograd_prepare(const struct op_site *site, const struct window *w, const struct packing *packing,
                           struct step *step, struct arena *arena, struct error *err);

#endif
