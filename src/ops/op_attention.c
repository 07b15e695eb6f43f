/* op_attention.c - Attention: both products and the Softmax between them, over tensors that lie wherever steps can tell. The pass of that name makes it. */
#include <string.h>

#include "base/pool.h"
#include "kernels/hot/attention_f32.h"
#include "ops/rows.h"

enum { AXES = 4, ROWS = 2, COLUMNS = 3, DIMS = 6, FIRST_OPERAND = 3 };

/* Below so many multiplications a thread costs more than it brings. */
static const double LEAST_WORK = 50 * 1000;

/* The axes of x0, x1, x2 and of the scores: batches, heads, then rows and depth, keys and depth, keys and width, rows and keys. */
struct attention_dims {
    int32_t q[AXES], k[AXES], v[AXES], scores[AXES];
};

/* Attribute dims, or those of x0, x1 and x2. */
static bool read_dims(const struct op_site *site, struct attention_dims *d, struct error *err) {
    const struct msw_type *q = &site->inputs[0], *k = &site->inputs[1], *v = &site->inputs[2];
    const struct attr *dims = site_attr(site, "dims");
    int64_t n[DIMS];
    if (dims->given ? dims->count != DIMS : q->rank != AXES || k->rank != AXES || v->rank != AXES)
        return error_set(err, MSW_INVALID, "needs dims of %d numbers, or three tensors of rank %d, got %t, %t and %t",
                         (int32_t)DIMS, (int32_t)AXES, q, k, v);
    for (int32_t i = 0; i < DIMS; i++) {
        n[i] = dims->given ? dims->ints[i]
               : i < 3     ? q->dims[i]
               : i == 3    ? k->dims[2]
               : i == 4    ? q->dims[3]
                           : v->dims[3];
        if (n[i] < 0 || n[i] > INT32_MAX)
            return error_set(err, MSW_INVALID, "dims[%d] is %l", i, n[i]);
    }
    const int32_t batches = (int32_t)n[0], heads = (int32_t)n[1], rows = (int32_t)n[2], keys = (int32_t)n[3],
                  depth = (int32_t)n[4], width = (int32_t)n[5];
    *d = (struct attention_dims){.q = {batches, heads, rows, depth},
                                 .k = {batches, heads, keys, depth},
                                 .v = {batches, heads, keys, width},
                                 .scores = {batches, heads, rows, keys}};
    return true;
}

/* Elements that lie as `dims` say, without attribute `name`. */
static bool dense_place(const char *name, const struct msw_type *x, const int32_t *dims, struct attention_place *p,
                        struct error *err) {
    bool same = x->rank == AXES;
    for (int32_t i = 0; same && i < AXES; i++)
        same = x->dims[i] == dims[i];
    if (!same)
        return error_set(err, MSW_INVALID, "without %s its tensor is [%d,%d,%d,%d], not %t", name, dims[0], dims[1],
                         dims[2], dims[3], x);
    for (int32_t i = 0; i < AXES; i++)
        p->steps[i] = type_extent(x, i + 1, AXES);
    return true;
}

/* Where input `input` lies: attribute `name` has its first element and a step for each axis. */
static bool read_place(const struct op_site *site, const char *name, uint32_t input, const int32_t *dims,
                       struct attention_place *p, struct error *err) {
    const struct msw_type *x = &site->inputs[input];
    const struct attr *at = site_attr(site, name);
    *p = (struct attention_place){0};
    if (x->dtype != site->inputs[0].dtype)
        return error_set(err, MSW_INVALID, "inputs must have one data type, got %t and %t", &site->inputs[0], x);
    if (!at->given)
        return dense_place(name, x, dims, p, err);
    if (at->count != AXES + 1)
        return error_set(err, MSW_INVALID, "%s must have %d numbers, got %d", name, (int32_t)AXES + 1, at->count);
    size_t elements, bytes;
    if (!type_sizes(x, &elements, &bytes))
        return error_set(err, MSW_INVALID, "%t is too large", x);
    int64_t last = at->ints[0];
    bool any = true, inside = last >= 0 && last <= INT32_MAX;
    for (int32_t i = 0; inside && i < AXES; i++) {
        const int64_t step = at->ints[i + 1];
        any &= dims[i] > 0;
        inside = step >= (i < ROWS || dims[i] < 2 ? 0 : 1) && step <= INT32_MAX;
        last += dims[i] > 0 && inside ? step * (dims[i] - 1) : 0;
        p->steps[i] = (size_t)step;
        inside &= last <= INT32_MAX;
    }
    if (!inside || (any && last >= (int64_t)elements))
        return error_set(err, MSW_INVALID, "the first element and the steps of %s lead out of %t", name, x);
    p->first = (size_t)at->ints[0];
    return true;
}

/* Without attribute perm [N,H,S,E]. The last axis stays, those that are left out are 1. */
static bool read_perm(const struct op_site *site, const struct attention_dims *d, struct attention_place *z,
                      struct error *err) {
    static const int64_t usual[AXES] = {0, 1, 2, 3};
    const struct attr *given = site_attr(site, "perm");
    const int64_t *perm = given->given ? given->ints : usual;
    const int32_t rank = given->given ? given->count : AXES, dims[AXES] = {d->q[0], d->q[1], d->q[2], d->v[3]};
    uint32_t seen = 0;
    bool fits = rank >= 1 && rank <= AXES && perm[rank - 1] == COLUMNS;
    for (int32_t i = 0; fits && i < rank; i++) {
        fits = perm[i] >= 0 && perm[i] < AXES && (seen >> perm[i] & 1) == 0;
        seen |= fits ? 1u << perm[i] : 0;
    }
    for (int32_t i = 0; fits && i < AXES; i++)
        fits = (seen >> i & 1) || dims[i] == 1;
    if (!fits)
        return error_set(err, MSW_INVALID,
                         "perm must end with 3 and hold the axes of [%d,%d,%d,%d] that are not 1, each once", dims[0],
                         dims[1], dims[2], dims[3]);
    struct msw_type *type = &site->outputs[0];
    *type = (struct msw_type){.dtype = site->inputs[0].dtype, .rank = rank};
    *z = (struct attention_place){0};
    size_t step = 1;
    for (int32_t i = rank; i-- > 0; step *= (size_t)dims[perm[i]]) {
        type->dims[i] = dims[perm[i]];
        z->steps[perm[i]] = step;
    }
    return true;
}

/* What attribute score says of an operand: kernel number % 4, on target number / 4. */
static const binary_kernel kernels[] = {add_f32, sub_f32, mul_f32, div_f32};
enum { KERNELS = sizeof kernels / sizeof kernels[0], TARGETS = 3 };

/* A number for q and k, for the scores whatever can be broadcast to them. */
static bool read_operand(const struct op_site *site, uint32_t i, const struct attention_dims *d,
                         struct attention_operand *o, struct error *err) {
    const struct msw_type *y = &site->inputs[FIRST_OPERAND + i];
    const int64_t number = site_attr(site, "score")->ints[i];
    if (number < 0 || number >= KERNELS * TARGETS)
        return error_set(err, MSW_INVALID, "score[%d] is %l, not one of 0 to %d", (int32_t)i, number,
                         KERNELS * TARGETS - 1);
    *o = (struct attention_operand){.target = (enum attention_target)(number / KERNELS),
                                    .kernel = kernels[number % KERNELS]};
    bool fits = y->dtype == site->inputs[0].dtype && y->rank <= AXES;
    size_t step = 1;
    for (int32_t a = AXES; fits && a-- > AXES - y->rank; step *= (size_t)y->dims[a - (AXES - y->rank)]) {
        const int32_t dim = y->dims[a - (AXES - y->rank)];
        fits = dim == 1 || (dim == d->scores[a] && o->target == ON_SCORES);
        o->steps[a] = dim == 1 ? 0 : step;
    }
    return fits ||
           error_set(err, MSW_INVALID, "%t cannot be broadcast to what score[%d] says it changes", y, (int32_t)i);
}

static bool read_operands(const struct op_site *site, const struct attention_dims *d, struct attention *a,
                          struct error *err) {
    const struct attr *score = site_attr(site, "score");
    const uint32_t count = site->input_count - FIRST_OPERAND;
    if (count > ATTENTION_OPERANDS || (score->given ? (uint32_t)score->count : 0) != count)
        return error_set(err, MSW_INVALID,
                         "score must have a number for each input from x3 on, at most %d, got %d of %d",
                         (int32_t)ATTENTION_OPERANDS, score->given ? score->count : 0, (int32_t)count);
    a->operand_count = count;
    for (uint32_t i = 0; i < count; i++)
        if (!read_operand(site, i, d, &a->operands[i], err))
            return false;
    return true;
}

static bool read_attention(const struct op_site *site, struct attention *a, struct error *err) {
    struct attention_dims d;
    if (!read_dims(site, &d, err) || !read_place(site, "q", 0, d.q, &a->q, err) ||
        !read_place(site, "k", 1, d.k, &a->k, err) || !read_place(site, "v", 2, d.v, &a->v, err) ||
        !read_perm(site, &d, &a->z, err))
        return false;
    a->batches = (size_t)d.q[0];
    a->heads = (size_t)d.q[1];
    a->rows = (size_t)d.q[2];
    a->keys = (size_t)d.k[2];
    a->depth = (size_t)d.q[3];
    a->width = (size_t)d.v[3];
    return read_operands(site, &d, a, err);
}

OP_CHECK(attention) {
    struct attention a;
    return read_attention(site, &a, err);
}

/* Both products, what is done to the scores, and five operations of a softmax. A tensor that is given three times is read once, in parts. */
OP_WORK(attention) {
    struct attention a;
    struct error unheard;
    error_clear(&unheard);
    if (!read_attention(site, &a, &unheard))
        return;
    const uint64_t matrices = (uint64_t)a.batches * a.heads, scores = matrices * a.rows * a.keys;
    work->operations = scores * (2 * (a.depth + a.width) + a.operand_count + 5);
    for (uint32_t i = 0; i < FIRST_OPERAND; i++)
        work->bytes -= type_bytes(&site->inputs[i]);
    work->bytes += matrices * ((uint64_t)a.rows * a.depth + (uint64_t)a.keys * (a.depth + a.width)) *
                   dtype_info(site->inputs[0].dtype)->bytes;
}

struct attention_params {
    struct attention attention;
    size_t blocks, grain, scratch; /* floats for each thread */
};

static struct attention_data data_of(const struct step *step) {
    return (struct attention_data){
        .q = step->in[0], .k = step->in[1], .v = step->in[2], .operands = step->in + FIRST_OPERAND, .z = step->out[0]};
}

static void do_blocks(const void *context, uint32_t worker, size_t begin, size_t end) {
    const struct step *step = context;
    const struct attention_params *p = step->params;
    const struct attention_data data = data_of(step);
    attention_f32(&p->attention, &data, begin, end, (float *)step->scratch + worker * p->scratch);
}

static void run_attention(const struct step *step) {
    const struct attention_params *p = step->params;
    pool_for(p->blocks, p->grain, do_blocks, step);
}

/* Without keys the sums are empty. */
static void run_empty(const struct step *step) {
    const size_t *bytes = step->params;
    memset(step->out[0], 0, *bytes);
}

/* Whole heads where there are enough for all threads: a head that is shared is packed by each of them. */
static size_t grain_of(const struct attention *a) {
    const size_t heads = a->batches * a->heads, blocks = attention_head_blocks(a);
    const size_t grain = heads >= 4 * (size_t)pool_threads() ? blocks : 1;
    /* Rows may overlap, so that there are more products than 64 bits hold. */
    const double width = (double)a->depth + (double)a->width,
                 work = (double)a->rows * (double)a->keys * width / (double)blocks * (double)grain;
    return work >= LEAST_WORK ? grain : (size_t)(LEAST_WORK / (work + 1) + 1) * grain;
}

OP_PREPARE(attention) {
    struct attention_params p;
    if (!read_attention(site, &p.attention, err))
        return false;
    const size_t bytes = type_bytes(&site->outputs[0]);
    if (bytes == 0 || p.attention.keys == 0) {
        step->run = run_empty;
        return step_params(step, &bytes, sizeof bytes, arena, err);
    }
    const uint64_t scratch = (attention_scratch(&p.attention) + 3) / 4 * 4;
    p.blocks = attention_blocks(&p.attention);
    p.grain = grain_of(&p.attention);
    p.scratch = (size_t)scratch;
    step->run = run_attention;
    return step_scratch(step, scratch * sizeof(float) * pool_threads(), err) &&
           step_params(step, &p, sizeof p, arena, err);
}
