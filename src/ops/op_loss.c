/* op_loss.c - NegativeLogLikelihoodLoss, the elements that labels pick, and Hardmax, which picks the largest. */
#include "kernels/gather.h"
#include "ops/rows.h"

enum reduction { REDUCE_NOT, REDUCE_MEAN, REDUCE_SUM };

OP_CHECK(nll_loss) {
    const struct msw_type *x = &site->inputs[0], *labels = &site->inputs[1];
    const int64_t reduction = site_int(site, "reduction", REDUCE_MEAN);
    bool fits = x->rank >= 2 && labels->rank == x->rank - 1 && labels->dims[0] == x->dims[0];
    for (int32_t i = 2; fits && i < x->rank; i++)
        fits = labels->dims[i - 1] == x->dims[i];
    if (!fits || (labels->dtype != MSW_INT32 && labels->dtype != MSW_INT64))
        return error_set(err, MSW_INVALID, "needs x [N,C,...] and int32 or int64 labels [N,...], got %t and %t", x,
                         labels);
    if (site_has(site, 2)) {
        const struct msw_type *w = &site->inputs[2];
        if (w->dtype != x->dtype || w->rank != 1 || w->dims[0] != x->dims[1])
            return error_set(err, MSW_INVALID, "weights must be %k, one for each of %d classes, got %t", x->dtype,
                             x->dims[1], w);
    }
    if (reduction < REDUCE_NOT || reduction > REDUCE_SUM)
        return error_set(err, MSW_INVALID, "reduction %l is not 0 (none), 1 (mean) or 2 (sum)", reduction);
    site->outputs[0] = *labels;
    site->outputs[0].dtype = x->dtype;
    if (reduction != REDUCE_NOT)
        site->outputs[0].rank = 0;
    return true;
}

struct nll_params {
    size_t outer, classes, inner;
    int64_t ignored;
    enum reduction reduction;
    bool wide, ignores, weighted;
};

static bool is_ignored(const struct nll_params *p, int64_t label) {
    return p->ignores && label == p->ignored;
}

static bool verify_nll(const struct step *step, struct error *err) {
    const struct nll_params *p = step->params;
    for (size_t i = 0; i < p->outer * p->inner; i++) {
        const int64_t label = index_at(step->in[1], p->wide, i);
        if (!is_ignored(p, label) && (label < 0 || label >= (int64_t)p->classes))
            return error_set(err, MSW_INVALID, "label %l is %l, for %l classes", (int64_t)i, label,
                             (int64_t)p->classes);
    }
    return true;
}

static void run_nll(const struct step *step) {
    const struct nll_params *p = step->params;
    const float *x = step->in[0], *weights = p->weighted ? step->in[2] : NULL;
    float *z = step->out[0];
    double sum = 0, all = 0;
    for (size_t i = 0; i < p->outer * p->inner; i++) {
        const int64_t label = index_at(step->in[1], p->wide, i);
        const bool ignored = is_ignored(p, label);
        const float weight = ignored ? 0 : weights ? weights[label] : 1;
        const size_t at = ignored ? 0 : ((i / p->inner) * p->classes + (size_t)label) * p->inner + i % p->inner;
        const float loss = ignored ? 0 : -x[at] * weight;
        sum += (double)loss;
        all += (double)weight;
        if (p->reduction == REDUCE_NOT)
            z[i] = loss;
    }
    if (p->reduction != REDUCE_NOT)
        z[0] = (float)(p->reduction == REDUCE_MEAN ? sum / all : sum);
}

OP_PREPARE(nll_loss) {
    const struct msw_type *x = &site->inputs[0], *labels = &site->inputs[1];
    const struct attr *ignored = site_attr(site, "ignore_index");
    const bool any = type_elements(labels) > 0;
    const struct nll_params p = {.outer = any ? (size_t)x->dims[0] : 0,
                                 .classes = (size_t)x->dims[1],
                                 .inner = any ? type_extent(x, 2, x->rank) : 0,
                                 .ignored = ignored->given ? ignored->ints[0] : 0,
                                 .ignores = ignored->given,
                                 .reduction = (enum reduction)site_int(site, "reduction", REDUCE_MEAN),
                                 .wide = labels->dtype == MSW_INT64,
                                 .weighted = site_has(site, 2)};
    step->verify = verify_nll;
    step->run = run_nll;
    return step_params(step, &p, sizeof p, arena, err);
}

struct hardmax_params {
    size_t outer, n, inner;
};

static void run_hardmax(const struct step *step) {
    const struct hardmax_params *p = step->params;
    const float *x = step->in[0];
    float *z = step->out[0];
    for (size_t o = 0; o < p->outer * p->inner; o++) {
        const size_t first = o / p->inner * p->n * p->inner + o % p->inner;
        size_t best = first;
        for (size_t k = 0; k < p->n; k++) {
            const size_t at = first + k * p->inner;
            best = x[at] > x[best] ? at : best;
        }
        for (size_t k = 0; k < p->n; k++)
            z[first + k * p->inner] = first + k * p->inner == best;
    }
}

OP_PREPARE(hardmax) {
    const struct msw_type *x = &site->inputs[0];
    int32_t axis;
    if (!site_axis(site, "axis", -1, x->rank, &axis, err))
        return false;
    const bool any = type_elements(x) > 0;
    const struct hardmax_params p = {.outer = any ? type_extent(x, 0, axis) : 0,
                                     .n = (size_t)x->dims[axis],
                                     .inner = any ? type_extent(x, axis + 1, x->rank) : 0};
    step->run = run_hardmax;
    return step_params(step, &p, sizeof p, arena, err);
}
