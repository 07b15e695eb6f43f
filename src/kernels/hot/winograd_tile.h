/* winograd_tile.h - template: the transforms of F(SIDE x SIDE, 3 x 3) (winograd_transform.h), four channels at a time.
 *   SIDE, POINTS            output and input points of a tile in each direction; POINTS = SIDE + 2
 *   INPUT, OUTPUT, WEIGHTS  functions to define
 *   FORWARD(d, v)           v[POINTS] = B^T d[POINTS]
 *   BACK(m, y)              y[SIDE] = A^T m[POINTS]
 *   SPREAD(g, u)            u[POINTS] = G g[3] */

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

static void WEIGHTS(const float *w, size_t depth, float *u, size_t step) {
    const size_t tap = depth * PANEL;
    for (size_t at = 0; at < tap; at += 4) {
        f32x4 columns[POINTS][3], g[3], t[POINTS];
        for (int j = 0; j < 3; j++) {
            for (int i = 0; i < 3; i++)
                g[i] = f32x4_load(w + (size_t)(3 * i + j) * tap + at);
            SPREAD(g, t);
            for (int i = 0; i < POINTS; i++)
                columns[i][j] = t[i];
        }
        for (int i = 0; i < POINTS; i++) {
            SPREAD(columns[i], t);
            for (int j = 0; j < POINTS; j++)
                f32x4_store(u + (size_t)(i * POINTS + j) * step + at, t[j]);
        }
    }
}

#undef SIDE
#undef POINTS
#undef INPUT
#undef OUTPUT
#undef WEIGHTS
#undef FORWARD
#undef BACK
#undef SPREAD
