/* rows.h - the functions that the rows of ops.def name, declared from the rows themselves. */
#ifndef OPS_ROWS_H
#define OPS_ROWS_H

#include "ops/op.h"

#define OP(name, min, max, outputs, dtypes, check, prepare, packing, view, work, kernels, flags, answer, attrs, tests, \
           doc)                                                                                                        \
    OP_CHECK(check);                                                                                                   \
    OP_PREPARE(prepare);                                                                                               \
    OP_PACKING(packing);                                                                                               \
    OP_VIEW(view);                                                                                                     \
    OP_WORK(work);
#include "ops/ops.def"
#undef OP

#endif
