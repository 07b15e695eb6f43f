/* op_einsum.c - Einsum of one or two operands: labels sort into batch, rows, columns and depth of a matrix product, between two permutations. */
#include <string.h>

#include "kernels/hot/gemm_f32.h"
#include "ops/boxes.h"
#include "ops/rows.h"

enum { MAX_LABELS = 2 * MSW_MAX_RANK, OUT = 2, TENSORS = 3 };

/* A letter: its size, and which axis it is of the operands and of the answer; -1: of none. */
struct label {
    int64_t name;
    int32_t size, axis[TENSORS];
};

struct equation {
    int32_t count, operands, rank[TENSORS];
    struct label labels[MAX_LABELS];
};

static struct label *find_label(struct equation *e, int64_t name) {
    for (int32_t i = 0; i < e->count; i++)
        if (e->labels[i].name == name)
            return &e->labels[i];
    return NULL;
}

static bool is_letter(int64_t c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool bad_equation(const char *what, int32_t at, struct error *err) {
    return error_set(err, MSW_INVALID, "character %d of the equation: %s", at, what);
}

/* One letter of tensor `t`, which is the operand `x` or, where x is NULL, the answer. */
static bool take_letter(struct equation *e, int64_t name, int32_t t, const struct msw_type *x, int32_t at,
                        struct error *err) {
    struct label *l = find_label(e, name);
    const int32_t axis = e->rank[t];
    if (x && axis >= x->rank)
        return error_set(err, MSW_INVALID, "the equation has more letters than %x has dims", x);
    if (!x && (!l || axis >= MSW_MAX_RANK))
        return bad_equation("a letter of no operand, or one too many", at, err);
    if (!l) {
        l = &e->labels[e->count++];
        *l = (struct label){.name = name, .size = x->dims[axis], .axis = {-1, -1, -1}};
    }
    if (l->axis[t] >= 0)
        return bad_equation("a letter that its tensor has twice", at, err);
    if (x && l->size != x->dims[axis])
        return error_set(err, MSW_INVALID, "a letter stands for %d and for %d elements", l->size, x->dims[axis]);
    l->axis[t] = e->rank[t]++;
    return true;
}

/* Without an arrow: the letters of one operand alone, in alphabetical order. */
static void imply_answer(struct equation *e) {
    for (int64_t c = 'A'; c <= 'z'; c++) {
        struct label *l = find_label(e, c);
        if (l && (l->axis[0] < 0 || l->axis[1] < 0))
            l->axis[OUT] = e->rank[OUT]++;
    }
}

/* Attribute equation holds characters: letters of the operands, a comma between them, -> and the letters of the answer. */
static bool read_equation(const struct op_site *site, struct equation *e, struct error *err) {
    const struct attr *text = site_attr(site, "equation");
    int32_t t = 0;
    *e = (struct equation){.operands = (int32_t)site->input_count};
    for (int32_t i = 0; i < text->count; i++) {
        const int64_t c = text->ints[i];
        if (c == ' ')
            continue;
        if (c == ',' && t + 1 < e->operands) {
            t++;
        } else if (c == '-' && i + 1 < text->count && text->ints[i + 1] == '>' && t + 1 == e->operands) {
            t = OUT;
            i++;
        } else if (!is_letter(c)) {
            return bad_equation("neither a letter nor a comma between operands nor ->", i, err);
        } else if (!take_letter(e, c, t, t == OUT ? NULL : &site->inputs[t], i, err)) {
            return false;
        }
    }
    if (t != OUT && t + 1 == e->operands)
        imply_answer(e);
    else if (t != OUT)
        return error_set(err, MSW_INVALID, "the equation has %d operands, the inputs are %d", t + 1, e->operands);
    for (int32_t i = 0; i < e->operands; i++)
        if (e->rank[i] != site->inputs[i].rank)
            return error_set(err, MSW_INVALID, "the equation has %d letters for %x", e->rank[i], &site->inputs[i]);
    return true;
}

OP_CHECK(einsum) {
    struct equation e;
    if (site->input_count == 2 && site->inputs[1].dtype != site->inputs[0].dtype)
        return error_set(err, MSW_INVALID, "operands must have one data type, got %t and %t", &site->inputs[0],
                         &site->inputs[1]);
    if (!read_equation(site, &e, err))
        return false;
    if (e.rank[OUT] > MSW_MAX_RANK)
        return error_set(err, MSW_INVALID, "the answer would have %d dims", e.rank[OUT]);
    site->outputs[0] = (struct msw_type){.dtype = site->inputs[0].dtype, .rank = e.rank[OUT]};
    for (int32_t i = 0; i < e.count; i++)
        if (e.labels[i].axis[OUT] >= 0)
            site->outputs[0].dims[e.labels[i].axis[OUT]] = e.labels[i].size;
    return true;
}

/* What a label is in the product; SUMS: of one operand alone, summed up before. */
enum role { BATCH, ROWS, COLUMNS, DEPTH, SUMS };

static enum role role_of(const struct label *l) {
    const bool a = l->axis[0] >= 0, b = l->axis[1] >= 0, z = l->axis[OUT] >= 0;
    if (a && b)
        return z ? BATCH : DEPTH;
    return !z ? SUMS : a ? ROWS : COLUMNS;
}

/* A multiply-add for each combination of the letters that the product knows, and the sums before it. */
OP_WORK(einsum) {
    struct equation e;
    struct error unheard = {0};
    uint64_t products = site->input_count == 2 ? 2 : 0, sums = 0;
    if (!read_equation(site, &e, &unheard)) /* not after check */
        return;
    for (int32_t i = 0; i < e.count; i++)
        if (role_of(&e.labels[i]) != SUMS)
            products *= (uint64_t)e.labels[i].size;
        else
            sums += type_elements(&site->inputs[e.labels[i].axis[0] >= 0 ? 0 : 1]);
    work->operations = products + sums;
}

/* Labels of tensor `t` with one role become axes of a walk through it, outermost first. Returns their product. */
static size_t add_role(const struct equation *e, enum role role, int32_t t, const ptrdiff_t *steps, struct walk *w) {
    size_t product = 1;
    for (int32_t i = 0; i < e->count; i++) {
        const struct label *l = &e->labels[i];
        if (role_of(l) != role || l->axis[t] < 0)
            continue;
        walk_axis(w, l->size, steps[l->axis[t]]);
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

OP_PREPARE(einsum) {
    struct equation e;
    struct einsum_params p = {.operands = (int32_t)site->input_count, .elements = {1, 1}, .sums = {1, 1}};
    struct walk w[TENSORS] = {0};
    ptrdiff_t steps[TENSORS][MSW_MAX_RANK];
    if (!read_equation(site, &e, err))
        return false;
    for (int32_t t = 0; t < p.operands; t++) {
        dense_steps(&site->inputs[t], steps[t]);
        p.batch = add_role(&e, BATCH, t, steps[t], &w[t]);
        *(t ? &p.columns : &p.rows) = add_role(&e, t ? COLUMNS : ROWS, t, steps[t], &w[t]);
        p.depth = add_role(&e, DEPTH, t, steps[t], &w[t]);
        p.sums[t] = add_role(&e, SUMS, t, steps[t], &w[t]);
        p.elements[t] = type_elements(&site->inputs[t]);
        p.nothing_to_sum |= !dense_box(&w[t], false, &p.operand[t]);
    }
    if (p.operands == 1)
        p.columns = 1;
    dense_steps(&site->outputs[0], steps[OUT]);
    for (enum role role = BATCH; role <= COLUMNS; role++)
        add_role(&e, role, OUT, steps[OUT], &w[OUT]);
    p.empty = !dense_box(&w[OUT], true, &p.answer);
    const uint64_t b_at = p.elements[0], panels_at = b_at + (p.operands == 2 ? p.elements[1] : 0);
    const uint64_t z_at = panels_at + (p.operands == 2 ? (uint64_t)panel_columns(p.columns) * p.depth : 0);
    const uint64_t end = z_at + (p.operands == 2 ? type_elements(&site->outputs[0]) : 0);
    p.b_at = (size_t)b_at;
    p.panels_at = (size_t)panels_at;
    p.z_at = (size_t)z_at;
    step->run = run_einsum;
    return step_scratch(step, end * sizeof(float), err) && step_params(step, &p, sizeof p, arena, err);
}
