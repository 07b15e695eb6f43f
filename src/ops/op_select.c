/* op_select.c - operators that take each element from one tensor or another. */
#include "base/round.h"
#include "kernels/move.h"
#include "kernels/select.h"
#include "ops/rows.h"

/* Which input is what. */
struct roles {
    uint32_t mask, yes, no;
};

static const struct roles select_roles = {.mask = 0, .yes = 1, .no = 2};
static const struct roles fill_roles = {.mask = 1, .yes = 2, .no = 0};

static bool check_roles(const struct op_site *site, const struct roles *r, struct error *err) {
    const struct msw_type *mask = &site->inputs[r->mask], *x = &site->inputs[r->yes], *y = &site->inputs[r->no];
    struct msw_type *z = &site->outputs[0], pair;
    if (mask->dtype != MSW_BOOL || x->dtype != y->dtype)
        return error_set(err, MSW_INVALID, "takes bool and two tensors of one data type, got %t, %t and %t", mask, x,
                         y);
    z->dtype = x->dtype;
    if (!type_broadcast(x, y, &pair) || !type_broadcast(mask, &pair, z))
        return error_set(err, MSW_INVALID, "shapes %x, %x and %x cannot be broadcast to one", mask, x, y);
    return true;
}

OP_CHECK(select) {
    return check_roles(site, &select_roles, err);
}

OP_CHECK(masked_fill) {
    return check_roles(site, &fill_roles, err);
}

/* An input: of the output's shape, or one element for all (step 0), or written out to the output's shape first, at `at` in the scratch. */
struct operand {
    uint32_t input;
    size_t step, element, at;
    bool expanded;
    struct box box;
};

struct select_params {
    struct operand operands[3];
    size_t n, element;
};

static const void *operand_data(const struct step *step, const struct operand *o) {
    unsigned char *place = step->scratch;
    if (!o->expanded)
        return step->in[o->input];
    place += o->at;
    move_box(step->in[o->input], place, &o->box, o->element);
    return place;
}

static void run_select(const struct step *step) {
    const struct select_params *p = step->params;
    if (p->n == 0)
        return;
    const void *mask = operand_data(step, &p->operands[0]), *x = operand_data(step, &p->operands[1]);
    const void *y = operand_data(step, &p->operands[2]);
    select_elements(mask, x, y, step->out[0], p->n, p->operands[0].step, p->operands[1].step, p->operands[2].step,
                    p->element);
}

static struct operand make_operand(const struct op_site *site, uint32_t input, uint64_t *scratch) {
    const struct msw_type *x = &site->inputs[input], *z = &site->outputs[0];
    const size_t n = type_elements(x), all = type_elements(z);
    struct operand o = {.input = input, .step = n > 1, .element = dtype_info(x->dtype)->bytes};
    if (n == all || n <= 1)
        return o;
    o.expanded = true;
    o.at = (size_t)*scratch;
    *scratch += round_up_16((uint64_t)all * o.element);
    ptrdiff_t x_step = 1, z_step = 1;
    for (int32_t i = 1; i <= z->rank; i++) { /* from the last axis */
        const size_t dim = (size_t)z->dims[z->rank - i], own = i <= x->rank ? (size_t)x->dims[x->rank - i] : 1;
        box_add(&o.box, dim, own == 1 ? 0 : x_step, z_step);
        x_step *= (ptrdiff_t)own;
        z_step *= (ptrdiff_t)dim;
    }
    return o;
}

static bool prepare_roles(const struct op_site *site, const struct roles *r, struct step *step, struct arena *arena,
                          struct error *err) {
    uint64_t scratch = 0;
    const struct select_params p = {.operands = {make_operand(site, r->mask, &scratch),
                                                 make_operand(site, r->yes, &scratch),
                                                 make_operand(site, r->no, &scratch)},
                                    .n = type_elements(&site->outputs[0]),
                                    .element = dtype_info(site->outputs[0].dtype)->bytes};
    step->run = run_select;
    return step_scratch(step, scratch, err) && step_params(step, &p, sizeof p, arena, err);
}

OP_PREPARE(select) {
    return prepare_roles(site, &select_roles, step, arena, err);
}

OP_PREPARE(masked_fill) {
    return prepare_roles(site, &fill_roles, step, arena, err);
}
