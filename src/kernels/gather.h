/* gather.h - elements picked by indices that lie in a tensor. An index below 0 counts from the end; all have been checked. */
#ifndef KERNELS_GATHER_H
#define KERNELS_GATHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Element i of indices of 8 bytes, or of 4. */
int64_t index_at(const void *indices, bool wide, size_t i);

/* Where the first index outside -size .. size - 1 is, or n where none is. */
size_t bad_index(const void *indices, bool wide, size_t n, int64_t size);

/* z[o, i, :] = x[o, indices[i], :] for o < outer, i < n; x has `size` rows of row_bytes for each o. */
void gather_rows(const void *x, size_t outer, size_t size, size_t row_bytes, const void *indices, bool wide, size_t n,
                 void *z);

#endif
