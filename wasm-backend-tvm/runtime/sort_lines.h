/* sort_lines.h - a tensor sorted along an axis, once its arguments are known to be right. */
#ifndef SORT_LINES_H
#define SORT_LINES_H

#include <stdbool.h>

#include "tvm_abi.h"

/* What is sorted. A line along the axis begins at outer * n * step + inner, and its elements lie `step` apart. */
struct sort_input {
    const unsigned char *x;
    size_t outer, n, step, element_bytes;
    uint8_t code; /* enum tvm_dtype_code */
    bool ascend;
    const int32_t *valid; /* of each line, how many of its first elements are sorted, at most n; NULL: all */
};

/* What is written: lines of k elements, row-major. */
struct sort_output {
    unsigned char *z; /* NULL: nothing */
    uint8_t code, bits;
};

/* Write the first k <= n elements of each line in order, and where they were. False: no memory for one line. */
bool sort_lines(const struct sort_input *input, size_t k, const struct sort_output *values,
                const struct sort_output *indices);

#endif
