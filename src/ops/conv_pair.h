/* conv_pair.h - ConvDepthwise: a convolution and that of each channel by itself behind it, of whose image between them a thread has no more than a
 * part in memory. Shared by the operator and by the pass that makes it of two Conv2D. */
#ifndef OPS_CONV_PAIR_H
#define OPS_CONV_PAIR_H

#include "ops/op.h"

/* Each list of its attributes holds the numbers of the first convolution, then those of the second, so many for each; `absent` stands for one that
 * Conv2D has not been given. */
struct conv_pair_list {
    const char *name;
    int32_t count;
    int64_t absent;
};

enum { CONV_PAIR_LISTS = 4 };

extern const struct conv_pair_list conv_pair_lists[CONV_PAIR_LISTS];

/* Is the image between two convolutions, channels last, so large that it would leave the cache of the second level before it is read, and so high that
 * the rows which neighbouring output rows share are few? Each range of rows, two for each thread, makes those anew and keeps them. */
bool conv_pair_pays(const struct msw_type *middle, int64_t shared_rows);

/* The two Conv2D that a use stands for. It holds pointers into itself. */
struct conv_pair {
    struct op_site sites[2];
    struct msw_type inputs[2][2], middle, output;
    struct attr attrs[2][OP_MAX_ATTRS];
    bool packed[2][2];
    int64_t group; /* of the second */
};

/* As far as it can be said without the image between. False with err: a list of a wrong length. */
bool conv_pair_begin(const struct op_site *site, struct conv_pair *p, struct error *err);

/* All of it. False with err: what check says of a wrong use. */
bool conv_pair_make(const struct op_site *site, struct conv_pair *p, struct error *err);

#endif
