/* packed_sort.h - TVM's sort family, as its tvm.contrib.sort defines it: what TOPI's sort, argsort, topk and suppression of boxes call.
 *
 * Tensors are of int8 to int64, uint8 to uint64, bool, float16, bfloat16, float32 or float64, row-major without gaps, and an output
 * is not the input. Equal elements keep their order, in a descending sort too; -0 equals 0; a NaN is greater than every number and
 * equals any other NaN. Indices come as int8 to int64, uint8 to uint64, float32 or float64. */
#ifndef PACKED_SORT_H
#define PACKED_SORT_H

#include "tvm_abi.h"

/* (x, z, axis, ascend): the elements of x along an axis. */
tvm_function sort_values;

/* (x, z, axis, ascend): where in x each of them is. */
tvm_function sort_indices;

/* (x, valid, z, axis, ascend): the same for the first valid[line] elements of each line; the others stay where they are.
 * `valid` is int32 and has as many elements as x has lines. */
tvm_function sort_valid_indices;

/* (x, [values], [indices], k, axis, "both" | "values" | "indices", ascend): the first k in order, all for k < 1. */
tvm_function sort_topk;

#endif
