/* op_create.c - tensors made from a few numbers, and triangles: FillV2, Range, Tril, Triu. */
#include <string.h>

#include "kernels/cast.h"
#include "kernels/move.h"
#include "ops/boxes.h"
#include "ops/rows.h"

/* FillV2 */

OP_CHECK(fill) {
    const struct msw_type *value = &site->inputs[1];
    struct msw_type *z = &site->outputs[0];
    int64_t dims[MSW_MAX_RANK];
    int32_t count;
    if (!site_known_ints(site, 0, "shape", MSW_MAX_RANK, dims, &count, err))
        return false;
    if (type_elements(value) != 1)
        return error_set(err, MSW_INVALID, "the value must be one number, got %t", value);
    *z = (struct msw_type){.dtype = value->dtype, .rank = count};
    for (int32_t i = 0; i < count; i++) {
        if (dims[i] < 0 || dims[i] > INT32_MAX)
            return error_set(err, MSW_INVALID, "dim %d of the shape is %l", i, dims[i]);
        z->dims[i] = (int32_t)dims[i];
    }
    return true;
}

OP_PREPARE(fill) {
    struct placed_box all = {.from = 1};
    const size_t elements = type_elements(&site->outputs[0]);
    box_add(&all.box, elements, 0, 1);
    return boxes_step(site, &all, elements > 0, step, arena, err);
}

/* Range */

struct range_params {
    size_t n;
    int32_t dtype;
};

/* An input of one number that is known before the run, as a float and as a whole number. */
static bool known_number(const struct op_site *site, uint32_t input, const char *what, int64_t *whole, double *real,
                         struct error *err) {
    const struct msw_type *type = &site->inputs[input];
    if (type->dtype != site->inputs[0].dtype || type_elements(type) != 1)
        return error_set(err, MSW_INVALID, "the %s must be one %k, got %t", what, site->inputs[0].dtype, type);
    const void *data = site_data(site, input, what, err);
    if (!data)
        return false;
    cast_elements(data, type->dtype, whole, MSW_INT64, 1);
    cast_elements(data, type->dtype, real, MSW_FLOAT64, 1);
    return true;
}

static bool whole_steps(int64_t start, int64_t limit, int64_t delta, uint64_t *n) {
    const uint64_t way = delta > 0 ? (uint64_t)limit - (uint64_t)start : (uint64_t)start - (uint64_t)limit;
    const uint64_t stride = delta > 0 ? (uint64_t)delta : 0 - (uint64_t)delta;
    *n = (delta > 0 ? limit <= start : limit >= start) ? 0 : (way - 1) / stride + 1;
    return *n <= INT32_MAX;
}

OP_CHECK(range) {
    const int32_t dtype = site->inputs[0].dtype;
    int64_t whole[3];
    double real[3];
    uint64_t n = 0;
    if (!known_number(site, 0, "start", &whole[0], &real[0], err) ||
        !known_number(site, 1, "limit", &whole[1], &real[1], err) ||
        !known_number(site, 2, "delta", &whole[2], &real[2], err))
        return false;
    bool fits = real[2] != 0;
    if (fits && dtype_info(dtype)->number != 'i') {
        const double steps = (real[1] - real[0]) / real[2];
        fits = steps <= (double)INT32_MAX; /* false for NaN */
        if (fits && steps > 0) {
            n = (uint64_t)steps;
            n += (double)n < steps;
        }
    } else if (fits) {
        fits = whole_steps(whole[0], whole[1], whole[2], &n);
    }
    if (!fits)
        return error_set(err, MSW_INVALID, "start, limit and delta give no range of at most %d numbers", INT32_MAX);
    site->outputs[0] = (struct msw_type){.dtype = dtype, .rank = 1, .dims = {(int32_t)n}};
    return true;
}

static void run_range(const struct step *step) {
    const struct range_params *p = step->params;
    for (size_t i = 0; i < p->n; i++) {
        if (p->dtype == MSW_FLOAT64)
            ((double *)step->out[0])[i] = *(const double *)step->in[0] + (double)i * *(const double *)step->in[2];
        else if (p->dtype == MSW_INT16)
            ((int16_t *)step->out[0])[i] =
                (int16_t)(*(const int16_t *)step->in[0] + (int32_t)i * *(const int16_t *)step->in[2]);
        else if (p->dtype == MSW_FLOAT32)
            ((float *)step->out[0])[i] = *(const float *)step->in[0] + (float)i * *(const float *)step->in[2];
        else if (p->dtype == MSW_INT32)
            ((uint32_t *)step->out[0])[i] =
                *(const uint32_t *)step->in[0] + (uint32_t)i * *(const uint32_t *)step->in[2];
        else
            ((uint64_t *)step->out[0])[i] = *(const uint64_t *)step->in[0] + i * *(const uint64_t *)step->in[2];
    }
}

OP_PREPARE(range) {
    const struct range_params p = {.n = type_elements(&site->outputs[0]), .dtype = site->outputs[0].dtype};
    step->run = run_range;
    return step_params(step, &p, sizeof p, arena, err);
}

/* EyeLike: ones on one diagonal of a matrix of the input's shape. */

OP_CHECK(eye_like) {
    const struct msw_type *x = &site->inputs[0];
    if (x->rank != 2)
        return error_set(err, MSW_INVALID, "needs a matrix, got %t", x);
    site->outputs[0] = *x;
    return site_dtype(site, x->dtype, &site->outputs[0].dtype, err);
}

struct eye_params {
    size_t bytes, first, count, stride, element;
    unsigned char one[8];
};

static void run_eye(const struct step *step) {
    const struct eye_params *p = step->params;
    unsigned char *z = step->out[0];
    if (p->bytes > 0)
        memset(z, 0, p->bytes);
    for (size_t i = 0; i < p->count; i++)
        memcpy(z + (p->first + i * p->stride) * p->element, p->one, p->element);
}

OP_PREPARE(eye_like) {
    const struct msw_type *z = &site->outputs[0];
    const int64_t rows = z->dims[0], columns = z->dims[1], k = site_int(site, "k", 0), one = 1;
    struct eye_params p = {
        .bytes = type_bytes(z), .stride = (size_t)columns + 1, .element = dtype_info(z->dtype)->bytes};
    if (k > -rows && k < columns) {
        const int64_t below = k < 0 ? rows + k : rows, right = k > 0 ? columns - k : columns;
        p.count = (size_t)(below < right ? below : right);
        p.first = (size_t)(k < 0 ? -k * columns : k);
    }
    cast_elements(&one, MSW_INT64, p.one, z->dtype, 1);
    step->run = run_eye;
    return step_params(step, &p, sizeof p, arena, err);
}

/* Tril and Triu */

OP_CHECK(triangle) {
    if (site->inputs[0].rank < 2)
        return error_set(err, MSW_INVALID, "needs matrices (rank 2 or more), got %t", &site->inputs[0]);
    site->outputs[0] = site->inputs[0];
    return true;
}

/* Row i keeps its columns up to i + diagonal (lower) or from there on (upper); the others become 0. */
struct triangle_params {
    size_t matrices, rows, columns, element;
    int64_t diagonal;
    bool upper;
};

static void run_triangle(const struct step *step) {
    const struct triangle_params *p = step->params;
    const size_t row_bytes = p->columns * p->element;
    const unsigned char *x = step->in[0];
    unsigned char *z = step->out[0];
    for (size_t m = 0; m < p->matrices; m++) {
        for (size_t i = 0; i < p->rows; i++, x += row_bytes, z += row_bytes) {
            const int64_t at = (int64_t)i + p->diagonal + !p->upper; /* the first column on the other side */
            const size_t cut = at<0 ? 0 : at>(int64_t) p->columns ? row_bytes : (size_t)at * p->element;
            if (p->upper) {
                memset(z, 0, cut);
                memcpy(z + cut, x + cut, row_bytes - cut);
            } else {
                memcpy(z, x, cut);
                memset(z + cut, 0, row_bytes - cut);
            }
        }
    }
}

static bool prepare_triangle(const struct op_site *site, bool upper, struct step *step, struct arena *arena,
                             struct error *err) {
    const struct msw_type *x = &site->inputs[0];
    const int64_t diagonal = site_int(site, "diagonal", 0), most = INT32_MAX;
    struct triangle_params p = {.matrices = type_extent(x, 0, x->rank - 2),
                                .rows = (size_t)x->dims[x->rank - 2],
                                .columns = (size_t)x->dims[x->rank - 1],
                                .element = dtype_info(x->dtype)->bytes,
                                .diagonal = diagonal > most    ? most
                                            : diagonal < -most ? -most
                                                               : diagonal,
                                .upper = upper};
    if (type_elements(x) == 0)
        p.matrices = 0;
    step->run = run_triangle;
    return step_params(step, &p, sizeof p, arena, err);
}

OP_PREPARE(tril) {
    return prepare_triangle(site, site_int(site, "upper", 0) != 0, step, arena, err);
}

OP_PREPARE(triu) {
    return prepare_triangle(site, true, step, arena, err);
}
