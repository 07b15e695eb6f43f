/* type.h - data types and shapes: sizes in elements and bytes, every multiplication checked. */
#ifndef BASE_TYPE_H
#define BASE_TYPE_H

#include <stdbool.h>

#include "msw.h"

enum { DTYPE_END = MSW_UINT2 + 1 };

/* Largest size of one tensor: sums and products of a few such sizes fit 64 bits, and offsets inside one fit 32. */
#define TYPE_MAX_BYTES ((uint64_t)INT32_MAX)

/* True for float16 and bfloat16. */
static inline bool dtype_is_half(int32_t dtype) {
    return dtype == MSW_FLOAT16 || dtype == MSW_BFLOAT16;
}

/* Row of a data type; dtype must be one. */
const struct msw_dtype_info *dtype_info(int32_t dtype);

/* True for a number in the table. */
bool dtype_known(int32_t dtype);

/* Elements and bytes of a type whose dims are all known; false when the bytes exceed TYPE_MAX_BYTES, or dtype, rank or a dim is
 * outside its range. A type with a dim of 0 has no elements; its other dims must keep to the limit all the same. */
bool type_sizes(const struct msw_type *type, size_t *elements, size_t *bytes);

/* Elements of a type that type_sizes accepted. */
size_t type_elements(const struct msw_type *type);

/* Its bytes. */
size_t type_bytes(const struct msw_type *type);

/* Product of dims[first .. end) of such a type. */
size_t type_extent(const struct msw_type *type, int32_t first, int32_t end);

/* True when dtype, rank and all dims are known. */
bool type_is_static(const struct msw_type *type);

bool type_same_shape(const struct msw_type *x, const struct msw_type *y);

/* True when `given`, which is static, is what `declared`, which may have unknowns, allows. */
bool type_matches(const struct msw_type *declared, const struct msw_type *given);

/* The shape that numpy broadcasting makes of two; false when they do not fit. z->dtype is left alone. */
bool type_broadcast(const struct msw_type *x, const struct msw_type *y, struct msw_type *z);

#endif
