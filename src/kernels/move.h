/* move.h - kernels that move elements without looking at them. */
#ifndef KERNELS_MOVE_H
#define KERNELS_MOVE_H

#include <stddef.h>

/* Gather a tensor along other strides: z is dense and row-major with the given dims, z[i0, i1, ...] = x[i0 * steps[0] + i1 * steps[1] + ...].
 *   rank      1 to 8    dims, steps  of z; steps in elements of x
 *   element   bytes of an element: 1, 2, 4 or 8 */
void gather_strided(const void *x, void *z, size_t rank, const size_t *dims, const size_t *steps, size_t element);

#endif
