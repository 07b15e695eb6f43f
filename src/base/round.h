/* round.h - whole numbers rounded up, for counts of parts and places that must be aligned, and the smaller of two. */
#ifndef BASE_ROUND_H
#define BASE_ROUND_H

#include <stddef.h>
#include <stdint.h>

static inline size_t smaller(size_t a, size_t b) {
    return a < b ? a : b;
}

/* How many parts of `by` cover n. The sum of both must fit. */
static inline size_t divide_up(size_t n, size_t by) {
    return (n + by - 1) / by;
}

/* To a multiple of 16, where every tensor may begin. In 64 bits, so that what no memory can hold is still told as it is. */
static inline uint64_t round_up_16(uint64_t bytes) {
    return (bytes + 15) / 16 * 16;
}

#endif
