/* joining.h - what a scattered element does to the one that is there: attribute reduction of ScatterElements and ScatterNdUpdate. */
#ifndef OPS_JOINING_H
#define OPS_JOINING_H

#include <string.h>

#include "kernels/combine.h"
#include "ops/op.h"

struct joining {
    combine_kernel kernel; /* NULL: of a 16-bit float */
    enum combine how;
    int32_t dtype;
    size_t element;
};

static const combine_kernel joining_kernels[DTYPE_END] = {
    [MSW_FLOAT32] = combine_f32, [MSW_FLOAT64] = combine_f64, [MSW_INT8] = combine_i8,    [MSW_UINT8] = combine_u8,
    [MSW_UINT16] = combine_u16,  [MSW_UINT32] = combine_u32,  [MSW_UINT64] = combine_u64, [MSW_INT16] = combine_i16,
    [MSW_INT32] = combine_i32,   [MSW_INT64] = combine_i64,
};

static inline bool check_reduction(const struct op_site *site, struct error *err) {
    const int64_t how = site_int(site, "reduction", COMBINE_REPLACE);
    const int32_t dtype = site->inputs[0].dtype;
    if (how < 0 || how >= COMBINE_END)
        return error_set(err, MSW_INVALID, "reduction is %l, expected 0 none, 1 add, 2 mul, 3 max, 4 min", how);
    if (how != COMBINE_REPLACE && !joining_kernels[dtype] && !dtype_is_half(dtype))
        return error_set(err, MSW_UNSUPPORTED, "a reduction of %k is not supported", dtype);
    return true;
}

static inline struct joining joining_of(const struct op_site *site) {
    return (struct joining){.kernel = joining_kernels[site->inputs[0].dtype],
                            .how = (enum combine)site_int(site, "reduction", COMBINE_REPLACE),
                            .dtype = site->inputs[0].dtype,
                            .element = dtype_info(site->inputs[0].dtype)->bytes};
}

static inline void join_elements(const struct joining *j, void *z, const void *x, size_t bytes) {
    if (j->how == COMBINE_REPLACE)
        memcpy(z, x, bytes);
    else if (j->kernel)
        j->kernel(z, x, bytes / j->element, j->how);
    else
        combine_half(z, x, bytes / j->element, j->how, j->dtype);
}

#endif
