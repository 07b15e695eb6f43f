/* rule_matmul.c - matrix products with leading dims broadcast as in numpy.matmul.
 *
 * calls: 0 (a[m,k], b[k,n], z[m,n]); 1 with b[n,k]; 2 with a[k,m]; 3 with both. */
#include "base/type.h"
#include "operators.h"
#include "ops/broadcast.h"

struct sizes {
    size_t rows, depth, columns, a_depth;
    bool transpose_a, transpose_b;
};

static struct sizes sizes_of(const struct operator_use *use, const struct msw_type *a, const struct msw_type *b) {
    struct sizes s = {.transpose_a = use_int(use, "transpose_a", 0) != 0,
                      .transpose_b = use_int(use, "transpose_b", 0) != 0};
    s.rows = (size_t)a->dims[a->rank - (s.transpose_a ? 1 : 2)];
    s.a_depth = (size_t)a->dims[a->rank - (s.transpose_a ? 2 : 1)];
    s.depth = (size_t)b->dims[b->rank - (s.transpose_b ? 1 : 2)];
    s.columns = (size_t)b->dims[b->rank - (s.transpose_b ? 2 : 1)];
    return s;
}

bool check_matmul(struct operator_use *use, struct error *err) {
    const struct msw_type *a = &use->inputs[0], *b = &use->inputs[1];
    struct msw_type x = broadcast_as_matrix(a, true), y = broadcast_as_matrix(b, false), *z = &use->output;
    if (a->rank < 1 || b->rank < 1)
        return error_set(err, MSW_INVALID, "needs two matrices (rank 1 or more), got %t and %t", a, b);
    const struct sizes s = sizes_of(use, &x, &y);
    if ((a->rank == 1 && s.transpose_a) || (b->rank == 1 && s.transpose_b))
        return error_set(err, MSW_INVALID, "a vector cannot be transposed, got %x and %x", a, b);
    if (s.a_depth != s.depth)
        return error_set(err, MSW_INVALID, "inner sizes differ: %z of %x and %z of %x", s.a_depth, a, s.depth, b);
    if (!use_check_depth(use, s.depth, err))
        return false;
    x.rank -= 2;
    y.rank -= 2;
    if (!type_broadcast(&x, &y, z))
        return error_set(err, MSW_INVALID, "leading dims of %x and %x cannot be broadcast", a, b);
    if (a->rank > 1)
        z->dims[z->rank++] = (int32_t)s.rows;
    if (b->rank > 1)
        z->dims[z->rank++] = (int32_t)s.columns;
    size_t elements, bytes; /* what is too large is told by the caller */
    if (type_sizes(z, &elements, &bytes))
        use->operations = (uint64_t)use->row->operations * elements * s.depth;
    return true;
}

static struct run_loops batches(const struct broadcast *b, size_t z, size_t element) {
    struct run_loops loops = {.count = (int32_t)b->loops};
    for (size_t l = b->loops; l-- > 0; z *= b->dims[l]) {
        loops.times[l] = b->dims[l];
        loops.steps[l][0] = b->x_steps[l] * element;
        loops.steps[l][1] = b->y_steps[l] * element;
        loops.steps[l][2] = z * element;
    }
    return loops;
}

void plan_matmul(const struct operator_use *use, const struct operator_places *at, struct msw_run *run,
                 struct error *err) {
    struct msw_type a = broadcast_as_matrix(&use->inputs[0], true), b = broadcast_as_matrix(&use->inputs[1], false), z;
    struct sizes s = sizes_of(use, &a, &b);
    const size_t a_matrix = s.rows * s.depth;
    a.rank -= 2;
    b.rank -= 2;
    if (!s.transpose_a && type_extent(&b, 0, b.rank) == 1) { /* one matrix for all: their rows are one matrix */
        s.rows *= type_extent(&a, 0, a.rank);
        a.rank = b.rank = 0;
    }
    type_broadcast(&a, &b, &z);
    struct broadcast batch;
    broadcast_make(a.dims, a.rank, a_matrix, b.dims, b.rank, s.depth * s.columns, z.dims, z.rank, &batch);
    const size_t a_dims[] = {s.transpose_a ? s.depth : s.rows, s.transpose_a ? s.rows : s.depth};
    const size_t b_dims[] = {s.transpose_b ? s.columns : s.depth, s.transpose_b ? s.depth : s.columns};
    const size_t z_dims[] = {s.rows, s.columns};
    const struct tvm_any args[] = {use_tensor(run, use->kernels->input, at->inputs[0], 2, a_dims, err),
                                   use_tensor(run, use->kernels->input, at->inputs[1], 2, b_dims, err),
                                   use_tensor(run, use->kernels->output, at->output, 2, z_dims, err)};
    const uint32_t call = (s.transpose_a ? 2u : 0) + (s.transpose_b ? 1u : 0);
    struct run_step *step = use_step(use, run, call, args, 3, err);
    const struct run_loops loops = batches(&batch, s.rows * s.columns, dtype_info(use->kernels->input)->bytes);
    step_loops(step, &loops, run, err);
}
