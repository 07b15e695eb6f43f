/* equation.h - the equation of an Einsum, read: which axes each letter stands for. */
#ifndef OPS_EQUATION_H
#define OPS_EQUATION_H

#include "ops/op.h"

enum { EQUATION_OPERANDS = 8, EQUATION_ANSWER = EQUATION_OPERANDS, EQUATION_TENSORS, EQUATION_LABELS = 64 };

/* A letter, or one of the axes that '...' stands for, counted from the last: its size, and a bit for each axis that it is of the operands and of the
 * answer. */
struct label {
    int64_t name;
    int32_t size;
    uint8_t axes[EQUATION_TENSORS];
};

struct equation {
    int32_t count, operands, rank[EQUATION_TENSORS];
    struct label labels[EQUATION_LABELS];
};

/* Attribute equation holds characters: letters of the operands, commas between them, -> and the letters of the answer. */
bool equation_read(const struct op_site *site, struct equation *e, struct error *err);

/* What a turn of the label moves in tensor `t` of that type: along all its axes at once; 0 where it has none, or one that is broadcast. */
ptrdiff_t label_step(const struct label *l, int32_t t, const struct msw_type *type);

#endif
