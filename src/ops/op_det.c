/* op_det.c - determinants: Gaussian elimination in double, by the largest pivot of each column. */
#include "kernels/cast.h"
#include "ops/rows.h"

OP_CHECK(det) {
    const struct msw_type *x = &site->inputs[0];
    if (x->rank < 2 || x->dims[x->rank - 1] != x->dims[x->rank - 2])
        return error_set(err, MSW_INVALID, "needs square matrices, got %t", x);
    site->outputs[0] = (struct msw_type){.dtype = x->dtype, .rank = x->rank - 2};
    for (int32_t i = 0; i < x->rank - 2; i++)
        site->outputs[0].dims[i] = x->dims[i];
    return true;
}

struct det_params {
    size_t matrices, n;
    int32_t dtype;
};

static double magnitude(double x) {
    return __builtin_fabs(x);
}

static double determinant(double *a, size_t n) {
    double product = 1;
    for (size_t c = 0; c < n; c++) {
        size_t pivot = c;
        for (size_t r = c + 1; r < n; r++)
            pivot = magnitude(a[r * n + c]) > magnitude(a[pivot * n + c]) ? r : pivot;
        const double top = a[pivot * n + c];
        product *= pivot == c ? top : -top;
        if (top == 0)
            return 0;
        for (size_t k = c; k < n; k++) {
            const double moved = a[pivot * n + k];
            a[pivot * n + k] = a[c * n + k];
            a[c * n + k] = moved;
        }
        for (size_t r = c + 1; r < n; r++) {
            const double factor = a[r * n + c] / top;
            for (size_t k = c + 1; k < n; k++)
                a[r * n + k] -= factor * a[c * n + k];
        }
    }
    return product;
}

/* Scratch: one matrix. */
static void run_det(const struct step *step) {
    const struct det_params *p = step->params;
    const size_t elements = p->n * p->n, bytes = dtype_info(p->dtype)->bytes;
    const unsigned char *x = step->in[0];
    unsigned char *z = step->out[0];
    for (size_t m = 0; m < p->matrices; m++, z += bytes) {
        cast_elements(x + m * elements * bytes, p->dtype, step->scratch, MSW_FLOAT64, elements);
        const double value = determinant(step->scratch, p->n);
        cast_elements(&value, MSW_FLOAT64, z, p->dtype, 1);
    }
}

OP_PREPARE(det) {
    const struct msw_type *x = &site->inputs[0];
    const struct det_params p = {
        .matrices = type_extent(x, 0, x->rank - 2), .n = (size_t)x->dims[x->rank - 1], .dtype = x->dtype};
    step->run = run_det;
    return step_scratch(step, (uint64_t)p.n * p.n * sizeof(double), err) && step_params(step, &p, sizeof p, arena, err);
}

/* n^3 / 3 multiply-adds each. */
OP_WORK(det) {
    const struct msw_type *x = &site->inputs[0];
    work->operations = (uint64_t)type_elements(x) * (uint64_t)x->dims[x->rank - 1] * 2 / 3;
}
