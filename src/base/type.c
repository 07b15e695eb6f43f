/* type.c - sizes and comparisons of shapes. */
#include "base/type.h"

static const struct msw_dtype_info dtypes[DTYPE_END] = {
#define DTYPE(NAME, number_, bytes_, name_, label_)                                                                    \
    [MSW_##NAME] = {.dtype = MSW_##NAME, .number = (number_), .bytes = (bytes_), .name = (name_), .label = (label_)},
#include "base/dtype.def"
#undef DTYPE
};

bool dtype_known(int32_t dtype) {
    return dtype > MSW_ANY && dtype < DTYPE_END;
}

const struct msw_dtype_info *dtype_info(int32_t dtype) {
    return &dtypes[dtype];
}

bool type_sizes(const struct msw_type *type, size_t *elements, size_t *bytes) {
    if (!dtype_known(type->dtype) || type->rank < 0 || type->rank > MSW_MAX_RANK)
        return false;
    uint64_t n =
        1; /* of the dims that are not 0: so that products of some dims of an empty tensor cannot overflow either */
    bool empty = false;
    for (int32_t i = 0; i < type->rank; i++) {
        if (type->dims[i] < 0)
            return false;
        if (type->dims[i] == 0)
            empty = true;
        else
            n *= (uint64_t)type->dims[i];
        if (n > TYPE_MAX_BYTES)
            return false;
    }
    const uint64_t total = n * dtypes[type->dtype].bytes;
    if (total > TYPE_MAX_BYTES)
        return false;
    *elements = empty ? 0 : (size_t)n;
    *bytes = empty ? 0 : (size_t)total;
    return true;
}

size_t type_extent(const struct msw_type *type, int32_t first, int32_t end) {
    size_t n = 1;
    for (int32_t i = first; i < end; i++)
        n *= (size_t)type->dims[i];
    return n;
}

size_t type_elements(const struct msw_type *type) {
    return type_extent(type, 0, type->rank);
}

size_t type_bytes(const struct msw_type *type) {
    return type_elements(type) * dtype_info(type->dtype)->bytes;
}

bool type_is_static(const struct msw_type *type) {
    if (type->dtype == MSW_ANY || type->rank < 0)
        return false;
    for (int32_t i = 0; i < type->rank; i++)
        if (type->dims[i] < 0)
            return false;
    return true;
}

bool type_same_shape(const struct msw_type *x, const struct msw_type *y) {
    if (x->rank != y->rank)
        return false;
    for (int32_t i = 0; i < x->rank; i++)
        if (x->dims[i] != y->dims[i])
            return false;
    return true;
}

bool type_matches(const struct msw_type *declared, const struct msw_type *given) {
    if (declared->dtype != MSW_ANY && declared->dtype != given->dtype)
        return false;
    if (declared->rank < 0)
        return true;
    if (declared->rank != given->rank)
        return false;
    for (int32_t i = 0; i < given->rank; i++)
        if (declared->dims[i] >= 0 && declared->dims[i] != given->dims[i])
            return false;
    return true;
}

bool type_broadcast(const struct msw_type *x, const struct msw_type *y, struct msw_type *z) {
    z->rank = x->rank > y->rank ? x->rank : y->rank;
    for (int32_t i = 0; i < z->rank; i++) { /* i counts from the last dim */
        const int32_t dx = i < x->rank ? x->dims[x->rank - 1 - i] : 1;
        const int32_t dy = i < y->rank ? y->dims[y->rank - 1 - i] : 1;
        if (dx != dy && dx != 1 && dy != 1)
            return false;
        z->dims[z->rank - 1 - i] = dx == 1 ? dy : dx;
    }
    return true;
}
