/* op_rotary.c - RotaryEmbedding, which turns pairs of a head's elements by angles of their position, and TensorScatter, which writes new ones into a cache. */
#include <string.h>

#include "kernels/gather.h"
#include "ops/rows.h"

enum { X, COSINES, SINES, POSITIONS, MOST_HEADS = 1 << 20 };

/* Steps in elements from one batch, head and row of x to the next. positions: 0 none, 1 each row's, 2 one of the first row for all. */
struct rotary {
    size_t batches, heads, rows, depth, half, table_rows, batch, head, row;
    bool interleaved, wide;
    enum { BY_ROW, BY_POSITION, FROM_OFFSET } positions;
};

static bool read_tables(const struct op_site *site, struct rotary *r, struct error *err) {
    const struct msw_type *c = &site->inputs[COSINES], *s = &site->inputs[SINES];
    const bool found = site_has(site, POSITIONS);
    bool fits = c->dtype == site->inputs[X].dtype && s->dtype == c->dtype && type_same_shape(c, s) &&
                c->rank == (found ? 2 : 3) && (size_t)c->dims[c->rank - 1] == r->half;
    if (fits && !found)
        fits = (size_t)c->dims[0] == r->batches && (size_t)c->dims[1] == r->rows;
    if (!fits)
        return error_set(err, MSW_INVALID,
                         "cosines and sines must be %k [positions,%z], or without positions [%z,%z,%z], got %t and %t",
                         site->inputs[X].dtype, r->half, r->batches, r->rows, r->half, c, s);
    r->table_rows = (size_t)c->dims[0];
    if (!found)
        return true;
    const struct msw_type *p = &site->inputs[POSITIONS];
    const bool one = type_elements(p) == 1 && p->rank == 1;
    r->wide = p->dtype == MSW_INT64;
    r->positions = one ? FROM_OFFSET : BY_POSITION;
    return ((p->dtype == MSW_INT64 || p->dtype == MSW_INT32) &&
            (one || (p->rank == 2 && (size_t)p->dims[0] == r->batches && (size_t)p->dims[1] == r->rows))) ||
           error_set(err, MSW_INVALID, "positions must be int64 or int32 [%z,%z], or one number, got %t", r->batches,
                     r->rows, p);
}

static bool read_rotary(const struct op_site *site, struct rotary *r, struct error *err) {
    const struct msw_type *x = &site->inputs[X];
    const int64_t heads = x->rank == 4 ? x->dims[1] : site_int(site, "num_heads", 0);
    const bool apart = x->rank == 4;
    *r = (struct rotary){0};
    if ((x->rank != 3 && x->rank != 4) || (!apart && (heads < 1 || heads > MOST_HEADS || x->dims[2] % heads != 0)))
        return error_set(err, MSW_INVALID, "x0 must be [B,H,S,D], or [B,S,H*D] with num_heads, got %t and %l", x,
                         heads);
    r->batches = (size_t)x->dims[0];
    r->heads = (size_t)heads;
    r->rows = (size_t)x->dims[apart ? 2 : 1];
    r->depth = (size_t)(apart ? x->dims[3] : x->dims[2] / (int32_t)heads);
    r->batch = type_extent(x, 1, x->rank);
    r->head = apart ? r->rows * r->depth : r->depth;
    r->row = apart ? r->depth : r->heads * r->depth;
    r->interleaved = site_int(site, "interleaved", 0) != 0;
    const int64_t given = site_int(site, "rotary_embedding_dim", 0), turned = given == 0 ? (int64_t)r->depth : given;
    if (turned < 0 || turned > (int64_t)r->depth || turned % 2 != 0)
        return error_set(err, MSW_INVALID, "%l elements of a head of %z cannot be turned in pairs", turned, r->depth);
    r->half = (size_t)turned / 2;
    return read_tables(site, r, err);
}

OP_CHECK(rotary) {
    struct rotary r;
    site->outputs[0] = site->inputs[X];
    return read_rotary(site, &r, err);
}

OP_WORK(rotary) {
    work->operations = 3 * (uint64_t)type_elements(&site->outputs[0]);
}

static int64_t position_of(const struct step *step, size_t batch, size_t row) {
    const struct rotary *r = step->params;
    if (r->positions == BY_ROW)
        return (int64_t)(batch * r->rows + row);
    return r->positions == BY_POSITION ? index_at(step->in[POSITIONS], r->wide, batch * r->rows + row)
                                       : index_at(step->in[POSITIONS], r->wide, 0) + (int64_t)row;
}

static bool verify_rotary(const struct step *step, struct error *err) {
    const struct rotary *r = step->params;
    for (size_t i = 0; i < r->batches * r->rows && r->positions != BY_ROW; i++) {
        const int64_t at = position_of(step, i / r->rows, i % r->rows);
        if (at < 0 || at >= (int64_t)r->table_rows)
            return error_set(err, MSW_INVALID, "position %l is outside the %l that have angles", at,
                             (int64_t)r->table_rows);
    }
    return true;
}

static void turn_head(const struct rotary *r, const float *x, const float *c, const float *s, float *z) {
    const size_t apart = r->interleaved ? 1 : r->half, step = r->interleaved ? 2 : 1;
    for (size_t i = 0; i < r->half; i++) {
        const float a = x[i * step], b = x[i * step + apart];
        z[i * step] = c[i] * a - s[i] * b;
        z[i * step + apart] = s[i] * a + c[i] * b;
    }
    memcpy(z + 2 * r->half, x + 2 * r->half, (r->depth - 2 * r->half) * sizeof *z);
}

static void run_rotary(const struct step *step) {
    const struct rotary *r = step->params;
    for (size_t b = 0; b < r->batches; b++)
        for (size_t i = 0; i < r->rows; i++) {
            const size_t at = (size_t)position_of(step, b, i) * r->half;
            for (size_t h = 0; h < r->heads; h++) {
                const size_t place = b * r->batch + h * r->head + i * r->row;
                turn_head(r, (const float *)step->in[X] + place, (const float *)step->in[COSINES] + at,
                          (const float *)step->in[SINES] + at, (float *)step->out[0] + place);
            }
        }
}

OP_PREPARE(rotary) {
    struct rotary r;
    if (!read_rotary(site, &r, err))
        return false;
    if (r.batches * r.heads == 0)
        r.rows = 0;
    step->verify = verify_rotary;
    step->run = run_rotary;
    return step_params(step, &r, sizeof r, arena, err);
}

struct tensor_scatter {
    size_t outer, room, count, row_bytes, bytes, prefixes; /* prefixes: for each batch */
    bool circular, placed;
};

OP_CHECK(tensor_scatter) {
    const struct msw_type *x = &site->inputs[0], *y = &site->inputs[1];
    int32_t axis;
    if (!site_axis(site, "axis", -2, x->rank, &axis, err))
        return false;
    bool fits = axis > 0 && y->dtype == x->dtype && y->rank == x->rank;
    for (int32_t i = 0; fits && i < x->rank; i++)
        fits = i == axis ? y->dims[i] <= x->dims[i] : y->dims[i] == x->dims[i];
    if (!fits)
        return error_set(err, MSW_INVALID, "%t does not fit into %t along axis %d, which must not be 0", y, x, axis);
    if (site_has(site, 2)) {
        const struct msw_type *at = &site->inputs[2];
        if (at->dtype != MSW_INT64 || at->rank != 1 || at->dims[0] != x->dims[0])
            return error_set(err, MSW_INVALID, "write_indices must be int64[%d], got %t", x->dims[0], at);
    }
    site->outputs[0] = *x;
    return true;
}

static bool verify_tensor_scatter(const struct step *step, struct error *err) {
    const struct tensor_scatter *p = step->params;
    const int64_t *at = p->placed ? step->in[2] : NULL;
    for (size_t b = 0; at && p->prefixes > 0 && b < p->outer / p->prefixes; b++) {
        const int64_t most = p->circular ? INT64_MAX : (int64_t)(p->room - p->count);
        if (at[b] < 0 || at[b] > most)
            return error_set(err, MSW_INVALID, "write index %l is outside 0 to %l", at[b], most);
    }
    return true;
}

static void run_tensor_scatter(const struct step *step) {
    const struct tensor_scatter *p = step->params;
    const unsigned char *y = step->in[1];
    unsigned char *z = step->out[0];
    if (p->bytes > 0 && z != step->in[0])
        memcpy(z, step->in[0], p->bytes);
    for (size_t o = 0; o < p->outer; o++) {
        const size_t first = p->placed ? (size_t)((const int64_t *)step->in[2])[o / p->prefixes] % p->room : 0;
        for (size_t i = 0; i < p->count; i++, y += p->row_bytes) {
            const size_t at = (first + i) % p->room;
            memcpy(z + (o * p->room + at) * p->row_bytes, y, p->row_bytes);
        }
    }
}

OP_PREPARE(tensor_scatter) {
    const struct msw_type *x = &site->inputs[0], *y = &site->inputs[1];
    int32_t axis;
    if (!site_axis(site, "axis", -2, x->rank, &axis, err))
        return false;
    const bool any = type_elements(y) > 0;
    const struct tensor_scatter p = {.outer = any ? type_extent(x, 0, axis) : 0,
                                     .prefixes = any ? type_extent(x, 1, axis) : 1,
                                     .room = (size_t)x->dims[axis],
                                     .count = (size_t)y->dims[axis],
                                     .row_bytes = type_extent(x, axis + 1, x->rank) * dtype_info(x->dtype)->bytes,
                                     .bytes = type_bytes(x),
                                     .circular = site_int(site, "circular", 0) != 0,
                                     .placed = site_has(site, 2)};
    step->verify = verify_tensor_scatter;
    step->run = run_tensor_scatter;
    return step_params(step, &p, sizeof p, arena, err);
}
