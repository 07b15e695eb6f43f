/* walks.c - which operator has which walk; those that give a tensor another shape share one. */
#include "ops/walks.h"

#include "ops/rows.h"

struct walk walk_dense(const struct msw_type *x) {
    struct walk w = {.rank = x->rank};
    dense_steps(x, w.steps);
    for (int32_t i = 0; i < x->rank; i++)
        w.dims[i] = x->dims[i];
    return w;
}

/* Dims from *i on, in order, until their product is at least `size`; the product. */
static int64_t take_dims(const int32_t *dims, int32_t rank, int32_t *i, int64_t size) {
    int64_t product = 1;
    while (*i < rank && product < size)
        product *= dims[(*i)++];
    return product;
}

static int64_t elements_of(const int32_t *dims, int32_t rank) {
    int64_t product = 1;
    for (int32_t i = 0; i < rank; i++)
        product *= dims[i];
    return product;
}

/* Axes first .. end - 1 of a walk lie as one axis would. */
static bool is_one_axis(const struct walk *w, int32_t first, int32_t end) {
    for (int32_t i = first; i + 1 < end; i++)
        if (w->steps[i] != w->steps[i + 1] * w->dims[i + 1])
            return false;
    return true;
}

static struct walk without_ones(const struct walk *x) {
    struct walk w = {.first = x->first};
    for (int32_t i = 0; i < x->rank; i++)
        if (x->dims[i] != 1)
            walk_axis(&w, x->dims[i], x->steps[i]);
    return w;
}

/* Elements in their order under the dims of `type`: groups of axes on both sides hold as many elements, and each on the left lies as one axis. */
static bool walk_shaped(const struct msw_type *type, const struct walk *from, struct walk *z) {
    const struct walk x = without_ones(from);
    *z = (struct walk){.rank = type->rank, .first = x.first};
    if (elements_of(x.dims, x.rank) != elements_of(type->dims, type->rank))
        return false; /* a type that a model declares and no check could derive */
    int32_t i = 0, k = 0;
    while (k < type->rank) {
        const int32_t first = i, group = k;
        int64_t left = take_dims(x.dims, x.rank, &i, 2), right = type->dims[k++];
        while (left != right && right != 1) {
            if (left < right)
                left *= take_dims(x.dims, x.rank, &i, 2);
            else
                right *= take_dims(type->dims, type->rank, &k, 2);
        }
        if (right == 1)
            i = first; /* an axis of one element takes nothing */
        if (!is_one_axis(&x, first, i))
            return false;
        ptrdiff_t step = i > first ? x.steps[i - 1] : 0;
        for (int32_t a = k; a-- > group; step *= type->dims[a]) {
            z->dims[a] = type->dims[a];
            z->steps[a] = type->dims[a] == 1 ? 0 : step;
        }
    }
    return true;
}

bool site_walk(const struct op_site *site, uint32_t output, const struct walk *x, struct walk *z) {
    struct error unheard;
    error_clear(&unheard);
    if (type_elements(&site->outputs[output]) == 0)
        return false;
    if (site->op->view == view_always)
        return walk_shaped(&site->outputs[output], x, z);
    if (site->op->prepare == prepare_transpose)
        return walk_transpose(site, output, x, z, &unheard);
    if (site->op->prepare == prepare_strided_slice)
        return walk_strided_slice(site, output, x, z, &unheard);
    if (site->op->prepare == prepare_slice)
        return walk_slice(site, output, x, z, &unheard);
    if (site->op->prepare == prepare_split || site->op->prepare == prepare_unstack)
        return walk_split(site, output, x, z, &unheard);
    return false;
}
