/* quantised.h - scales and zero points as inputs: what operators on quantised tensors ask of them. */
#ifndef OPS_QUANTISED_H
#define OPS_QUANTISED_H

#include "ops/op.h"
#include "ops/product_i8.h"

enum quantised_role { QUANTISED_ZERO, QUANTISED_SCALE, QUANTISED_FLOATS };

/* An input that goes with a tensor.
 *   input  its number; past the last one, or left out: not there, which is fine where the row allows it
 *   dtype  of a zero point, which is its tensor's; 0: int8 or uint8
 *   each, all  how many elements it may have besides one */
struct quantised_input {
    uint32_t input;
    enum quantised_role role;
    int32_t dtype;
    size_t each, all;
    const char *what;
};

bool quantised_dtype(int32_t dtype);

bool quantised_input_check(const struct op_site *site, const struct quantised_input *input, struct error *err);

/* How many there are and of which type; 0 of an input that is not there. Their data is known in the run. */
struct numbers quantised_numbers(const struct op_site *site, uint32_t input);

/* The smallest and the largest number of 8 bits. */
void quantised_bounds(int32_t dtype, int32_t *lowest, int32_t *highest);

#endif
