/* boxes.c - the list of boxes as a step. */
#include "ops/boxes.h"

#include <string.h>

#include "base/pool.h"

/* What it takes to be worth a thread: 2 us or so of copying. */
enum { POOL_BYTES = 16384 };

void dense_steps(const struct msw_type *type, ptrdiff_t steps[MSW_MAX_RANK]) {
    for (int32_t i = 0; i < type->rank; i++)
        steps[i] = (ptrdiff_t)type_extent(type, i + 1, type->rank);
}

bool box_of_axes(int32_t rank, const int32_t *dims, const ptrdiff_t *x_steps, const ptrdiff_t *z_steps,
                 struct box *box) {
    *box = (struct box){0};
    for (int32_t i = rank; i-- > 0;) {
        if (dims[i] == 0)
            return false;
        box_add(box, (size_t)dims[i], x_steps[i], z_steps[i]);
    }
    return true;
}

struct boxes_params {
    size_t element, count;
    struct placed_box *boxes;
};

/* Of a box, to be shared by threads: turns of its longest loop but the innermost, whose rows stay whole where there are others. */
struct box_split {
    const unsigned char *x;
    unsigned char *z;
    const struct box *box;
    size_t loop, element;
};

static void box_part(const void *context, uint32_t worker, size_t begin, size_t end) {
    const struct box_split *s = context;
    struct box part = *s->box;
    const ptrdiff_t first = (ptrdiff_t)(begin * s->element);
    (void)worker;
    part.dims[s->loop] = end - begin;
    move_box(s->x + first * part.x_steps[s->loop], s->z + first * part.z_steps[s->loop], &part, s->element);
}

static void share_box(struct box_split *s) {
    const size_t *dims = s->box->dims;
    size_t elements = 1;
    for (size_t i = 0; i < s->box->loops; i++)
        elements *= dims[i];
    s->loop = s->box->loops > 1 ? 1 : 0;
    for (size_t i = 2; i < s->box->loops; i++)
        s->loop = dims[i] > dims[s->loop] ? i : s->loop;
    pool_for(dims[s->loop], POOL_BYTES / (elements / dims[s->loop] * s->element) + 1, box_part, s);
}

static void run_boxes(const struct step *step) {
    const struct boxes_params *p = step->params;
    for (size_t i = 0; i < p->count; i++) {
        const struct placed_box *b = &p->boxes[i];
        struct box_split split = {.x = (const unsigned char *)step->in[b->from] + b->x_at * p->element,
                                  .z = (unsigned char *)step->out[b->to] + b->z_at * p->element,
                                  .box = &b->box,
                                  .element = p->element};
        if (b->box.loops > 0)
            share_box(&split);
        else
            move_box(split.x, split.z, &b->box, p->element);
    }
}

bool boxes_step(const struct op_site *site, const struct placed_box *boxes, size_t count, struct step *step,
                struct arena *arena, struct error *err) {
    struct boxes_params p = {.element = dtype_info(site->outputs[0].dtype)->bytes, .count = count};
    p.boxes = arena_alloc(arena, count, sizeof *p.boxes, err);
    if (!p.boxes)
        return false;
    if (count > 0)
        memcpy(p.boxes, boxes, count * sizeof *boxes);
    step->run = run_boxes;
    return step_params(step, &p, sizeof p, arena, err);
}

bool copy_step(const struct op_site *site, struct step *step, struct arena *arena, struct error *err) {
    struct placed_box all = {0};
    const size_t elements = type_elements(&site->outputs[0]);
    box_add(&all.box, elements, 1, 1);
    return boxes_step(site, &all, elements > 0, step, arena, err);
}

void walk_axis(struct walk *walk, int64_t dim, ptrdiff_t step) {
    walk->dims[walk->rank] = (int32_t)dim;
    walk->steps[walk->rank++] = step;
}

struct msw_type walk_type(const struct op_site *site, const struct walk *walk) {
    struct msw_type z = {.dtype = site->inputs[0].dtype, .rank = walk->rank};
    for (int32_t i = 0; i < walk->rank; i++)
        z.dims[i] = walk->dims[i];
    return z;
}

bool walk_step(const struct op_site *site, const struct walk *walk, struct step *step, struct arena *arena,
               struct error *err) {
    struct placed_box b = {.x_at = walk->first};
    ptrdiff_t z_steps[BOX_MAX_LOOPS], unit = 1;
    for (int32_t i = walk->rank; i-- > 0; unit *= walk->dims[i])
        z_steps[i] = unit;
    const bool any = box_of_axes(walk->rank, walk->dims, walk->steps, z_steps, &b.box);
    return boxes_step(site, &b, any, step, arena, err);
}

bool walk_is_view(const struct walk *walk, size_t *first) {
    ptrdiff_t unit = 1;
    for (int32_t i = walk->rank; i-- > 0; unit *= walk->dims[i])
        if (walk->dims[i] != 1 && walk->steps[i] != unit)
            return false;
    *first = walk->first;
    return true;
}

bool site_known_ints(const struct op_site *site, uint32_t input, const char *what, int32_t most, int64_t *ints,
                     int32_t *count, struct error *err) {
    const struct msw_type *type = &site->inputs[input];
    if ((type->dtype != MSW_INT64 && type->dtype != MSW_INT32) || type->rank != 1 || type->dims[0] > most)
        return error_set(err, MSW_INVALID, "the %s must be int32[n] or int64[n], n at most %d, got %t", what, most,
                         type);
    const void *data = site_data(site, input, what, err);
    *count = type->dims[0];
    for (int32_t i = 0; data && i < *count; i++)
        ints[i] = type->dtype == MSW_INT64 ? ((const int64_t *)data)[i] : ((const int32_t *)data)[i];
    return data != NULL;
}

int32_t site_layout_axis(const struct op_site *site, int32_t axis, int32_t rank) {
    if (axis == 0 || site_int(site, "channels_last", 0) == 0)
        return axis;
    return axis == 1 ? rank - 1 : axis - 1;
}
