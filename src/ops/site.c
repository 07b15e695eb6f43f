/* site.c - reading attributes of a use, and hanging parameters on its step. */
#include <assert.h>
#include <string.h>

#include "kernels/cast.h"
#include "ops/op.h"

int32_t op_attr_index(const struct op *op, const char *name) {
    for (int32_t i = 0; i < op->about.attr_count; i++)
        if (strcmp(op->about.attrs[i].name, name) == 0)
            return i;
    return -1;
}

const struct attr *site_attr(const struct op_site *site, const char *name) {
    const int32_t index = op_attr_index(site->op, name);
    assert(index >= 0);
    return &site->attrs[index];
}

int64_t site_int(const struct op_site *site, const char *name, int64_t absent) {
    const struct attr *attr = site_attr(site, name);
    return attr->given ? attr->ints[0] : absent;
}

double site_float(const struct op_site *site, const char *name, double absent) {
    const struct attr *attr = site_attr(site, name);
    return attr->given ? attr->floats[0] : absent;
}

int32_t site_int_at(const struct op_site *site, const char *name, int32_t index, int32_t absent) {
    const struct attr *attr = site_attr(site, name);
    assert(!attr->given || index < attr->count);
    return attr->given ? (int32_t)attr->ints[index] : absent;
}

bool site_axis(const struct op_site *site, const char *name, int64_t absent, int32_t rank, int32_t *axis,
               struct error *err) {
    const int64_t value = site_int(site, name, absent);
    if (rank == 0)
        return error_set(err, MSW_INVALID, "a scalar has no axis, rank 1 or more expected");
    if (value < -rank || value >= rank)
        return error_set(err, MSW_INVALID, "%s %l is outside [%d,%d] for rank %d", name, value, -rank, rank - 1, rank);
    *axis = (int32_t)(value < 0 ? value + rank : value);
    return true;
}

bool site_has(const struct op_site *site, uint32_t input) {
    return input < site->input_count && (site->inputs[input].rank != 1 || site->inputs[input].dims[0] != 0);
}

const void *site_data(const struct op_site *site, uint32_t input, const char *what, struct error *err) {
    if (!site->constants[input] && site->asked)
        site->asked[input] = true;
    if (!site->constants[input])
        error_set(err, MSW_MORE, "a %s that is computed while the model runs is not supported", what);
    return site->constants[input];
}

bool site_number(const struct op_site *site, uint32_t input, const char *what, double *number, struct error *err) {
    const struct msw_type *type = &site->inputs[input];
    if (type_elements(type) != 1)
        return error_set(err, MSW_INVALID, "the %s must be one number, got %t", what, type);
    const void *data = site_data(site, input, what, err);
    if (data)
        cast_elements(data, type->dtype, number, MSW_FLOAT64, 1);
    return data != NULL;
}

bool site_dtype(const struct op_site *site, int32_t absent, int32_t *dtype, struct error *err) {
    const int64_t wanted = site_int(site, "dtype", absent);
    *dtype = (int32_t)wanted;
    return (wanted > MSW_ANY && wanted < DTYPE_END) || error_set(err, MSW_INVALID, "dtype %l is no data type", wanted);
}

op_kernel site_kernel(const struct op_site *site) {
    return site->op->kernels[site->inputs[0].dtype];
}

bool step_scratch(struct step *step, uint64_t bytes, struct error *err) {
    if (bytes > TYPE_MAX_BYTES)
        return error_set(err, MSW_LIMIT, "needs %l bytes to work in, at most %l", (int64_t)bytes,
                         (int64_t)TYPE_MAX_BYTES);
    step->scratch_bytes = (size_t)bytes;
    return true;
}

void packing_in_step(struct packing *packing, bool packed) {
    if (packed)
        packing->pack = NULL;
}

const void *step_packed(const struct step *step, uint32_t input, bool packed, const struct packing *packing) {
    if (packed)
        return step->in[input];
    memset(step->scratch, 0, packing->bytes);
    packing->pack(packing, step->in[input], 0, packing->rows, step->scratch);
    return step->scratch;
}

bool step_params(struct step *step, const void *params, size_t bytes, struct arena *arena, struct error *err) {
    void *copy = arena_alloc(arena, 1, bytes, err);
    if (!copy)
        return false;
    step->params = memcpy(copy, params, bytes);
    return true;
}

bool site_is_view(const struct op_site *site, size_t *firsts) {
    for (uint32_t i = 0; i < site->output_count; i++) {
        firsts[i] = i == 0 ? 0 : firsts[i - 1] + type_elements(&site->outputs[i - 1]);
        if (!site->op->view || !site->op->view(site, i, &firsts[i]))
            return false;
    }
    return true;
}

bool site_can_be_prepared(const struct op_site *site) {
    return (site->op->flags & OP_CHANNELS_LAST) == 0 || site_int(site, "channels_last", 0) != 0;
}
