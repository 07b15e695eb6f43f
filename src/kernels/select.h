/* select.h - one of two elements, by a third. */
#ifndef KERNELS_SELECT_H
#define KERNELS_SELECT_H

#include <stddef.h>

/* z[i] = mask[i * sm] ? x[i * sx] : y[i * sy] for n elements of `element` bytes (1, 2, 4 or 8); steps are 0 or 1. z may be x or y where its step is 1. */
void select_elements(const void *mask, const void *x, const void *y, void *z, size_t n, size_t sm, size_t sx, size_t sy,
                     size_t element);

#endif
