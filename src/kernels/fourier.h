/* fourier.h - discrete Fourier transforms of any length, in double. */
#ifndef KERNELS_FOURIER_H
#define KERNELS_FOURIER_H

#include <stdbool.h>
#include <stddef.h>

struct complex {
    double re, im;
};

/* roots[k] = e^(-2 pi i k / n), of the inverse e^(2 pi i k / n), k < n. */
void fourier_roots(struct complex *roots, size_t n, bool inverse);

/* z[k] = sum of x[j] roots[j k % n], k < n, by the factors of n: n times their sum steps.
 *   spare  n numbers to work in */
void fourier(const struct complex *x, struct complex *z, size_t n, const struct complex *roots, struct complex *spare);

#endif
