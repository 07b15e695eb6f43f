/* cast.h - elements of any data type as any other. */
#ifndef KERNELS_CAST_H
#define KERNELS_CAST_H

#include <stddef.h>

#include "kernels/narrow.h"

/* n elements of data type `from` (enum msw_dtype) as data type `to`. x and z do not overlap.
 *   integers       keep their low bits
 *   to bool        anything but 0 is true, NaN too
 *   to floats      to the nearest, ties to even; float64 reaches the 16-bit floats by way of float32
 *   float to int   toward 0; what int32 cannot hold becomes its lowest number, of which narrower types keep the low bits; int64 likewise
 *                  (x86's instructions, so numpy's and MindSpore's answers there) */
void cast_elements(const void *x, int32_t from, void *z, int32_t to, size_t n);

/* The same, where floats of 8 bits come to be by another rule than the largest for what is too large. */
void cast_elements_by(const struct narrow_rule *rule, const void *x, int32_t from, void *z, int32_t to, size_t n);

#endif
