/* winograd_tile.h - template: both transforms of F(SIDE x SIDE, 3 x 3) for one tile, four channels at a time.
 *   SIDE, POINTS    output and input points of a tile in each direction; POINTS = SIDE + 2
 *   INPUT, OUTPUT   functions to define
 *   FORWARD(d, v)   v[POINTS] = B^T d[POINTS]        BACK(m, y)   y[SIDE] = A^T m[POINTS] */

/* v[(i * POINTS + j) * step + c] = (B^T d B)[i][j] for d[i][j] = x[i * POINTS + j][c], c < channels, which is a multiple of 4. */
static void INPUT(const float *const *x, size_t channels, float *v, size_t step) {
    for (size_t c = 0; c < channels; c += 4) {
        f32x4 columns[POINTS][POINTS], d[POINTS], t[POINTS];
        for (int j = 0; j < POINTS; j++) {
            for (int i = 0; i < POINTS; i++)
                d[i] = f32x4_load(x[i * POINTS + j] + c);
            FORWARD(d, t);
            for (int i = 0; i < POINTS; i++)
                columns[i][j] = t[i];
        }
        for (int i = 0; i < POINTS; i++) {
            FORWARD(columns[i], t);
            for (int j = 0; j < POINTS; j++)
                f32x4_store(v + (size_t)(i * POINTS + j) * step + c, t[j]);
        }
    }
}

/* z[i * row + j * pixel + c] = (A^T m A)[i][j] for m[i][j] = m[(i * POINTS + j) * step + c], i < rows <= SIDE, j < points <= SIDE, c < channels. */
static void OUTPUT(const float *m, size_t step, size_t channels, float *z, size_t row, size_t pixel, size_t rows,
                   size_t points) {
    for (size_t c = 0; c < channels; c += 4) {
        f32x4 columns[SIDE][POINTS], d[POINTS], y[SIDE];
        for (int j = 0; j < POINTS; j++) {
            for (int i = 0; i < POINTS; i++)
                d[i] = f32x4_load(m + (size_t)(i * POINTS + j) * step + c);
            BACK(d, y);
            for (int i = 0; i < SIDE; i++)
                columns[i][j] = y[i];
        }
        for (size_t i = 0; i < rows; i++) {
            BACK(columns[i], y);
            for (size_t j = 0; j < SIDE; j++)
                if (j < points)
                    f32x4_write(z + i * row + j * pixel + c, y[j], channels - c);
        }
    }
}

#undef SIDE
#undef POINTS
#undef INPUT
#undef OUTPUT
#undef FORWARD
#undef BACK
