/* gather.c - row by row. */
#include "kernels/gather.h"

#include <string.h>

int64_t index_at(const void *indices, bool wide, size_t i) {
    return wide ? ((const int64_t *)indices)[i] : ((const int32_t *)indices)[i];
}

size_t bad_index(const void *indices, bool wide, size_t n, int64_t size) {
    for (size_t i = 0; i < n; i++) {
        const int64_t at = index_at(indices, wide, i);
        if (at < -size || at >= size)
            return i;
    }
    return n;
}

void gather_rows(const void *x, size_t outer, size_t size, size_t row_bytes, const void *indices, bool wide, size_t n,
                 void *z) {
    const unsigned char *from = x;
    unsigned char *to = z;
    for (size_t o = 0; o < outer; o++, from += size * row_bytes) {
        for (size_t i = 0; i < n; i++, to += row_bytes) {
            const int64_t at = index_at(indices, wide, i);
            memcpy(to, from + (size_t)(at < 0 ? at + (int64_t)size : at) * row_bytes, row_bytes);
        }
    }
}
