/* epilogue.c - bias row by row; what is the same for all elements in one go where the rows lie close together. */
#include "kernels/hot/epilogue.h"

#include "simd/simd.h"

static void add_row(float *z, const float *y, size_t n) {
    size_t i = 0;
    for (; i + 4 <= n; i += 4)
        f32x4_store(z + i, f32x4_load(z + i) + f32x4_load(y + i));
    for (; i < n; i++)
        z[i] += y[i];
}

void epilogue_rows_f32(const struct epilogue *e, float *z, size_t rows, size_t columns, size_t ld) {
    for (size_t r = 0; e->bias && r < rows; r++)
        add_row(z + r * ld, e->bias, columns);
    if (ld == columns) {
        columns *= rows;
        rows = rows > 0;
    }
    for (size_t r = 0; e->residual && r < rows; r++)
        add_row(z + r * ld, e->residual + r * ld, columns);
    for (size_t r = 0; e->activation && r < rows; r++)
        e->activation(z + r * ld, z + r * ld, columns);
}
