/* peak_f32.h - how fast multiply-adds can be where nothing has to be loaded: the limit of all other kernels. */
#ifndef KERNELS_HOT_PEAK_F32_H
#define KERNELS_HOT_PEAK_F32_H

#include <stdint.h>

enum { PEAK_SUMS = 12, PEAK_OPERATIONS = PEAK_SUMS * 4 * 2 }; /* of a round */

/* `rounds` times PEAK_OPERATIONS operations. Returns a number that depends on all of them, so that none can be left out. */
float peak_f32(uint32_t rounds);

#endif
