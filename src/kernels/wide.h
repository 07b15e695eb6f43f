/* wide.h - functions of doubles for the few kernels whose answers show more digits than a float32 has: transforms, logarithms of sums. */
#ifndef KERNELS_WIDE_H
#define KERNELS_WIDE_H

#include <stdint.h>

/* To about 1e-15 of the result; 0 and infinity where the result is outside the range of doubles. NaN stays. */
double wide_exp(double x);

/* The same; -inf of 0, NaN below it. */
double wide_log(double x);

/* The point k / n of the way round the unit circle, k < n; quarters are exact. */
void wide_circle(uint64_t k, uint64_t n, double *cosine, double *sine);

#endif
