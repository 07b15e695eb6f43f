/* op_chosen.c - operators whose answer is as long as the elements say: NonZero, Compress, Unique. Their checks read the elements. */
#include <string.h>

#include "kernels/cast.h"
#include "kernels/row_order.h"
#include "ops/axis.h"
#include "ops/boxes.h"
#include "ops/rows.h"

/* Is element i anything but 0? -0 of a float is 0. */
static bool is_set(const unsigned char *x, size_t i, int32_t dtype) {
    const struct msw_dtype_info *info = dtype_info(dtype);
    const bool signed_zero = info->number == 'f' || info->number == 'B';
    unsigned any = 0;
    if (info->number == 'n') {
        float number;
        cast_elements(x + i, dtype, &number, MSW_FLOAT32, 1);
        return number != 0;
    }
    for (size_t b = 0; b < info->bytes; b++)
        any |= x[i * info->bytes + b] & (signed_zero && b + 1 == info->bytes ? 0x7fu : 0xffu);
    return any != 0;
}

/* NonZero: a column of indices for each element that is not 0. */

OP_CHECK(non_zero) {
    const struct msw_type *x = &site->inputs[0];
    const unsigned char *data = site_data(site, 0, "tensor of unknown places", err);
    int32_t count = 0;
    if (!data)
        return false;
    for (size_t i = 0; i < type_elements(x); i++)
        count += is_set(data, i, x->dtype);
    site->outputs[0] = (struct msw_type){.dtype = MSW_INT64, .rank = 2, .dims = {x->rank, count}};
    return true;
}

static void run_non_zero(const struct step *step) {
    const struct msw_type *types = step->params, *x = &types[0];
    const size_t count = (size_t)types[1].dims[1];
    int64_t *z = step->out[0];
    for (size_t i = 0, found = 0; i < type_elements(x); i++) {
        if (!is_set(step->in[0], i, x->dtype))
            continue;
        size_t at = i;
        for (int32_t d = x->rank; d-- > 0; at /= (size_t)x->dims[d])
            z[(size_t)d * count + found] = (int64_t)(at % (size_t)x->dims[d]);
        found++;
    }
}

OP_PREPARE(non_zero) {
    const struct msw_type types[2] = {site->inputs[0], site->outputs[0]};
    step->run = run_non_zero;
    return step_params(step, types, sizeof types, arena, err);
}

/* Compress: slices along an axis, or elements, for which a condition is true. */

struct compress_params {
    size_t outer, n, row_bytes, conditions;
};

static bool read_compress(const struct op_site *site, struct compress_params *p, int32_t *axis, struct error *err) {
    const struct msw_type *x = &site->inputs[0], *condition = &site->inputs[1];
    const bool flat = !site_attr(site, "axis")->given;
    *axis = 0;
    if (condition->dtype != MSW_BOOL || condition->rank != 1)
        return error_set(err, MSW_INVALID, "the condition must be bool[n], got %t", condition);
    if (!flat && !site_axis(site, "axis", 0, x->rank, axis, err))
        return false;
    const size_t element = dtype_info(x->dtype)->bytes;
    *p = (struct compress_params){.outer = flat ? 1 : type_extent(x, 0, *axis),
                                  .n = flat ? type_elements(x) : (size_t)x->dims[*axis],
                                  .row_bytes = flat ? element : type_extent(x, *axis + 1, x->rank) * element,
                                  .conditions = (size_t)condition->dims[0]};
    return p->conditions <= p->n ||
           error_set(err, MSW_INVALID, "%l conditions for %l elements", (int64_t)p->conditions, (int64_t)p->n);
}

OP_CHECK(compress) {
    struct compress_params p;
    int32_t axis, count = 0;
    if (!read_compress(site, &p, &axis, err))
        return false;
    const unsigned char *condition = site_data(site, 1, "condition", err);
    for (size_t i = 0; condition && i < p.conditions; i++)
        count += condition[i] != 0;
    site->outputs[0] =
        site_attr(site, "axis")->given ? site->inputs[0] : (struct msw_type){.dtype = site->inputs[0].dtype, .rank = 1};
    site->outputs[0].dims[axis] = count;
    return condition != NULL;
}

static void run_compress(const struct step *step) {
    const struct compress_params *p = step->params;
    const unsigned char *x = step->in[0], *condition = step->in[1];
    unsigned char *z = step->out[0];
    for (size_t o = 0; o < p->outer; o++, x += p->n * p->row_bytes)
        for (size_t i = 0; i < p->conditions; i++)
            if (condition[i]) {
                memcpy(z, x + i * p->row_bytes, p->row_bytes);
                z += p->row_bytes;
            }
}

OP_PREPARE(compress) {
    struct compress_params p;
    int32_t axis;
    if (!read_compress(site, &p, &axis, err))
        return false;
    if (type_elements(&site->inputs[0]) == 0)
        p.outer = 0;
    step->run = run_compress;
    return step_params(step, &p, sizeof p, arena, err);
}

/* Unique: slices along an axis, or elements. */

struct unique_params {
    struct rows rows;
    size_t found;
    bool sorted;
};

static bool read_unique(const struct op_site *site, struct unique_params *p, int32_t *axis, struct error *err) {
    const struct msw_type *x = &site->inputs[0];
    *axis = 0;
    *p = (struct unique_params){.sorted = site_int(site, "sorted", 1) != 0};
    p->rows = (struct rows){.dtype = x->dtype, .n = type_elements(x), .count = 1, .block = 1};
    if (!site_attr(site, "axis")->given)
        return true;
    if (!site_axis(site, "axis", 0, x->rank, axis, err))
        return false;
    const size_t inner = type_extent(x, *axis + 1, x->rank), n = (size_t)x->dims[*axis];
    p->rows = (struct rows){
        .dtype = x->dtype, .n = n, .count = type_extent(x, 0, *axis), .block = inner, .stride = n * inner};
    return true;
}

/* How many different rows there are, given their order. */
static size_t count_different(const struct rows *rows, const int32_t *order) {
    size_t found = 0;
    for (size_t i = 0; i < rows->n; i++)
        found += i == 0 || rows_compare(rows, (size_t)order[i - 1], (size_t)order[i]) != 0;
    return found;
}

OP_CHECK(unique) {
    const struct msw_type *x = &site->inputs[0];
    struct unique_params p;
    struct arena arena = {0};
    int32_t axis;
    if (!read_unique(site, &p, &axis, err))
        return false;
    p.rows.x = site_data(site, 0, "tensor of unknown elements", err);
    int32_t *order = p.rows.x ? arena_alloc(&arena, 2 * p.rows.n, sizeof *order, err) : NULL;
    if (!order)
        return false;
    rows_sort(&p.rows, order, order + p.rows.n);
    const int32_t found = (int32_t)count_different(&p.rows, order);
    arena_free(&arena);
    const struct msw_type list = {.dtype = MSW_INT64, .rank = 1, .dims = {found}};
    site->outputs[0] = site_attr(site, "axis")->given ? *x : (struct msw_type){.dtype = x->dtype, .rank = 1};
    site->outputs[0].dims[axis] = found;
    site->outputs[1] = site->outputs[3] = list;
    site->outputs[2] = list;
    site->outputs[2].dims[0] = (int32_t)p.rows.n;
    return true;
}

/* Numbers of groups by order; where answers come as their first rows did, `names` turns those into the other. */
static void name_groups(const struct unique_params *p, const int64_t *inverse, const int32_t *firsts, int32_t *names) {
    int32_t next = 0;
    for (size_t i = 0; i < p->rows.n; i++) {
        const int64_t group = inverse[i];
        if (firsts[group] == (int32_t)i)
            names[group] = p->sorted ? (int32_t)group : next++;
    }
}

/* Scratch: the order, as much to sort in, the first row of each group and its name. */
static void run_unique(const struct step *step) {
    const struct unique_params *p = step->params;
    struct rows rows = p->rows;
    const size_t n = rows.n, bytes = rows.block * dtype_info(rows.dtype)->bytes;
    int32_t *order = step->scratch, *firsts = order + n, *names = firsts + n;
    int64_t *indices = step->out[1], *inverse = step->out[2], *counts = step->out[3];
    unsigned char *z = step->out[0];
    rows.x = step->in[0];
    rows_sort(&rows, order, firsts);
    size_t group = 0;
    for (size_t i = 0, at = 0; i < n; i++) {
        group += i > 0 && rows_compare(&rows, (size_t)order[i - 1], (size_t)order[i]) != 0;
        inverse[order[i]] = (int64_t)group;
        if (i == 0 || inverse[order[i - 1]] != (int64_t)group)
            at = i;
        firsts[group] = order[at];
    }
    name_groups(p, inverse, firsts, names);
    if (p->found > 0)
        memset(counts, 0, p->found * sizeof *counts);
    for (size_t i = 0; i < n; i++) {
        inverse[i] = names[inverse[i]];
        counts[inverse[i]]++;
    }
    for (size_t g = 0; g < p->found; g++) {
        indices[names[g]] = firsts[g];
        for (size_t k = 0; bytes > 0 && k < rows.count; k++)
            memcpy(z + (k * p->found + (size_t)names[g]) * bytes,
                   (const unsigned char *)rows.x + (k * n + (size_t)firsts[g]) * bytes, bytes);
    }
}

OP_PREPARE(unique) {
    struct unique_params p;
    int32_t axis;
    if (!read_unique(site, &p, &axis, err))
        return false;
    p.found = (size_t)site->outputs[1].dims[0];
    step->run = run_unique;
    return step_scratch(step, 3 * (uint64_t)p.rows.n * sizeof(int32_t), err) &&
           step_params(step, &p, sizeof p, arena, err);
}
