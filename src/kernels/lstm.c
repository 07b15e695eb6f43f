/* lstm.c - four cells abreast. */
#include "kernels/lstm.h"

#include "simd/math.h"

/* Cells j, j + 1 ... of one item. */
static void cells(const float *x, const float *h, const float *bias, size_t hidden, size_t j, float *c, float *z) {
    const size_t left = hidden - j;
    f32x4 gate[4];
    for (size_t g = 0; g < 4; g++) {
        const size_t at = g * hidden + j;
        gate[g] = f32x4_read(x + at, left) + f32x4_read(h + at, left);
        if (bias)
            gate[g] += f32x4_read(bias + at, left);
    }
    const f32x4 cell = f32x4_sigmoid(gate[1]) * f32x4_read(c + j, left) + f32x4_sigmoid(gate[0]) * f32x4_tanh(gate[2]);
    f32x4_write(c + j, cell, left);
    f32x4_write(z + j, f32x4_sigmoid(gate[3]) * f32x4_tanh(cell), left);
}

void lstm_step_f32(const float *x, const float *h, const float *bias, size_t batch, size_t hidden, float *c, float *z) {
    for (size_t b = 0; b < batch; b++, x += 4 * hidden, h += 4 * hidden, c += hidden, z += hidden)
        for (size_t j = 0; j < hidden; j += 4)
            cells(x, h, bias, hidden, j, c, z);
}
