/* op_matmul.c - matrix product, float32, with leading dims broadcast as in numpy.matmul. */
#include <string.h>

#include "base/round.h"
#include "kernels/hot/gemm_f32.h"
#include "kernels/move.h"
#include "ops/broadcast.h"
#include "ops/fused.h"
#include "ops/rows.h"

struct matmul_sizes {
    size_t rows, depth, columns;
    bool transpose_a, transpose_b;
};

/* What the second matrix alone decides: all but the rows. */
static void sizes_of_b(const struct op_site *site, struct matmul_sizes *s) {
    const struct msw_type b = broadcast_as_matrix(&site->inputs[1], false);
    s->transpose_b = site_int(site, "transpose_b", 0) != 0;
    s->depth = (size_t)b.dims[b.rank - (s->transpose_b ? 1 : 2)];
    s->columns = (size_t)b.dims[b.rank - (s->transpose_b ? 2 : 1)];
}

static void sizes_of(const struct op_site *site, struct matmul_sizes *s) {
    const struct msw_type a = broadcast_as_matrix(&site->inputs[0], true);
    sizes_of_b(site, s);
    s->transpose_a = site_int(site, "transpose_a", 0) != 0;
    s->rows = (size_t)a.dims[a.rank - (s->transpose_a ? 1 : 2)];
}

OP_CHECK(matmul) {
    const struct msw_type *a = &site->inputs[0], *b = &site->inputs[1];
    struct msw_type x = broadcast_as_matrix(a, true), y = broadcast_as_matrix(b, false), *z = &site->outputs[0];
    struct matmul_sizes s;
    if (a->dtype != b->dtype || a->rank < 1 || b->rank < 1)
        return error_set(err, MSW_INVALID, "needs two matrices (rank 1 or more) of one data type, got %t and %t", a, b);
    sizes_of(site, &s);
    if ((a->rank == 1 && s.transpose_a) || (b->rank == 1 && s.transpose_b))
        return error_set(err, MSW_INVALID, "a vector cannot be transposed, got %x and %x", a, b);
    const size_t a_depth = (size_t)x.dims[x.rank - (s.transpose_a ? 2 : 1)];
    if (a_depth != s.depth)
        return error_set(err, MSW_INVALID, "inner sizes differ: %z of %x and %z of %x", a_depth, a, s.depth, b);
    x.rank -= 2;
    y.rank -= 2;
    if (!type_broadcast(&x, &y, z))
        return error_set(err, MSW_INVALID, "leading dims of %x and %x cannot be broadcast", a, b);
    z->dtype = a->dtype;
    if (a->rank > 1)
        z->dims[z->rank++] = (int32_t)s.rows;
    if (b->rank > 1)
        z->dims[z->rank++] = (int32_t)s.columns;
    return true;
}

OP_WORK(matmul) {
    struct matmul_sizes s;
    sizes_of_b(site, &s);
    work->operations = 2 * (uint64_t)type_elements(&site->outputs[0]) * s.depth;
}

/* packing->shape: depth, columns. */
static void pack_rows_are_columns(const struct packing *p, const void *source, size_t first, size_t count,
                                  void *packed) {
    pack_columns_f32(source, first, count, p->shape[0], 1, packed);
}

static void pack_rows_are_depth(const struct packing *p, const void *source, size_t first, size_t count, void *packed) {
    pack_depth_f32(source, first, count, p->shape[0], p->shape[1], packed);
}

/* How one matrix b is packed. False: as wide as whole panels it has more than TYPE_MAX_BYTES. */
static bool matrix_packing(const struct matmul_sizes *s, struct packing *p) {
    const uint64_t bytes = (uint64_t)panel_columns(s->columns) * s->depth * sizeof(float);
    *p = (struct packing){.pack = s->transpose_b ? pack_rows_are_columns : pack_rows_are_depth,
                          .bytes = (size_t)bytes,
                          .rows = s->transpose_b ? s->columns : s->depth,
                          .row_bytes = (s->transpose_b ? s->depth : s->columns) * sizeof(float),
                          .shape = {s->depth, s->columns}};
    return bytes <= TYPE_MAX_BYTES;
}

OP_PACKING(matmul) {
    struct matmul_sizes s;
    if (input != 1 || site->inputs[1].rank != 2 || site->inputs[1].dtype != MSW_FLOAT32)
        return false;
    sizes_of_b(site, &s);
    return matrix_packing(&s, packing);
}

/* Scratch: b packed where it was not, then a transposed where it must be. */
struct matmul_params {
    struct matmul_sizes sizes;
    struct broadcast batch;
    struct box turn; /* a transposed, from [depth][rows] to [rows][depth] */
    struct fused_inputs fused;
    bool packed, empty;
    size_t transposed_at;
};

/* ready: b comes packed and a as it is wanted, as in most models; then nothing here leads to the functions that change them. */
static inline void run(const struct step *step, bool ready) {
    const struct matmul_params *p = step->params;
    const struct matmul_sizes *s = &p->sizes;
    float *transposed = (float *)(void *)((unsigned char *)step->scratch + p->transposed_at);
    const struct epilogue all = fused_epilogue(&p->fused, step);
    float *z = step->out[0];
    struct broadcast_at at = {0};
    if (p->empty)
        return;
    do {
        const float *a = (const float *)step->in[0] + at.x, *b = (const float *)step->in[1] + at.y;
        if (!ready && !p->packed) {
            pack_f32(b, s->transpose_b ? 1 : s->columns, s->transpose_b ? s->depth : 1, s->depth, s->columns,
                     step->scratch);
            b = step->scratch;
        }
        if (!ready && s->transpose_a) {
            move_box(a, transposed, &p->turn, sizeof *a);
            a = transposed;
        }
        const struct epilogue e = epilogue_at(&all, 0, (size_t)(z - (float *)step->out[0]));
        gemm_split_f32(a, s->depth, s->rows, s->depth, b, s->columns, z, s->columns, &e);
        z += s->rows * s->columns;
    } while (broadcast_next(&p->batch, p->batch.loops, &at));
}

static void run_ready(const struct step *step) {
    run(step, true);
}

static void run_matmul(const struct step *step) {
    run(step, false);
}

OP_PREPARE(matmul) {
    struct msw_type a = broadcast_as_matrix(&site->inputs[0], true), b = broadcast_as_matrix(&site->inputs[1], false),
                    z;
    struct matmul_params p = {
        .packed = site->packed[1], .fused = fused_inputs(site), .empty = type_elements(&site->outputs[0]) == 0};
    sizes_of(site, &p.sizes);
    struct packing packing;
    if (!matrix_packing(&p.sizes, &packing))
        return error_set(err, MSW_LIMIT, "matrix %t needs more than %l bytes when packed", &site->inputs[1],
                         (int64_t)TYPE_MAX_BYTES);
    const size_t a_matrix = p.sizes.rows * p.sizes.depth;
    a.rank -= 2;
    b.rank -= 2;
    if (!p.sizes.transpose_a && type_extent(&b, 0, b.rank) == 1) { /* one matrix for all: their rows are one matrix */
        p.sizes.rows *= type_extent(&a, 0, a.rank);
        a.rank = b.rank = 0;
    }
    type_broadcast(&a, &b, &z);
    broadcast_make(a.dims, a.rank, a_matrix, b.dims, b.rank, p.sizes.depth * p.sizes.columns, z.dims, z.rank, &p.batch);
    box_add(&p.turn, p.sizes.depth, (ptrdiff_t)p.sizes.rows, 1);
    box_add(&p.turn, p.sizes.rows, 1, (ptrdiff_t)p.sizes.depth);
    p.transposed_at = p.packed ? 0 : (size_t)round_up_16(packing.bytes);
    step->run = p.packed && !p.sizes.transpose_a ? run_ready : run_matmul;
    const size_t transposed = p.sizes.transpose_a ? a_matrix * sizeof(float) : 0;
    return step_scratch(step, (uint64_t)p.transposed_at + transposed, err) &&
           step_params(step, &p, sizeof p, arena, err);
}
