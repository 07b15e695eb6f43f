/* order.h - sorting, stable and never worse than n log n, since files decide how much there is to sort. */
#ifndef BASE_ORDER_H
#define BASE_ORDER_H

#include <stdbool.h>
#include <stdint.h>

/* order[0 .. count): the indices 0 .. count - 1, so that none comes after one that it precedes; equal ones keep their order.
 *   precedes  whether element x must come before element y of what `context` points to
 *   spare     `count` more numbers to work in */
void order_indices(uint32_t *order, uint32_t *spare, uint32_t count,
                   bool (*precedes)(const void *context, uint32_t x, uint32_t y), const void *context);

#endif
