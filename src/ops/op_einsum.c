/* op_einsum.c - Einsum of one or two operands: labels sort into batch, rows, columns and depth of a matrix product, between two permutations. Of more
 * operands, or of float64: one loop for each label. */
#include <string.h>

#include "kernels/hot/gemm_f32.h"
#include "ops/boxes.h"
#include "ops/equation.h"
#include "ops/rows.h"

enum { OUT = EQUATION_ANSWER };

OP_CHECK(einsum) {
    struct equation e;
    for (uint32_t i = 1; i < site->input_count; i++)
        if (site->inputs[i].dtype != site->inputs[0].dtype)
            return error_set(err, MSW_INVALID, "operands must have one data type, got %t and %t", &site->inputs[0],
                             &site->inputs[i]);
    if (!equation_read(site, &e, err))
        return false;
    site->outputs[0] = (struct msw_type){.dtype = site->inputs[0].dtype, .rank = e.rank[OUT]};
    for (int32_t i = 0; i < e.count; i++)
        for (int32_t axis = 0; axis < e.rank[OUT]; axis++)
            if (e.labels[i].axes[OUT] >> axis & 1)
                site->outputs[0].dims[axis] = e.labels[i].size;
    return true;
}

/* What a label is in the product; SUMS: of one operand alone, summed up before. */
enum role { BATCH, ROWS, COLUMNS, DEPTH, SUMS };

static enum role role_of(const struct label *l) {
    const bool a = l->axes[0] != 0, b = l->axes[1] != 0, z = l->axes[OUT] != 0;
    if (a && b)
        return z ? BATCH : DEPTH;
    return !z ? SUMS : a ? ROWS : COLUMNS;
}

/* A multiply-add for each combination of the letters that the product knows, and the sums before it. */
OP_WORK(einsum) {
    struct equation e;
    struct error unheard = {0};
    uint64_t products = site->input_count > 1 ? 2 : 0, sums = 0;
    if (!equation_read(site, &e, &unheard)) /* not after check */
        return;
    for (int32_t i = 0; i < e.count; i++)
        if (site->input_count > 2 || role_of(&e.labels[i]) != SUMS)
            products *= (uint64_t)e.labels[i].size;
        else
            sums += type_elements(&site->inputs[e.labels[i].axes[0] ? 0 : 1]);
    work->operations = products + sums;
}

/* Labels of tensor `t` with one role become axes of a walk through it, outermost first. Returns their product. */
static size_t add_role(const struct equation *e, enum role role, int32_t t, const struct msw_type *type,
                       struct walk *w) {
    size_t product = 1;
    for (int32_t i = 0; i < e->count; i++) {
        const struct label *l = &e->labels[i];
        if (role_of(l) != role || l->axes[t] == 0)
            continue;
        walk_axis(w, l->size, label_step(l, t, type));
        product *= (size_t)l->size;
    }
    return product;
}

/* The box of a walk: z dense. */
static bool dense_box(const struct walk *w, bool from_dense, struct box *box) {
    ptrdiff_t dense[BOX_MAX_LOOPS], unit = 1;
    for (int32_t i = w->rank; i-- > 0; unit *= w->dims[i])
        dense[i] = unit;
    return from_dense ? box_of_axes(w->rank, w->dims, dense, w->steps, box)
                      : box_of_axes(w->rank, w->dims, w->steps, dense, box);
}

struct einsum_params {
    struct box operand[2], answer;
    size_t elements[2], sums[2]; /* of an operand in its order, before and per sum */
    size_t batch, rows, columns, depth;
    size_t b_at, panels_at, z_at; /* in the scratch, in floats */
    int32_t operands;
    bool empty, nothing_to_sum;
};

/* Permute an operand, and sum up the labels behind all others. */
static float *ordered(const struct einsum_params *p, int32_t t, const void *x, float *z) {
    move_box(x, z, &p->operand[t], sizeof *z);
    for (size_t i = 0; p->sums[t] != 1 && i < p->elements[t] / p->sums[t]; i++) {
        float sum = 0;
        for (size_t k = 0; k < p->sums[t]; k++)
            sum += z[i * p->sums[t] + k];
        z[i] = sum;
    }
    return z;
}

static void run_einsum(const struct step *step) {
    const struct einsum_params *p = step->params;
    float *scratch = step->scratch, *panels = scratch + p->panels_at, *z = scratch + p->z_at;
    if (p->empty)
        return;
    if (p->nothing_to_sum) {
        memset(step->out[0], 0, p->batch * p->rows * p->columns * sizeof(float));
        return;
    }
    const float *a = ordered(p, 0, step->in[0], scratch);
    if (p->operands == 1) {
        move_box(a, step->out[0], &p->answer, sizeof *a);
        return;
    }
    const float *b = ordered(p, 1, step->in[1], scratch + p->b_at);
    for (size_t i = 0; i < p->batch; i++) {
        memset(panels, 0, panel_columns(p->columns) * p->depth * sizeof *panels);
        pack_columns_f32(b + i * p->columns * p->depth, 0, p->columns, p->depth, 1, panels);
        gemm_f32(a + i * p->rows * p->depth, p->depth, p->rows, p->depth, panels, p->columns,
                 z + i * p->rows * p->columns, p->columns, NULL);
    }
    move_box(z, step->out[0], &p->answer, sizeof *z);
}

/* Without a product: all combinations of labels, those of the answer outermost. */
struct loops_params {
    int32_t count, summed_from, operands;
    size_t dims[EQUATION_LABELS], outputs;
    ptrdiff_t steps[EQUATION_LABELS][EQUATION_OPERANDS];
    bool wide, nothing_to_sum;
};

/* One turn of labels [first, end), the last fastest: false when all are at their start again. */
static bool turn(const struct loops_params *p, int32_t first, int32_t end, size_t *index, ptrdiff_t *at) {
    for (int32_t i = end; i-- > first;) {
        const bool more = ++index[i] < p->dims[i];
        for (int32_t t = 0; t < p->operands; t++)
            at[t] += more ? p->steps[i][t] : -p->steps[i][t] * (ptrdiff_t)(p->dims[i] - 1);
        if (more)
            return true;
        index[i] = 0;
    }
    return false;
}

static void run_loops(const struct step *step) {
    const struct loops_params *p = step->params;
    size_t index[EQUATION_LABELS] = {0};
    ptrdiff_t at[EQUATION_OPERANDS] = {0};
    for (size_t o = 0; o < p->outputs; o++) {
        double sum = 0;
        do {
            double product = 1;
            for (int32_t t = 0; !p->nothing_to_sum && t < p->operands; t++)
                product *= p->wide ? ((const double *)step->in[t])[at[t]] : (double)((const float *)step->in[t])[at[t]];
            sum += p->nothing_to_sum ? 0 : product;
        } while (!p->nothing_to_sum && turn(p, p->summed_from, p->count, index, at));
        if (p->wide)
            ((double *)step->out[0])[o] = sum;
        else
            ((float *)step->out[0])[o] = (float)sum;
        turn(p, 0, p->summed_from, index, at);
    }
}

static bool prepare_loops(const struct op_site *site, const struct equation *e, struct step *step, struct arena *arena,
                          struct error *err) {
    struct loops_params p = {.count = e->count,
                             .operands = e->operands,
                             .outputs = type_elements(&site->outputs[0]),
                             .wide = site->inputs[0].dtype == MSW_FLOAT64};
    int32_t at = e->rank[OUT];
    p.summed_from = at;
    for (int32_t i = 0; i < e->count; i++) {
        const struct label *l = &e->labels[i];
        const int32_t place = l->axes[OUT] ? __builtin_ctz(l->axes[OUT]) : at++;
        p.dims[place] = (size_t)l->size;
        p.nothing_to_sum |= l->size == 0;
        for (int32_t t = 0; t < e->operands; t++)
            p.steps[place][t] = label_step(l, t, &site->inputs[t]);
    }
    step->run = run_loops;
    return step_params(step, &p, sizeof p, arena, err);
}

OP_PREPARE(einsum) {
    struct equation e;
    struct einsum_params p = {.operands = (int32_t)site->input_count, .elements = {1, 1}, .sums = {1, 1}};
    struct walk w[2] = {0}, answer = {0};
    if (!equation_read(site, &e, err))
        return false;
    if (e.operands > 2 || site->inputs[0].dtype == MSW_FLOAT64)
        return prepare_loops(site, &e, step, arena, err);
    for (int32_t t = 0; t < p.operands; t++) {
        const struct msw_type *x = &site->inputs[t];
        p.batch = add_role(&e, BATCH, t, x, &w[t]);
        size_t *own = t ? &p.columns : &p.rows;
        *own = add_role(&e, t ? COLUMNS : ROWS, t, x, &w[t]);
        p.depth = add_role(&e, DEPTH, t, x, &w[t]);
        p.sums[t] = add_role(&e, SUMS, t, x, &w[t]);
        const uint64_t all = (uint64_t)p.batch * *own * p.depth * p.sums[t];
        if (all > TYPE_MAX_BYTES) /* what is broadcast is written out */
            return error_set(err, MSW_LIMIT, "operand %d would have %l elements, at most %l", t, (int64_t)all,
                             (int64_t)TYPE_MAX_BYTES);
        p.elements[t] = (size_t)all;
        p.nothing_to_sum |= !dense_box(&w[t], false, &p.operand[t]);
    }
    if (p.operands == 1)
        p.columns = 1;
    for (enum role role = BATCH; role <= COLUMNS; role++)
        add_role(&e, role, OUT, &site->outputs[0], &answer);
    p.empty = !dense_box(&answer, true, &p.answer);
    const uint64_t b_at = p.elements[0], panels_at = b_at + (p.operands == 2 ? p.elements[1] : 0);
    const uint64_t z_at = panels_at + (p.operands == 2 ? (uint64_t)panel_columns(p.columns) * p.depth : 0);
    const uint64_t end = z_at + (p.operands == 2 ? type_elements(&site->outputs[0]) : 0);
    p.b_at = (size_t)b_at;
    p.panels_at = (size_t)panels_at;
    p.z_at = (size_t)z_at;
    step->run = run_einsum;
    return step_scratch(step, end * sizeof(float), err) && step_params(step, &p, sizeof p, arena, err);
}
