/* order.c - a merge sort from the bottom up. */
#include "base/order.h"

void order_indices(uint32_t *order, uint32_t *spare, uint32_t count,
                   bool (*precedes)(const void *context, uint32_t x, uint32_t y), const void *context) {
    for (uint32_t i = 0; i < count; i++)
        order[i] = i;
    for (uint64_t width = 1; width < count; width *= 2) {
        for (uint64_t start = 0; start < count; start += 2 * width) {
            const uint64_t middle = start + width < count ? start + width : count;
            const uint64_t end = middle + width < count ? middle + width : count;
            uint64_t left = start, right = middle;
            for (uint64_t i = start; i < end; i++) {
                const bool take_left = left < middle && (right == end || !precedes(context, order[right], order[left]));
                spare[i] = order[take_left ? left++ : right++];
            }
        }
        for (uint32_t i = 0; i < count; i++)
            order[i] = spare[i];
    }
}
