/* quantised.c - checks of scales and zero points. */
#include "ops/quantised.h"

bool quantised_dtype(int32_t dtype) {
    return dtype == MSW_INT8 || dtype == MSW_UINT8;
}

bool quantised_input_check(const struct op_site *site, const struct quantised_input *in, struct error *err) {
    if (!site_has(site, in->input))
        return true;
    const struct msw_type *type = &site->inputs[in->input];
    const size_t count = type_elements(type);
    const bool right = in->role != QUANTISED_ZERO ? type->dtype == MSW_FLOAT32 || dtype_is_half(type->dtype)
                       : in->dtype == 0           ? quantised_dtype(type->dtype)
                                                  : type->dtype == in->dtype;
    if (!right)
        return error_set(err, MSW_INVALID, "the %s must be %s, got %t", in->what,
                         in->role != QUANTISED_ZERO ? "float32 or a 16-bit float"
                         : in->dtype == 0           ? "int8 or uint8"
                                                    : dtype_info(in->dtype)->name,
                         type);
    if (count == 1 || count == in->each || count == in->all)
        return count > 0 || error_set(err, MSW_INVALID, "the %s has no elements", in->what);
    return error_set(err, MSW_INVALID, "the %s must have 1 or %z elements, got %t", in->what, in->each, type);
}

struct numbers quantised_numbers(const struct op_site *site, uint32_t input) {
    if (!site_has(site, input))
        return (struct numbers){.count = 0};
    return (struct numbers){.dtype = site->inputs[input].dtype, .count = type_elements(&site->inputs[input])};
}

void quantised_bounds(int32_t dtype, int32_t *lowest, int32_t *highest) {
    *lowest = dtype == MSW_INT8 ? -128 : 0;
    *highest = dtype == MSW_INT8 ? 127 : 255;
}
