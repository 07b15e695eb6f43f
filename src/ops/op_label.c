/* op_label.c - LabelEncoder: each element is looked up in a list of keys, and becomes the value beside it. */
#include <string.h>

#include "kernels/row_order.h"
#include "ops/rows.h"

enum { X, KEYS, VALUES, DEFAULT };

OP_CHECK(label_encoder) {
    const struct msw_type *x = &site->inputs[X], *keys = &site->inputs[KEYS], *values = &site->inputs[VALUES];
    const struct msw_type *absent = &site->inputs[DEFAULT];
    if (keys->dtype != x->dtype || keys->rank != 1 || values->rank != 1 || values->dims[0] != keys->dims[0])
        return error_set(err, MSW_INVALID, "needs as many keys, %k[n], as values, got %t and %t", x->dtype, keys,
                         values);
    if (absent->dtype != values->dtype || type_elements(absent) != 1)
        return error_set(err, MSW_INVALID, "the default must be one %k, got %t", values->dtype, absent);
    site->outputs[0] = *x;
    site->outputs[0].dtype = values->dtype;
    return true;
}

struct label_params {
    size_t n, keys, element, value;
    int32_t dtype;
};

/* Equal as rows are: NaN is like NaN. The element lies in front of the key that it is compared with. */
static bool is_key(const struct label_params *p, const unsigned char *x, const unsigned char *key) {
    unsigned char both[16];
    memcpy(both, x, p->element);
    memcpy(both + p->element, key, p->element);
    return rows_compare(&(struct rows){.x = both, .dtype = p->dtype, .n = 2, .count = 1, .block = 1}, 0, 1) == 0;
}

static void run_label_encoder(const struct step *step) {
    const struct label_params *p = step->params;
    const unsigned char *x = step->in[X], *keys = step->in[KEYS], *values = step->in[VALUES];
    unsigned char *z = step->out[0];
    for (size_t i = 0; i < p->n; i++) {
        size_t k = 0;
        while (k < p->keys && !is_key(p, x + i * p->element, keys + k * p->element))
            k++;
        memcpy(z + i * p->value, k < p->keys ? values + k * p->value : step->in[DEFAULT], p->value);
    }
}

OP_PREPARE(label_encoder) {
    const struct msw_type *x = &site->inputs[X];
    const struct label_params p = {.n = type_elements(x),
                                   .keys = type_elements(&site->inputs[KEYS]),
                                   .element = dtype_info(x->dtype)->bytes,
                                   .value = dtype_info(site->inputs[VALUES].dtype)->bytes,
                                   .dtype = x->dtype};
    step->run = run_label_encoder;
    return step_params(step, &p, sizeof p, arena, err);
}
