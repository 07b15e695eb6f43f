/* attention_f32.c - for each head k and v into panels; for each block of rows a product, what is done to it, softmax, a product. */
#include "kernels/hot/attention_f32.h"

#include <stdbool.h>
#include <string.h>

#include "base/round.h"
#include "kernels/hot/gemm_f32.h"
#include "kernels/hot/softmax.h"

/* Scores of one block: what stays in a first-level cache beside a panel. Blocks are of whole tiles, and of about the same height. */
enum { BLOCK_FLOATS = 8 * 1024, WHOLE_TILES = 2 * TILE_ROWS };

static size_t block_rows(const struct attention *a) {
    const size_t fit = BLOCK_FLOATS / a->keys / WHOLE_TILES * WHOLE_TILES, most = fit > 0 ? fit : WHOLE_TILES;
    const size_t rows = divide_up(divide_up(a->rows, divide_up(a->rows, most)), WHOLE_TILES) * WHOLE_TILES;
    return rows < a->rows ? rows : a->rows;
}

size_t attention_head_blocks(const struct attention *a) {
    return divide_up(a->rows, block_rows(a));
}

size_t attention_blocks(const struct attention *a) {
    return a->batches * a->heads * attention_head_blocks(a);
}

/* Where a call works: panels of k and v, a block of q where it cannot be read as it lies, a block of scores. */
struct room {
    float *k, *v, *q, *scores;
};

static bool changes(const struct attention *a, enum attention_target target) {
    for (size_t i = 0; i < a->operand_count; i++)
        if (a->operands[i].target == target)
            return true;
    return false;
}

static bool copies_q(const struct attention *a) {
    return a->q.steps[3] != 1 || changes(a, ON_Q);
}

uint64_t attention_scratch(const struct attention *a) {
    const uint64_t k = (uint64_t)panel_columns(a->keys) * a->depth, v = (uint64_t)panel_columns(a->width) * a->keys;
    const uint64_t rows = block_rows(a), q = copies_q(a) ? rows * a->depth : 0;
    return k + v + q + rows * a->keys;
}

static struct room room_of(const struct attention *a, float *scratch) {
    struct room room = {.k = scratch};
    room.v = room.k + panel_columns(a->keys) * a->depth;
    room.q = room.v + panel_columns(a->width) * a->keys;
    room.scores = room.q + (copies_q(a) ? block_rows(a) * a->depth : 0);
    return room;
}

static size_t place(const struct attention_place *p, size_t head, size_t heads, size_t row) {
    return p->first + head / heads * p->steps[0] + head % heads * p->steps[1] + row * p->steps[2];
}

/* n elements, `step` apart, one behind the other. */
static void copy_row(const float *x, size_t step, size_t n, float *z) {
    for (size_t i = 0; i < n; i++)
        z[i] = x[i * step];
}

/* The numbers that q or k is multiplied or divided by. */
static void apply_numbers(const struct attention *a, const struct attention_data *data, enum attention_target target,
                          float *x, size_t n) {
    for (size_t i = 0; i < a->operand_count; i++)
        if (a->operands[i].target == target)
            a->operands[i].kernel(x, data->operands[i], x, n, 1, 0);
}

static void pack_head(const struct attention *a, const struct attention_data *data, size_t head,
                      const struct room *room) {
    const size_t *k = a->k.steps, *v = a->v.steps;
    pack_f32(data->k + place(&a->k, head, a->heads, 0), k[3], k[2], a->depth, a->keys, room->k);
    pack_f32(data->v + place(&a->v, head, a->heads, 0), v[2], v[3], a->keys, a->width, room->v);
    apply_numbers(a, data, ON_K, room->k, panel_columns(a->keys) * a->depth);
}

/* What is done to the scores of a block, operand by operand: so each goes over them while they are in the cache. */
static void apply_operands(const struct attention *a, const struct attention_data *data, size_t head, size_t first,
                           size_t rows, float *scores) {
    for (size_t i = 0; i < a->operand_count; i++) {
        const struct attention_operand *o = &a->operands[i];
        const struct attention_place at = {.steps = {o->steps[0], o->steps[1], o->steps[2]}};
        const float *y = (const float *)data->operands[i] + place(&at, head, a->heads, first);
        if (o->target != ON_SCORES)
            continue;
        if (o->steps[2] ==
            o->steps[3] * a->keys) { /* all rows as one: a single number, or elements that lie as the scores do */
            o->kernel(scores, y, scores, rows * a->keys, 1, o->steps[3]);
            continue;
        }
        for (size_t r = 0; r < rows; r++)
            o->kernel(scores + r * a->keys, y + r * o->steps[2], scores + r * a->keys, a->keys, 1, o->steps[3]);
    }
}

static void do_block(const struct attention *a, const struct attention_data *data, size_t head, size_t first,
                     size_t rows, const struct room *room) {
    const float *q = data->q + place(&a->q, head, a->heads, first);
    size_t ldq = a->q.steps[2];
    if (copies_q(a)) {
        for (size_t r = 0; r < rows; r++)
            copy_row(q + r * ldq, a->q.steps[3], a->depth, room->q + r * a->depth);
        apply_numbers(a, data, ON_Q, room->q, rows * a->depth);
        q = room->q;
        ldq = a->depth;
    }
    gemm_f32(q, ldq, rows, a->depth, room->k, a->keys, room->scores, a->keys, NULL);
    apply_operands(a, data, head, first, rows, room->scores);
    for (size_t r = 0; r < rows; r++)
        softmax_weights_f32(room->scores + r * a->keys, a->keys);
    gemm_f32(room->scores, a->keys, rows, a->keys, room->v, a->width, data->z + place(&a->z, head, a->heads, first),
             a->z.steps[2], NULL);
}

void attention_f32(const struct attention *a, const struct attention_data *data, size_t begin, size_t end,
                   float *scratch) {
    const struct room room = room_of(a, scratch);
    const size_t blocks = attention_head_blocks(a), most = block_rows(a);
    for (size_t i = begin; i < end; i++) {
        const size_t head = i / blocks, first = i % blocks * most;
        if (i == begin || first == 0)
            pack_head(a, data, head, &room);
        do_block(a, data, head, first, a->rows - first < most ? a->rows - first : most, &room);
    }
}
