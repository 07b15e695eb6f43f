/* rule_axis.c - operators along axes: their kernels see x as [outer, n, inner].
 *
 * calls[0]: (x[outer,n,inner], z[outer,inner]), and along: (x[outer,n,inner], z[outer,n,inner]). */
#include "base/type.h"
#include "operators.h"

/* A bit for each axis. */
static uint32_t all_axes(int32_t rank) {
    return (1u << rank) - 1;
}

static bool read_axis(int64_t value, int32_t rank, uint32_t *axes, struct error *err) {
    const int64_t at = value < 0 ? value + rank : value;
    if (rank == 0)
        return error_set(err, MSW_INVALID, "a scalar has no axis, rank 1 or more expected");
    if (at < 0 || at >= rank)
        return error_set(err, MSW_INVALID, "axis %l is outside [%d,%d] for rank %d", value, -rank, rank - 1, rank);
    if (*axes >> at & 1)
        return error_set(err, MSW_INVALID, "axis %l is given twice", value);
    *axes |= 1u << at;
    return true;
}

/* Attribute axis as a list: none or an empty one means all. */
static bool read_axes(const struct operator_use *use, uint32_t *axes, struct error *err) {
    const struct operator_attr *axis = use_attr(use, "axis");
    const int32_t rank = use->inputs[0].rank, count = axis->given ? axis->count : 0;
    *axes = count > 0 ? 0 : all_axes(rank);
    for (int32_t i = 0; i < count; i++)
        if (!read_axis(axis->ints[i], rank, axes, err))
            return false;
    return true;
}

/* Attribute axis as a number, the last by default. */
static bool read_one_axis(const struct operator_use *use, uint32_t *axes, struct error *err) {
    *axes = 0;
    return read_axis(use_int(use, "axis", -1), use->inputs[0].rank, axes, err);
}

/* The output is x without its axes, or with dims of 1 there. */
static bool fold(struct operator_use *use, uint32_t axes, bool keep, struct error *err) {
    const struct msw_type *x = &use->inputs[0];
    struct msw_type *z = &use->output;
    z->rank = 0;
    for (int32_t i = 0; i < x->rank; i++) {
        if (axes >> i & 1 && x->dims[i] == 0)
            return error_set(err, MSW_INVALID, "%t has no elements along axis %d", x, i);
        if ((axes >> i & 1) == 0)
            z->dims[z->rank++] = x->dims[i];
        else if (keep)
            z->dims[z->rank++] = 1;
    }
    use->operations = (uint64_t)use->row->operations * type_elements(x);
    return true;
}

/* Sizes of x seen from its axes. False: other axes lie between them. */
static bool view(const struct msw_type *x, uint32_t axes, size_t sizes[3]) {
    int part = 0;
    sizes[0] = sizes[1] = sizes[2] = 1;
    for (int32_t i = 0; i < x->rank; i++) {
        const bool folded = axes >> i & 1;
        if (x->dims[i] == 1)
            continue;
        if (folded && part == 2)
            return false;
        part = folded ? 1 : part == 0 ? 0 : 2;
        sizes[part] *= (size_t)x->dims[i];
    }
    return true;
}

bool check_reduce(struct operator_use *use, struct error *err) {
    size_t sizes[3];
    uint32_t axes;
    if (!read_axes(use, &axes, err) || !fold(use, axes, use_int(use, "keep_dims", 0) != 0, err))
        return false;
    use->scratch_bytes = view(&use->inputs[0], axes, sizes) ? 0 : type_bytes(&use->inputs[0]);
    return true;
}

bool check_along(struct operator_use *use, struct error *err) {
    uint32_t axes;
    use->output = use->inputs[0];
    use->operations = (uint64_t)use->row->operations * type_elements(&use->output);
    return read_one_axis(use, &axes, err);
}

bool check_index(struct operator_use *use, struct error *err) {
    uint32_t axes;
    return read_one_axis(use, &axes, err) && fold(use, axes, false, err);
}

/* A step that moves the axes behind the others, into the scratch. */
static void gather(const struct operator_use *use, const struct operator_places *at, uint32_t axes, struct msw_run *run,
                   struct error *err) {
    const struct msw_type *x = &use->inputs[0];
    struct msw_type turned = {.dtype = x->dtype};
    int64_t *strides = arena_alloc(&run->memory, MSW_MAX_RANK, sizeof *strides, err);
    for (uint32_t last = 0; strides && last < 2; last++)
        for (int32_t i = 0; i < x->rank; i++)
            if ((axes >> i & 1) == last) {
                strides[turned.rank] = (int64_t)type_extent(x, i + 1, x->rank);
                turned.dims[turned.rank++] = x->dims[i];
            }
    struct tvm_tensor *from = run_tensor(run, &turned, at->inputs[0], err);
    struct tvm_tensor *to = run_tensor(run, &turned, at->scratch, err);
    const struct tvm_any args[] = {run_pass_tensor(from), run_pass_tensor(to)};
    struct run_step *step = run_add_step(run, copy_strided, args, 2, err);
    if (!from || !step)
        return;
    from->strides = strides;
    step->op = use->row->about.name;
    step->about = (struct msw_step){.bytes = 2 * (uint64_t)type_bytes(x), .output = turned};
}

static void plan(const struct operator_use *use, const struct operator_places *at, uint32_t axes, struct msw_run *run,
                 struct error *err) {
    size_t sizes[3];
    void *x = at->inputs[0];
    if (!view(&use->inputs[0], axes, sizes)) {
        gather(use, at, axes, run, err);
        x = at->scratch;
        sizes[0] = type_elements(&use->output);
        sizes[1] = type_elements(&use->inputs[0]) / sizes[0];
        sizes[2] = 1;
    }
    const bool along = use->row->rule == RULE_ALONG;
    const size_t folded[] = {sizes[0], sizes[2]};
    const struct tvm_any args[] = {
        use_tensor(run, use->kernels->input, x, 3, sizes, err),
        use_tensor(run, use->kernels->output, at->output, along ? 3 : 2, along ? sizes : folded, err)};
    use_step(use, run, 0, args, 2, err);
}

void plan_reduce(const struct operator_use *use, const struct operator_places *at, struct msw_run *run,
                 struct error *err) {
    uint32_t axes;
    if (read_axes(use, &axes, err))
        plan(use, at, axes, run, err);
}

void plan_along(const struct operator_use *use, const struct operator_places *at, struct msw_run *run,
                struct error *err) {
    uint32_t axes;
    if (read_one_axis(use, &axes, err))
        plan(use, at, axes, run, err);
}

void plan_index(const struct operator_use *use, const struct operator_places *at, struct msw_run *run,
                struct error *err) {
    plan_along(use, at, run, err);
}
