/* op_matmul_integer.c - matrix products of 8-bit integers with exact sums: answered as int32, as 8 bits of another scale, or as floats. */
#include <string.h>

#include "base/pool.h"
#include "base/round.h"
#include "ops/broadcast.h"
#include "ops/product_i8.h"
#include "ops/quantised.h"
#include "ops/rows.h"

/* Which input is what; ABSENT: the operator has no such input. */
enum role { A, B, A_ZERO, B_ZERO, A_SCALE, B_SCALE, Z_SCALE, Z_ZERO, BIAS, ROLES };
enum { ABSENT = 99 };

struct roles {
    enum finish_kind kind;
    uint32_t input[ROLES];
};

static const struct roles to_int32 = {FINISH_I32, {0, 1, 2, 3, ABSENT, ABSENT, ABSENT, ABSENT, ABSENT}};
static const struct roles to_bytes = {FINISH_BYTES, {0, 3, 2, 5, 1, 4, 6, 7, ABSENT}};
static const struct roles to_float = {FINISH_F32, {0, 1, 4, 5, 2, 3, ABSENT, ABSENT, 6}};

struct sizes {
    size_t batch_a, batch_b, rows, depth, columns;
};

static bool check(const struct op_site *site, const struct roles *roles, struct error *err) {
    const struct msw_type *a = &site->inputs[0], *b = &site->inputs[roles->input[B]];
    struct msw_type x = broadcast_as_matrix(a, true), y = broadcast_as_matrix(b, false), *out = &site->outputs[0];
    if (!quantised_dtype(a->dtype) || !quantised_dtype(b->dtype) || a->rank < 1 || b->rank < 1)
        return error_set(err, MSW_INVALID, "needs two matrices (rank 1 or more) of int8 or uint8, got %t and %t", a, b);
    const int32_t rows = x.dims[x.rank - 2], depth = x.dims[x.rank - 1], columns = y.dims[y.rank - 1];
    if (depth != y.dims[y.rank - 2])
        return error_set(err, MSW_INVALID, "inner sizes differ: %d of %x and %d of %x", depth, a, y.dims[y.rank - 2],
                         b);
    const size_t a_rows = type_extent(&x, 0, x.rank - 1), b_columns = type_extent(&y, 0, y.rank - 2) * (size_t)columns;
    x.rank -= 2;
    y.rank -= 2;
    if (!type_broadcast(&x, &y, out))
        return error_set(err, MSW_INVALID, "leading dims of %x and %x cannot be broadcast", a, b);
    const struct quantised_input inputs[] = {
        {roles->input[A_ZERO], QUANTISED_ZERO, a->dtype, (size_t)rows, a_rows, "zero point of the left matrix"},
        {roles->input[B_ZERO], QUANTISED_ZERO, b->dtype, (size_t)columns, b_columns, "zero point of the right matrix"},
        {roles->input[A_SCALE], QUANTISED_SCALE, 0, (size_t)rows, a_rows, "scale of the left matrix"},
        {roles->input[B_SCALE], QUANTISED_SCALE, 0, (size_t)columns, b_columns, "scale of the right matrix"},
        {roles->input[Z_SCALE], QUANTISED_SCALE, 0, 1, 1, "scale of the answer"},
        {roles->input[Z_ZERO], QUANTISED_ZERO, 0, 1, 1, "zero point of the answer"},
        {roles->input[BIAS], QUANTISED_FLOATS, 0, (size_t)columns, (size_t)columns, "bias"},
    };
    for (size_t i = 0; i < sizeof inputs / sizeof inputs[0]; i++)
        if (!quantised_input_check(site, &inputs[i], err))
            return false;
    if (roles->kind == FINISH_BYTES && !quantised_dtype(site->inputs[roles->input[Z_ZERO]].dtype))
        return error_set(err, MSW_INVALID, "the zero point of the answer must be int8 or uint8, got %t",
                         &site->inputs[roles->input[Z_ZERO]]);
    if (a->rank > 1)
        out->dims[out->rank++] = rows;
    if (b->rank > 1)
        out->dims[out->rank++] = columns;
    out->dtype = roles->kind == FINISH_I32   ? MSW_INT32
                 : roles->kind == FINISH_F32 ? MSW_FLOAT32
                                             : site->inputs[roles->input[Z_ZERO]].dtype;
    return true;
}

/* packing->shape: depth, columns. */
static void pack_signed(const struct packing *p, const void *source, size_t first, size_t count, void *packed) {
    pack_depth_i8(source, first, count, p->shape[0], p->shape[1], 0, packed);
}

static void pack_unsigned(const struct packing *p, const void *source, size_t first, size_t count, void *packed) {
    pack_depth_i8(source, first, count, p->shape[0], p->shape[1], 0x80, packed);
}

/* How one matrix b is packed. False: more than TYPE_MAX_BYTES. */
static bool matrix_packing(const struct msw_type *b, struct packing *packing) {
    const struct msw_type y = broadcast_as_matrix(b, false);
    const size_t depth = (size_t)y.dims[y.rank - 2], columns = (size_t)y.dims[y.rank - 1];
    const uint64_t bytes = (uint64_t)packed_i8(columns, 1) / DEPTH_I8 * depth_i8(depth);
    *packing = (struct packing){.pack = b->dtype == MSW_UINT8 ? pack_unsigned : pack_signed,
                                .bytes = (size_t)bytes,
                                .rows = depth,
                                .row_bytes = columns,
                                .shape = {depth, columns}};
    return bytes <= TYPE_MAX_BYTES;
}

static bool packs(const struct op_site *site, uint32_t input, const struct roles *roles, struct packing *packing) {
    return input == roles->input[B] && site->inputs[input].rank == 2 && quantised_dtype(site->inputs[input].dtype) &&
           matrix_packing(&site->inputs[input], packing);
}

/* Scratch: b packed where it was not; scale, zeros and bias by column; then the workers'.
 *   by_row  each row has a scale of its own, and so is a product of its own */
struct matmul_params {
    const struct roles *roles;
    struct product_i8 product;
    struct packing packing;
    struct broadcast batch;
    struct numbers numbers[ROLES];
    struct widening widening;
    bool packed, empty, by_row, unsigned_b;
    size_t rows, scale_at, zeros_at, bias_at, workers_at;
    int32_t lowest, highest;
};

struct left {
    const struct matmul_params *p;
    const struct numbers *zeros;
    const unsigned char *a;
    size_t row; /* of the whole tensor */
};

static void fill(const void *context, size_t group, size_t first, size_t count, int16_t *to) {
    const struct left *left = context;
    const size_t depth = left->p->product.depth, whole = depth_i8(depth);
    struct widening how = left->p->widening;
    (void)group;
    for (size_t r = first; r < first + count; r++, to += whole) {
        how.zero = number_as_int(left->zeros, left->row + r);
        widen_i8(left->a + r * depth, depth, &how, to);
        memset(to + depth, 0, (whole - depth) * sizeof *to);
    }
}

/* The data of the inputs that go with the tensors. */
static void find_numbers(const struct step *step, struct numbers *numbers) {
    const struct matmul_params *p = step->params;
    for (int role = 0; role < ROLES; role++) {
        numbers[role] = p->numbers[role];
        if (numbers[role].count > 0)
            numbers[role].data = step->in[p->roles->input[role]];
    }
}

/* The same from element `first` of the batch on. */
static struct numbers numbers_from(const struct numbers *n, size_t first, size_t bytes) {
    struct numbers from = *n;
    if (n->count > 1)
        from.data = (const unsigned char *)n->data + first % n->count * bytes;
    return from;
}

static void one_product(const struct step *step, const struct numbers *numbers, const struct broadcast_at *at,
                        void *z) {
    const struct matmul_params *p = step->params;
    const struct product_i8 *product = &p->product;
    unsigned char *scratch = step->scratch;
    float *scale = (float *)(void *)(scratch + p->scale_at), *bias = (float *)(void *)(scratch + p->bias_at);
    int32_t *zeros = (int32_t *)(void *)(scratch + p->zeros_at);
    const unsigned char *b = (const unsigned char *)step->in[p->roles->input[B]] + at->y;
    const size_t row = product->depth ? at->x / product->depth : 0;
    const size_t column = product->depth ? at->y / product->depth : 0;
    if (!p->packed) {
        memset(scratch, 0, p->packing.bytes);
        p->packing.pack(&p->packing, b, 0, p->packing.rows, scratch);
        b = scratch;
    }
    const struct numbers b_zero = numbers_from(&numbers[B_ZERO], column, 1),
                         b_scale = numbers_from(&numbers[B_SCALE], column,
                                                dtype_is_half(numbers[B_SCALE].dtype) ? 2 : sizeof(float));
    const bool any = weight_zeros(&b_zero, p->unsigned_b, product->columns, zeros);
    for (size_t j = 0; numbers[BIAS].count > 0 && j < product->columns; j++)
        bias[j] = number_as_float(&numbers[BIAS], j);
    struct left left = {.p = p, .zeros = &numbers[A_ZERO], .a = (const unsigned char *)step->in[0] + at->x, .row = row};
    struct product_i8_run run = {.p = product,
                                 .fill = fill,
                                 .context = &left,
                                 .weights = (const int8_t *)b,
                                 .finish = {.kind = p->roles->kind,
                                            .zeros = any ? zeros : NULL,
                                            .scale = scale,
                                            .float_bias = numbers[BIAS].count > 0 ? bias : NULL,
                                            .zero = number_as_int(&numbers[Z_ZERO], 0),
                                            .lowest = p->lowest,
                                            .highest = p->highest},
                                 .workers = scratch + p->workers_at};
    const size_t row_bytes = product->columns * finish_bytes(p->roles->kind);
    for (size_t r = 0; r < p->rows; r += product->rows) {
        if (p->roles->kind != FINISH_I32)
            combine_scales(number_as_float(&numbers[A_SCALE], row + r), &b_scale, number_as_float(&numbers[Z_SCALE], 0),
                           numbers[Z_SCALE].count > 0, product->columns, scale);
        left.a = (const unsigned char *)step->in[0] + at->x + r * product->depth;
        left.row = row + r;
        run.z = (unsigned char *)z + r * row_bytes;
        product_i8_run(&run);
    }
}

static void run_matmul_integer(const struct step *step) {
    const struct matmul_params *p = step->params;
    struct numbers numbers[ROLES];
    struct broadcast_at at = {0};
    unsigned char *z = step->out[0];
    if (p->empty)
        return;
    find_numbers(step, numbers);
    do {
        one_product(step, numbers, &at, z);
        z += p->rows * p->product.columns * finish_bytes(p->roles->kind);
    } while (broadcast_next(&p->batch, p->batch.loops, &at));
}

/* Sizes, and the loops over the leading dims. */
static bool prepare_sizes(const struct op_site *site, struct matmul_params *p, uint64_t *workers, struct error *err) {
    struct msw_type a = broadcast_as_matrix(&site->inputs[0], true), z,
                    b = broadcast_as_matrix(&site->inputs[p->roles->input[B]], false);
    const size_t depth = (size_t)a.dims[a.rank - 1], columns = (size_t)b.dims[b.rank - 1];
    p->rows = (size_t)a.dims[a.rank - 2];
    const size_t matrix = p->rows * depth;
    a.rank -= 2;
    b.rank -= 2;
    if (type_extent(&b, 0, b.rank) == 1) { /* one matrix for all: their rows are one matrix */
        p->rows *= type_extent(&a, 0, a.rank);
        a.rank = b.rank = 0;
    }
    type_broadcast(&a, &b, &z);
    broadcast_make(a.dims, a.rank, matrix, b.dims, b.rank, depth * columns, z.dims, z.rank, &p->batch);
    return product_i8_make(p->by_row ? 1 : p->rows, depth, columns, 1, &p->product, workers, err);
}

static bool prepare(const struct op_site *site, const struct roles *roles, struct step *step, struct arena *arena,
                    struct error *err) {
    const uint32_t b = roles->input[B];
    struct matmul_params p = {.roles = roles,
                              .packed = site->packed[b],
                              .empty = type_elements(&site->outputs[0]) == 0,
                              .unsigned_b = site->inputs[b].dtype == MSW_UINT8,
                              .widening = {.is_unsigned = site->inputs[0].dtype == MSW_UINT8}};
    uint64_t workers;
    for (int role = A_ZERO; role < ROLES; role++)
        p.numbers[role] = quantised_numbers(site, roles->input[role]);
    quantised_bounds(site->outputs[0].dtype, &p.lowest, &p.highest);
    p.by_row = p.numbers[A_SCALE].count > 1;
    if (!matrix_packing(&site->inputs[b], &p.packing))
        return error_set(err, MSW_LIMIT, "matrix %t needs more than %l bytes when packed", &site->inputs[b],
                         (int64_t)TYPE_MAX_BYTES);
    packing_in_step(&p.packing, p.packed);
    if (!prepare_sizes(site, &p, &workers, err))
        return false;
    const uint64_t list = round_up_16((uint64_t)(p.product.columns + PANEL_I8) * sizeof(float));
    const uint64_t first = p.packed ? 0 : round_up_16(p.packing.bytes);
    p.scale_at = (size_t)first;
    p.zeros_at = (size_t)(first + list);
    p.bias_at = (size_t)(first + 2 * list);
    p.workers_at = (size_t)(first + 3 * list);
    step->run = run_matmul_integer;
    return step_scratch(step, first + 3 * list + workers, err) && step_params(step, &p, sizeof p, arena, err);
}

OP_CHECK(matmul_integer) {
    return check(site, &to_int32, err);
}

OP_PACKING(matmul_integer) {
    return packs(site, input, &to_int32, packing);
}

OP_PREPARE(matmul_integer) {
    return prepare(site, &to_int32, step, arena, err);
}

OP_CHECK(qlinear_matmul) {
    return check(site, &to_bytes, err);
}

OP_PACKING(qlinear_matmul) {
    return packs(site, input, &to_bytes, packing);
}

OP_PREPARE(qlinear_matmul) {
    return prepare(site, &to_bytes, step, arena, err);
}

OP_CHECK(matmul_integer_to_float) {
    return check(site, &to_float, err);
}

OP_PACKING(matmul_integer_to_float) {
    return packs(site, input, &to_float, packing);
}

OP_PREPARE(matmul_integer_to_float) {
    return prepare(site, &to_float, step, arena, err);
}

OP_WORK(matmul_integer) {
    const struct msw_type a = broadcast_as_matrix(&site->inputs[0], true);
    work->operations = 2 * (uint64_t)type_elements(&site->outputs[0]) * (uint64_t)a.dims[a.rank - 1];
}
