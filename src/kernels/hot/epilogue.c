/* epilogue.c - one sweep that adds, and the activation right behind it, on so few elements that they are still in the nearest cache. */
#include "kernels/hot/epilogue.h"

#include "simd/simd.h"

enum { NEAR_FLOATS = 1024 };

static void add_row(float *z, const float *y, size_t n) {
    size_t i = 0;
    for (; i + 4 <= n; i += 4)
        f32x4_store(z + i, f32x4_load(z + i) + f32x4_load(y + i));
    for (; i < n; i++)
        z[i] += y[i];
}

/* z + x + y, in this order. */
static void add_rows(float *z, const float *x, const float *y, size_t n) {
    size_t i = 0;
    for (; i + 4 <= n; i += 4)
        f32x4_store(z + i, f32x4_load(z + i) + f32x4_load(x + i) + f32x4_load(y + i));
    for (; i < n; i++)
        z[i] = z[i] + x[i] + y[i];
}

static void add(const struct epilogue *e, float *z, size_t at, size_t n) {
    if (e->bias && e->residual)
        add_rows(z + at, e->bias, e->residual + at, n);
    else if (e->bias)
        add_row(z + at, e->bias, n);
    else if (e->residual)
        add_row(z + at, e->residual + at, n);
}

void epilogue_rows_f32(const struct epilogue *e, float *z, size_t rows, size_t columns, size_t ld) {
    const size_t together = ld == columns && columns < NEAR_FLOATS ? NEAR_FLOATS / (columns + 1) + 1 : 1;
    for (size_t r = 0; r < rows; r += together) {
        const size_t some = rows - r < together ? rows - r : together;
        for (size_t i = r; i < r + some; i++)
            add(e, z, i * ld, columns);
        if (e->activation)
            e->activation(z + r * ld, z + r * ld, some * columns);
    }
}
