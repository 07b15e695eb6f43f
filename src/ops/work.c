/* work.c - how much a use has to do, counted from shapes, whichever way a kernel does it. A function such as e^x counts as one operation. */
#include "ops/rows.h"

static uint64_t first_input(const struct op_site *site) {
    return type_elements(&site->inputs[0]);
}

OP_WORK(each) {
    work->operations = type_elements(&site->outputs[0]);
}

OP_WORK(moves) {
    (void)site;
    work->operations = 0;
}

/* Of input 0 it reads only what it gives. */
OP_WORK(selects) {
    const uint64_t all = type_bytes(&site->inputs[0]);
    uint64_t given = 0;
    for (uint32_t i = 0; i < site->output_count; i++)
        given += type_bytes(&site->outputs[i]);
    work->operations = 0;
    if (given < all)
        work->bytes -= all - given;
}

/* Looks at each element of input 0 once. */
OP_WORK(folds) {
    work->operations = first_input(site);
}

/* The mean, then the sum of squared differences. */
OP_WORK(fold_std) {
    work->operations = 4 * first_input(site);
}

/* x * x or |x|, and a sum of them; L2Normalize divides by its root. */
OP_WORK(norm) {
    const uint64_t n = first_input(site);
    work->operations = 2 * n + (type_elements(&site->outputs[0]) == n ? n : 0);
}

/* (x - mean) / deviation * gamma + beta. */
OP_WORK(batch_norm) {
    work->operations = 4 * first_input(site);
}

/* The same behind the sum for the mean and that of squared differences. */
OP_WORK(layer_norm) {
    work->operations = 8 * first_input(site);
}

/* Largest, difference, e^x, sum, quotient. */
OP_WORK(softmax) {
    work->operations = 5 * first_input(site);
}

OP_WORK(add_n) {
    work->operations = (site->input_count - 1) * first_input(site);
}

/* a + (b - a) * t along one axis twice and along the other once. */
OP_WORK(resize_bilinear) {
    work->operations = 9 * (uint64_t)type_elements(&site->outputs[0]);
}

struct work site_work(const struct op_site *site) {
    struct work work = {0};
    const struct fused *fused = site->fused;
    for (uint32_t i = 0; i < site->input_count; i++)
        work.bytes += type_bytes(&site->inputs[i]);
    for (uint32_t i = 0; i < site->output_count; i++)
        work.bytes += type_bytes(&site->outputs[i]);
    if (site->op->work)
        site->op->work(site, &work);
    if (fused)
        for (int parts = fused->bias + fused->residual + (fused->activation != NULL); parts > 0; parts--)
            work.operations += type_elements(&site->outputs[0]);
    return work;
}
