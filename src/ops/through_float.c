/* through_float.c - 16-bit floats, and float64, for operators that only have kernels for float32, whose digits they then have. */
#include "base/round.h"
#include "kernels/half.h"
#include "ops/op.h"

/* A tensor that is converted on its way in or out; at: where its float32 form lies in the scratch. kernel NULL: it passes as it is. */
struct conversion {
    half_kernel kernel;
    size_t n, at;
};

struct through_params {
    struct step inner;
    struct conversion *inputs, *outputs;
    size_t input_count, output_count, inner_scratch_at;
    const void **in; /* what the inner step sees */
    void **out;
};

static void *at(void *scratch, size_t offset) {
    return (unsigned char *)scratch + offset;
}

static void run_through_float(const struct step *step) {
    const struct through_params *p = step->params;
    struct step inner = p->inner;
    for (size_t i = 0; i < p->input_count; i++) {
        const struct conversion *c = &p->inputs[i];
        p->in[i] = c->kernel ? at(step->scratch, c->at) : step->in[i];
        if (c->kernel)
            c->kernel(step->in[i], at(step->scratch, c->at), c->n);
    }
    for (size_t i = 0; i < p->output_count; i++)
        p->out[i] = p->outputs[i].kernel ? at(step->scratch, p->outputs[i].at) : step->out[i];
    inner.in = p->in;
    inner.out = p->out;
    inner.scratch = at(step->scratch, p->inner_scratch_at);
    inner.run(&inner);
    for (size_t i = 0; i < p->output_count; i++)
        if (p->outputs[i].kernel)
            p->outputs[i].kernel(p->out[i], step->out[i], p->outputs[i].n);
}

/* What a step verifies (indices) is never converted. */
static bool verify_through_float(const struct step *step, struct error *err) {
    const struct through_params *p = step->params;
    struct step inner = p->inner;
    inner.in = step->in;
    return inner.verify(&inner, err);
}

static void float32_of_float64(const void *x, void *z, size_t n) {
    const double *from = x;
    float *to = z;
    for (size_t i = 0; i < n; i++)
        to[i] = (float)from[i];
}

static void float64_of_float32(const void *x, void *z, size_t n) {
    const float *from = x;
    double *to = z;
    for (size_t i = 0; i < n; i++)
        to[i] = (double)from[i];
}

static const half_kernel to_float32[DTYPE_END] = {
    [MSW_FLOAT16] = widen_float16, [MSW_BFLOAT16] = widen_bfloat16, [MSW_FLOAT64] = float32_of_float64};
static const half_kernel of_float32[DTYPE_END] = {
    [MSW_FLOAT16] = narrow_float16, [MSW_BFLOAT16] = narrow_bfloat16, [MSW_FLOAT64] = float64_of_float32};

/* Where a type is converted: reserves its place in the scratch and returns the type as float32. */
static struct msw_type convert(const struct msw_type *type, bool skip, const half_kernel *kernels, struct conversion *c,
                               uint64_t *scratch) {
    struct msw_type wide = *type;
    if (!kernels[type->dtype])
        return wide;
    wide.dtype = MSW_FLOAT32;
    if (skip)
        return wide;
    *c = (struct conversion){.kernel = kernels[type->dtype], .n = type_elements(type), .at = (size_t)*scratch};
    *scratch += round_up_16((uint64_t)c->n * sizeof(float));
    return wide;
}

static bool prepare_through_float(const struct op_site *site, struct step *step, struct arena *arena,
                                  struct error *err) {
    struct op_site wide = *site;
    struct through_params p = {.input_count = site->input_count, .output_count = site->output_count};
    struct msw_type *inputs = arena_alloc(arena, p.input_count, sizeof *inputs, err);
    struct msw_type *outputs = arena_alloc(arena, p.output_count, sizeof *outputs, err);
    p.inputs = arena_alloc(arena, p.input_count, sizeof *p.inputs, err);
    p.outputs = arena_alloc(arena, p.output_count, sizeof *p.outputs, err);
    p.in = arena_alloc(arena, p.input_count, sizeof *p.in, err);
    p.out = arena_alloc(arena, p.output_count, sizeof *p.out, err);
    if (!inputs || !outputs || !p.inputs || !p.outputs || !p.in || !p.out)
        return false;
    uint64_t scratch = 0;
    for (size_t i = 0; i < p.input_count; i++) /* packed weights were widened when they were packed */
        inputs[i] = convert(&site->inputs[i], site->packed[i], to_float32, &p.inputs[i], &scratch);
    for (size_t i = 0; i < p.output_count; i++)
        outputs[i] = convert(&site->outputs[i], false, of_float32, &p.outputs[i], &scratch);
    wide.inputs = inputs;
    wide.outputs = outputs;
    /* Checked before prepare, which relies on types that keep to the limit, and a widened one has twice the bytes. */
    if (!step_scratch(step, scratch, err) || !site->op->prepare(&wide, &p.inner, arena, err) ||
        !step_scratch(step, scratch + p.inner.scratch_bytes, err))
        return false;
    p.inner_scratch_at = (size_t)scratch;
    step->verify = p.inner.verify ? verify_through_float : NULL;
    step->run = run_through_float;
    return step_params(step, &p, sizeof p, arena, err);
}

bool step_prepare(const struct op_site *site, struct step *step, struct arena *arena, struct error *err) {
    const bool other = site->input_count > 0 && to_float32[site->inputs[0].dtype];
    if (other && (site->op->about.dtypes >> MSW_FLOAT32 & 1) != 0 &&
        (site->op->native >> site->inputs[0].dtype & 1) == 0)
        return prepare_through_float(site, step, arena, err);
    return site->op->prepare(site, step, arena, err);
}
