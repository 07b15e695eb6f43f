/* op_nms.c - NonMaxSuppression: of boxes that lie over each other the one with the highest score. Its check reads boxes and scores, since they say how
 * many are left. */
#include "kernels/sort.h"
#include "ops/rows.h"

/* boxes [batch, n, 4], scores [batch, classes, n]; boxes by two corners, or, centred, by centre and size. */
struct suppression {
    size_t batch, classes, n, most;
    double overlap, least;
    bool centred, any_score;
};

static void corners(const struct suppression *s, const float *box, double c[4]) {
    if (s->centred) {
        for (int i = 0; i < 2; i++) {
            c[i] = (double)box[i] - (double)box[i + 2] / 2;
            c[i + 2] = (double)box[i] + (double)box[i + 2] / 2;
        }
        return;
    }
    for (int i = 0; i < 2; i++) {
        const double a = (double)box[i], b = (double)box[i + 2];
        c[i] = a < b ? a : b;
        c[i + 2] = a < b ? b : a;
    }
}

static double overlap_of(const struct suppression *s, const float *x, const float *y) {
    double a[4], b[4], common = 1, first = 1, second = 1;
    corners(s, x, a);
    corners(s, y, b);
    for (int i = 0; i < 2; i++) {
        const double low = a[i] > b[i] ? a[i] : b[i], high = a[i + 2] < b[i + 2] ? a[i + 2] : b[i + 2];
        common *= high > low ? high - low : 0;
        first *= a[i + 2] - a[i];
        second *= b[i + 2] - b[i];
    }
    const double all = first + second - common;
    return all > 0 ? common / all : 0;
}

/* Of one class: the boxes that stay, into kept. order has room for twice n. */
static size_t keep(const struct suppression *s, const float *boxes, const float *scores, int32_t *order,
                   int32_t *kept) {
    size_t count = 0;
    sort_f32(scores, s->n, 1, true, order, kept);
    for (size_t i = 0; i < s->n && count < s->most; i++) {
        const int32_t box = order[i];
        bool stays = s->any_score || (double)scores[box] > s->least;
        for (size_t k = 0; stays && k < count; k++)
            stays = !(overlap_of(s, boxes + 4 * (size_t)box, boxes + 4 * (size_t)kept[k]) > s->overlap);
        if (stays)
            kept[count++] = box;
    }
    return count;
}

/* All of them, as (batch, class, box), written where z is one. room: for three times n */
static size_t suppress(const struct suppression *s, const float *boxes, const float *scores, int32_t *room,
                       int64_t *z) {
    size_t total = 0;
    for (size_t b = 0; b < s->batch; b++)
        for (size_t c = 0; c < s->classes; c++) {
            int32_t *kept = room + s->n;
            const size_t count = keep(s, boxes + b * s->n * 4, scores + (b * s->classes + c) * s->n, room, kept);
            for (size_t i = 0; z && i < count; i++) {
                *z++ = (int64_t)b;
                *z++ = (int64_t)c;
                *z++ = kept[i];
            }
            total += count;
        }
    return total;
}

/* An optional input of one number. */
static bool number_or(const struct op_site *site, uint32_t input, const char *what, double absent, double *number,
                      struct error *err) {
    *number = absent;
    return !site_has(site, input) || site_number(site, input, what, number, err);
}

static bool read_suppression(const struct op_site *site, struct suppression *s, struct error *err) {
    const struct msw_type *boxes = &site->inputs[0], *scores = &site->inputs[1];
    double most;
    if (boxes->dtype != MSW_FLOAT32 || boxes->rank != 3 || boxes->dims[2] != 4 || scores->rank != 3 ||
        scores->dtype != boxes->dtype || scores->dims[0] != boxes->dims[0] || scores->dims[2] != boxes->dims[1])
        return error_set(err, MSW_INVALID, "needs boxes [B,N,4] and scores [B,C,N], both float32, got %t and %t", boxes,
                         scores);
    *s = (struct suppression){.batch = (size_t)boxes->dims[0],
                              .classes = (size_t)scores->dims[1],
                              .n = (size_t)boxes->dims[1],
                              .centred = site_int(site, "center_point_box", 0) != 0,
                              .any_score = !site_has(site, 4)};
    if (!number_or(site, 2, "number of boxes to keep", 0, &most, err) ||
        !number_or(site, 3, "overlap", 0, &s->overlap, err) || !number_or(site, 4, "least score", 0, &s->least, err))
        return false;
    s->most = most >= (double)s->n ? s->n : most >= 1 ? (size_t)most : 0;
    return true;
}

OP_CHECK(nms) {
    struct suppression s;
    struct arena arena = {0};
    if (!read_suppression(site, &s, err))
        return false;
    const float *boxes = site_data(site, 0, "list of boxes", err);
    const float *scores = boxes ? site_data(site, 1, "list of scores", err) : NULL;
    int32_t *room = scores ? arena_alloc(&arena, 2 * s.n, sizeof *room, err) : NULL;
    if (!room)
        return false;
    const size_t count = suppress(&s, boxes, scores, room, NULL);
    arena_free(&arena);
    if (count > INT32_MAX)
        return error_set(err, MSW_LIMIT, "%l boxes are left, at most %d", (int64_t)count, INT32_MAX);
    site->outputs[0] = (struct msw_type){.dtype = MSW_INT64, .rank = 2, .dims = {(int32_t)count, 3}};
    return true;
}

static void run_nms(const struct step *step) {
    suppress(step->params, step->in[0], step->in[1], step->scratch, step->out[0]);
}

OP_PREPARE(nms) {
    struct suppression s;
    if (!read_suppression(site, &s, err))
        return false;
    step->run = run_nms;
    return step_scratch(step, 2 * (uint64_t)s.n * sizeof(int32_t), err) && step_params(step, &s, sizeof s, arena, err);
}

/* Each box beside those that stay. */
OP_WORK(nms) {
    work->operations = 20 * type_elements(&site->inputs[1]);
}
