/* op_scatter.c - ScatterElements: GatherD the other way, each update goes to a place of its own along one axis. */
#include "ops/along.h"
#include "ops/joining.h"
#include "ops/rows.h"

OP_CHECK(scatter_elements) {
    const struct msw_type *x = &site->inputs[0], *indices = &site->inputs[1], *updates = &site->inputs[2];
    if (!along_check(site, err) || !check_reduction(site, err))
        return false;
    if (updates->dtype != x->dtype || !type_same_shape(updates, indices))
        return error_set(err, MSW_INVALID, "updates must be %k of the indices' shape %x, got %t", x->dtype, indices,
                         updates);
    site->outputs[0] = *x;
    return true;
}

struct scatter_params {
    struct joining joining;
    struct along along;
    size_t bytes;
};

static bool verify_scatter(const struct step *step, struct error *err) {
    const struct scatter_params *p = step->params;
    return along_verify(&p->along, step->in[1], err);
}

static void run_scatter(const struct step *step) {
    const struct scatter_params *p = step->params;
    const size_t element = p->joining.element;
    const unsigned char *updates = step->in[2];
    unsigned char *z = step->out[0];
    struct along_at at = {0};
    if (p->bytes > 0 && z != step->in[0])
        memcpy(z, step->in[0], p->bytes);
    for (size_t i = 0; i < p->along.elements; i++)
        join_elements(&p->joining, z + along_next(&p->along, step->in[1], &at) * element, updates + i * element,
                      element);
}

OP_PREPARE(scatter_elements) {
    struct scatter_params p = {.joining = joining_of(site), .bytes = type_bytes(&site->inputs[0])};
    if (!along_make(site, &p.along, err))
        return false;
    step->verify = verify_scatter;
    step->run = run_scatter;
    return step_params(step, &p, sizeof p, arena, err);
}
