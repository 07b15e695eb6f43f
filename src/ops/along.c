/* along.c - an odometer over the indices' shape that counts in steps of x. */
#include "ops/along.h"

#include "kernels/gather.h"
#include "ops/boxes.h"

bool check_indices(const struct msw_type *indices, struct error *err) {
    return indices->dtype == MSW_INT32 || indices->dtype == MSW_INT64 ||
           error_set(err, MSW_INVALID, "indices must be int32 or int64, got %t", indices);
}

bool verify_range(const void *indices, bool wide, size_t n, int64_t size, struct error *err) {
    const size_t bad = bad_index(indices, wide, n, size);
    return bad == n || error_set(err, MSW_INVALID, "index %l is %l, for %l elements", (int64_t)bad,
                                 index_at(indices, wide, bad), size);
}

bool along_check(const struct op_site *site, struct error *err) {
    const struct msw_type *x = &site->inputs[0], *indices = &site->inputs[1];
    int32_t axis;
    if (!check_indices(indices, err) || !site_axis(site, "axis", 0, x->rank, &axis, err))
        return false;
    bool fits = indices->rank == x->rank;
    for (int32_t i = 0; fits && i < x->rank; i++)
        fits = i == axis || indices->dims[i] <= x->dims[i];
    return fits || error_set(err, MSW_INVALID, "indices %x do not fit %x but for axis %d", indices, x, axis);
}

bool along_make(const struct op_site *site, struct along *a, struct error *err) {
    const struct msw_type *x = &site->inputs[0];
    int32_t axis;
    *a = (struct along){.shape = site->inputs[1],
                        .elements = type_elements(&site->inputs[1]),
                        .wide = site->inputs[1].dtype == MSW_INT64};
    if (!site_axis(site, "axis", 0, x->rank, &axis, err))
        return false;
    dense_steps(x, a->steps);
    a->along = (size_t)a->steps[axis];
    a->size = (size_t)x->dims[axis];
    a->steps[axis] = 0;
    return true;
}

bool along_verify(const struct along *a, const void *indices, struct error *err) {
    return verify_range(indices, a->wide, a->elements, (int64_t)a->size, err);
}

size_t along_next(const struct along *a, const void *indices, struct along_at *at) {
    const int64_t index = index_at(indices, a->wide, at->done++);
    const size_t place = (size_t)at->from + (size_t)(index < 0 ? index + (int64_t)a->size : index) * a->along;
    for (int32_t d = a->shape.rank; d-- > 0;) {
        at->from += a->steps[d];
        if (++at->index[d] < a->shape.dims[d])
            break;
        at->from -= a->steps[d] * a->shape.dims[d];
        at->index[d] = 0;
    }
    return place;
}
