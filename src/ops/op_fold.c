/* op_fold.c - operators that fold a tensor along some of its axes into one element.
 *
 * Where the innermost axis is folded, its elements go round FOLD_WIDTH lanes, which are joined by halves at the end; where it is kept, the lanes are
 * as many neighbours of the answer. So the order of a sum depends on shape and axes alone. */
#include <string.h>

#include "kernels/cast.h"
#include "kernels/fold.h"
#include "kernels/hot/norm.h"
#include "kernels/wide.h"
#include "ops/boxes.h"
#include "ops/rows.h"

enum fold_kind { FOLD_SUM, FOLD_PROD, FOLD_MAX, FOLD_MIN };

/* What becomes of a finished accumulator. */
enum fold_finish { AS_IT_IS, DIVIDED_BY_COUNT, SQUARE_ROOT, LOGARITHM };

/* A bit for each axis that is folded: attribute axis, a list; none or an empty one means all, or, with noop, none. */
static bool folded_axes(const struct op_site *site, uint32_t *folded, struct error *err) {
    const struct attr *axis = site_attr(site, "axis");
    const int32_t rank = site->inputs[0].rank;
    const bool noop = op_attr_index(site->op, "noop") >= 0 && site_int(site, "noop", 0);
    *folded = noop || (axis->given && axis->count > 0) ? 0 : (1u << rank) - 1;
    for (int32_t i = 0; axis->given && i < axis->count; i++) {
        const int64_t value = axis->ints[i], at = value < 0 ? value + rank : value;
        if (rank == 0 && (value == 0 || value == -1))
            continue; /* of a scalar these name nothing */
        if (at < 0 || at >= rank)
            return error_set(err, MSW_INVALID, "axis %l is outside [%d,%d] for rank %d", value, -rank, rank - 1, rank);
        if (*folded >> at & 1)
            return error_set(err, MSW_INVALID, "axis %l is given twice", value);
        *folded |= 1u << at;
    }
    return true;
}

/* The input as the model has it, whose channels may lie last here, and the steps of its axes. */
static struct msw_type model_type(const struct op_site *site, ptrdiff_t steps[MSW_MAX_RANK]) {
    const struct msw_type *x = &site->inputs[0];
    struct msw_type type = *x;
    ptrdiff_t dense[MSW_MAX_RANK];
    dense_steps(x, dense);
    for (int32_t i = 0; i < x->rank; i++) {
        const int32_t at = site_layout_axis(site, i, x->rank);
        type.dims[i] = x->dims[at];
        steps[i] = dense[at];
    }
    return type;
}

static bool check_axes(const struct op_site *site, struct error *err) {
    ptrdiff_t steps[MSW_MAX_RANK];
    const struct msw_type x = model_type(site, steps);
    struct msw_type *z = &site->outputs[0];
    uint32_t folded;
    if (!folded_axes(site, &folded, err))
        return false;
    *z = (struct msw_type){.dtype = x.dtype};
    for (int32_t i = 0; i < x.rank; i++) {
        if ((folded >> i & 1) == 0)
            z->dims[z->rank++] = x.dims[i];
        else if (site_int(site, "keep_dims", 0))
            z->dims[z->rank++] = 1;
    }
    return true;
}

OP_CHECK(fold) {
    return check_axes(site, err);
}

/* Whole numbers may be added up and multiplied in int64. */
OP_CHECK(fold_to) {
    const int32_t from = site->inputs[0].dtype;
    const int64_t dtype = site_int(site, "dtype", from);
    const bool is_float = from == MSW_FLOAT32 || from == MSW_FLOAT64 || dtype_is_half(from);
    if (dtype != from && (is_float || dtype != MSW_INT64))
        return error_set(err, MSW_UNSUPPORTED, "dtype must be that of the input, or, for whole numbers, int64");
    if (from == MSW_BOOL && dtype == from)
        return error_set(err, MSW_INVALID, "bool is folded into int64: dtype=%d", MSW_INT64);
    if (!check_axes(site, err))
        return false;
    site->outputs[0].dtype = (int32_t)dtype;
    return true;
}

OP_CHECK(fold_extreme) {
    if (!check_axes(site, err))
        return false;
    if (type_elements(&site->inputs[0]) == 0 && type_elements(&site->outputs[0]) > 0 && !site_int(site, "empty", 0))
        return error_set(err, MSW_INVALID, "%t has no elements, so none is the largest or smallest", &site->inputs[0]);
    return true;
}

/* Loops over the answer, and for each of its elements loops over what is folded; the innermost first. */
struct fold_params {
    fold_kernel kernel;
    enum fold_kind kind;
    enum fold_finish finish;
    fold_kernel first; /* sets the lanes to the first elements, or NULL */
    bool rows;         /* the innermost axis is folded */
    bool beside;       /* neighbours of the answer lie side by side in the input */
    bool floats;       /* the lanes are */
    int32_t dtype;
    size_t element, z_bytes, outputs, count;
    struct box kept, folded;
};

static double join_floats(enum fold_kind kind, double a, double b) {
    switch (kind) {
    case FOLD_SUM: return a + b;
    case FOLD_PROD: return a * b;
    case FOLD_MAX: return b > a ? b : a;
    default: return b < a ? b : a;
    }
}

/* wide: both hold unsigned numbers of 64 bits. */
static int64_t join_ints(enum fold_kind kind, bool wide, int64_t a, int64_t b) {
    const bool greater = wide ? (uint64_t)b > (uint64_t)a : b > a;
    switch (kind) {
    case FOLD_SUM: return (int64_t)((uint64_t)a + (uint64_t)b);
    case FOLD_PROD: return (int64_t)((uint64_t)a * (uint64_t)b);
    case FOLD_MAX: return greater ? b : a;
    default: return greater ? a : b;
    }
}

static void join(const struct fold_params *p, union fold_lanes *lanes) {
    const bool wide = dtype_info(p->dtype)->number == 'u' && dtype_info(p->dtype)->bytes == 8;
    for (size_t half = FOLD_WIDTH / 2; half > 0; half /= 2) {
        for (size_t j = 0; j < half; j++) {
            if (p->floats)
                lanes->floats[j] = join_floats(p->kind, lanes->floats[j], lanes->floats[j + half]);
            else
                lanes->ints[j] = join_ints(p->kind, wide, lanes->ints[j], lanes->ints[j + half]);
        }
    }
}

/* What is larger, or smaller, than no element: the end of the range. */
static void nothing(const struct fold_params *p, union fold_lanes *lanes) {
    const struct msw_dtype_info *info = dtype_info(p->dtype);
    const unsigned bits = (unsigned)info->bytes * 8;
    const bool low = p->kind == FOLD_MAX;
    const int64_t highest = info->number == 'i' ? INT64_MAX >> (64 - bits) : (int64_t)(UINT64_MAX >> (64 - bits));
    for (size_t j = 0; j < FOLD_WIDTH; j++) {
        if (p->floats)
            lanes->floats[j] = low ? -__builtin_inf() : __builtin_inf();
        else
            lanes->ints[j] = p->dtype == MSW_BOOL ? !low : !low ? highest : info->number == 'i' ? -highest - 1 : 0;
    }
}

/* Extremes begin with the first element, so that a NaN there stays and any other is passed over, as in MindSpore. */
static void begin(const struct fold_params *p, union fold_lanes *lanes, const unsigned char *x, size_t width) {
    *lanes = (union fold_lanes){{0}};
    if (p->first && p->count > 0) /* a sum of one element is that element */
        p->first(lanes, x, 1, 0, p->rows ? 1 : width);
    for (size_t j = 0; j < FOLD_WIDTH; j++) {
        if (p->kind == FOLD_PROD && p->floats)
            lanes->floats[j] = 1;
        else if (p->kind == FOLD_PROD)
            lanes->ints[j] = 1;
        else if (p->rows)
            lanes->ints[j] = lanes->ints[0]; /* or the double there */
    }
}

static void finish(const struct fold_params *p, const union fold_lanes *lanes, size_t lane, unsigned char *z) {
    if (!p->floats) { /* little endian: the low bits */
        memcpy(z, &lanes->ints[lane], p->z_bytes);
        return;
    }
    double a = lanes->floats[lane];
    if (p->finish == DIVIDED_BY_COUNT)
        a /= (double)p->count;
    if (p->finish == SQUARE_ROOT)
        a = __builtin_sqrt(a);
    if (p->finish == LOGARITHM)
        a = wide_log(a);
    if (p->dtype == MSW_FLOAT64) {
        memcpy(z, &a, sizeof a);
        return;
    }
    const float single = (float)a;
    memcpy(z, &single, sizeof single);
}

/* A turn of an odometer over loops [first, loops): false when it is at its start again. */
static bool turn(const struct box *box, size_t first, size_t *index, ptrdiff_t *at) {
    for (size_t i = first; i < box->loops; i++) {
        *at += box->x_steps[i];
        if (++index[i] < box->dims[i])
            return true;
        *at -= box->x_steps[i] * (ptrdiff_t)box->dims[i];
        index[i] = 0;
    }
    return false;
}

/* Everything that is folded into lanes [0, width), which lie from x on. */
static void fold(const struct fold_params *p, const unsigned char *x, size_t width, union fold_lanes *lanes) {
    size_t index[BOX_MAX_LOOPS] = {0};
    ptrdiff_t at = 0;
    const size_t n = p->folded.loops > 0 ? p->folded.dims[0] : 1;
    const size_t step = p->folded.loops > 0 ? (size_t)p->folded.x_steps[0] : 0;
    begin(p, lanes, x, width);
    if (p->count == 0) {
        if (p->kind >= FOLD_MAX)
            nothing(p, lanes);
        return;
    }
    do {
        const unsigned char *from = x + at * (ptrdiff_t)p->element;
        if (p->rows) {
            p->kernel(lanes, from, n / FOLD_WIDTH, FOLD_WIDTH, FOLD_WIDTH);
            p->kernel(lanes, from + n / FOLD_WIDTH * FOLD_WIDTH * p->element, 1, 0, n % FOLD_WIDTH);
        } else {
            p->kernel(lanes, from, n, step, width);
        }
    } while (turn(&p->folded, 1, index, &at));
    if (p->rows)
        join(p, lanes);
}

static void run_fold(const struct step *step) {
    const struct fold_params *p = step->params;
    const unsigned char *x = step->in[0];
    unsigned char *z = step->out[0];
    size_t index[BOX_MAX_LOOPS] = {0};
    ptrdiff_t at = 0;
    const size_t neighbours = p->beside ? p->kept.dims[0] : 1;
    if (p->outputs == 0)
        return;
    do {
        for (size_t first = 0; first < neighbours; first += FOLD_WIDTH) {
            const size_t width = neighbours - first < FOLD_WIDTH ? neighbours - first : FOLD_WIDTH;
            union fold_lanes lanes;
            fold(p, x + (at + (ptrdiff_t)first) * (ptrdiff_t)p->element, width, &lanes);
            for (size_t j = 0; j < width; j++, z += p->z_bytes)
                finish(p, &lanes, j, z);
        }
    } while (turn(&p->kept, p->beside ? 1 : 0, index, &at));
}

static const fold_kernel sums[DTYPE_END] = {
    [MSW_FLOAT64] = fold_sum_f64, [MSW_FLOAT32] = fold_sum_f32, [MSW_INT32] = fold_sum_i32, [MSW_INT8] = fold_sum_i8,
    [MSW_UINT8] = fold_sum_u8,    [MSW_INT64] = fold_sum_i64,   [MSW_BOOL] = fold_sum_u8,   [MSW_INT16] = fold_sum_i16,
    [MSW_UINT16] = fold_sum_u16,  [MSW_UINT32] = fold_sum_u32,  [MSW_UINT64] = fold_sum_u64};

static bool prepare_fold_kind(const struct op_site *site, enum fold_kind kind, enum fold_finish finish_by,
                              struct step *step, struct arena *arena, struct error *err) {
    const int32_t dtype = site->inputs[0].dtype;
    struct fold_params p = {.kernel = (fold_kernel)site_kernel(site),
                            .kind = kind,
                            .finish = finish_by,
                            .first = kind >= FOLD_MAX ? sums[dtype] : NULL,
                            .floats = dtype == MSW_FLOAT32 || dtype == MSW_FLOAT64,
                            .dtype = dtype,
                            .element = dtype_info(dtype)->bytes,
                            .z_bytes = dtype_info(site->outputs[0].dtype)->bytes,
                            .outputs = type_elements(&site->outputs[0]),
                            .count = 1};
    ptrdiff_t steps[MSW_MAX_RANK];
    const struct msw_type x = model_type(site, steps);
    uint32_t folded;
    if (!folded_axes(site, &folded, err))
        return false;
    for (int32_t i = x.rank - 1; i >= 0; i--) {
        const bool is_folded = folded >> i & 1;
        const size_t dim = (size_t)x.dims[i];
        if (is_folded)
            p.count *= dim;
        box_add(is_folded ? &p.folded : &p.kept, dim, steps[i], steps[i]);
    }
    p.rows = p.folded.loops > 0 && p.folded.x_steps[0] == 1;
    p.beside = p.kept.loops > 0 && p.kept.x_steps[0] == 1;
    step->run = run_fold;
    return step_params(step, &p, sizeof p, arena, err);
}

OP_PREPARE(fold_sum) {
    return prepare_fold_kind(site, FOLD_SUM, AS_IT_IS, step, arena, err);
}

OP_PREPARE(fold_mean) {
    return prepare_fold_kind(site, FOLD_SUM, DIVIDED_BY_COUNT, step, arena, err);
}

OP_PREPARE(fold_prod) {
    return prepare_fold_kind(site, FOLD_PROD, AS_IT_IS, step, arena, err);
}

OP_PREPARE(fold_max) {
    return prepare_fold_kind(site, FOLD_MAX, AS_IT_IS, step, arena, err);
}

OP_PREPARE(fold_min) {
    return prepare_fold_kind(site, FOLD_MIN, AS_IT_IS, step, arena, err);
}

/* Over 0 and 1: the product, and the largest, which of nothing is 0. */
OP_PREPARE(fold_all) {
    return prepare_fold_kind(site, FOLD_PROD, AS_IT_IS, step, arena, err);
}

OP_PREPARE(fold_any) {
    return prepare_fold_kind(site, FOLD_MAX, AS_IT_IS, step, arena, err);
}

OP_PREPARE(fold_log_sum) {
    return prepare_fold_kind(site, FOLD_SUM, LOGARITHM, step, arena, err);
}

/* The kernel of the row adds squares; p = 1 adds magnitudes. */
OP_CHECK(lp_norm) {
    const int64_t p = site_int(site, "p", 2);
    if (p != 1 && p != 2)
        return error_set(err, MSW_UNSUPPORTED, "p is %l, supported are 1 and 2", p);
    return check_axes(site, err);
}

OP_PREPARE(lp_norm) {
    const bool root = site_int(site, "p", 2) == 2;
    if (!prepare_fold_kind(site, FOLD_SUM, root ? SQUARE_ROOT : AS_IT_IS, step, arena, err))
        return false;
    struct fold_params p = *(const struct fold_params *)step->params;
    if (!root)
        p.kernel = p.dtype == MSW_FLOAT64 ? fold_sum_abs_f64 : fold_sum_abs_f32;
    return step_params(step, &p, sizeof p, arena, err);
}

/* Standard deviation and mean; unbiased divides by one less than the count. */
OP_CHECK(fold_std) {
    if (!check_axes(site, err))
        return false;
    site->outputs[1] = site->outputs[0];
    return true;
}

/* Scratch: what is folded into one element, side by side. */
static void run_fold_std(const struct step *step) {
    const struct fold_params *p = step->params;
    const float *x = step->in[0];
    float *deviation = step->out[0], *centre = step->out[1], *row = step->scratch;
    size_t kept[BOX_MAX_LOOPS] = {0};
    ptrdiff_t at = 0;
    if (p->outputs == 0)
        return;
    do {
        size_t folded[BOX_MAX_LOOPS] = {0}, n = 0;
        ptrdiff_t from = at;
        do {
            if (p->count > 0)
                row[n++] = x[from];
        } while (p->count > 0 && turn(&p->folded, 0, folded, &from));
        double mean, variance;
        moments_f32(row, n, &mean, &variance);
        *deviation++ =
            (float)__builtin_sqrt(variance * (double)n / (double)(p->finish == DIVIDED_BY_COUNT ? n : n - 1));
        *centre++ = (float)mean;
    } while (turn(&p->kept, 0, kept, &at));
}

OP_PREPARE(fold_std) {
    const bool unbiased = site_int(site, "unbiased", 1);
    if (!prepare_fold_kind(site, FOLD_SUM, unbiased ? AS_IT_IS : DIVIDED_BY_COUNT, step, arena, err))
        return false;
    const struct fold_params *p = step->params;
    step->run = run_fold_std;
    return step_scratch(step, (uint64_t)p->count * sizeof(float), err);
}

/* The largest goes out of the exponentials, so that none overflows. */
static double log_sum_exp(const double *row, size_t n) {
    double most = -__builtin_inf(), sum = 0;
    for (size_t i = 0; i < n; i++)
        most = row[i] > most || row[i] != row[i] ? row[i] : most;
    if (most - most != 0) /* infinite or NaN */
        return most;
    for (size_t i = 0; i < n; i++)
        sum += wide_exp(row[i] - most);
    return most + wide_log(sum);
}

/* Scratch: what is folded into one element, side by side. */
static void run_log_sum_exp(const struct step *step) {
    const struct fold_params *p = step->params;
    const unsigned char *x = step->in[0];
    unsigned char *z = step->out[0];
    double *row = step->scratch;
    size_t kept[BOX_MAX_LOOPS] = {0};
    ptrdiff_t at = 0;
    if (p->outputs == 0)
        return;
    do {
        size_t folded[BOX_MAX_LOOPS] = {0}, n = 0;
        ptrdiff_t from = at;
        do {
            if (p->count > 0)
                cast_elements(x + from * (ptrdiff_t)p->element, p->dtype, &row[n++], MSW_FLOAT64, 1);
        } while (p->count > 0 && turn(&p->folded, 0, folded, &from));
        const double value = log_sum_exp(row, n);
        cast_elements(&value, MSW_FLOAT64, z, p->dtype, 1);
        z += p->z_bytes;
    } while (turn(&p->kept, 0, kept, &at));
}

OP_PREPARE(fold_log_sum_exp) {
    if (!prepare_fold_kind(site, FOLD_SUM, AS_IT_IS, step, arena, err))
        return false;
    const struct fold_params *p = step->params;
    step->run = run_log_sum_exp;
    return step_scratch(step, (uint64_t)p->count * sizeof(double), err);
}
