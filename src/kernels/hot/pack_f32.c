/* pack_f32.c - panel by panel: columns that lie side by side are copied, rows that do are turned four by four. */
#include "kernels/hot/pack_f32.h"

#include "kernels/hot/transpose_u32.h"
#include "simd/simd.h"

/* Up to 8 columns, the others are zeros. */
static void part_of_panel(const float *source, size_t depth_step, size_t column_step, size_t depth, size_t columns,
                          float *panel) {
    for (size_t k = 0; k < depth; k++)
        for (size_t j = 0; j < PANEL; j++)
            panel[k * PANEL + j] = j < columns ? source[k * depth_step + j * column_step] : 0;
}

static void copy_panel(const float *source, size_t depth_step, size_t depth, float *panel) {
    for (size_t k = 0; k < depth; k++, source += depth_step, panel += PANEL) {
        f32x4_store(panel, f32x4_load(source));
        f32x4_store(panel + 4, f32x4_load(source + 4));
    }
}

/* Rows of the source become columns, z_step apart; floats are moved as bits. */
static void turn(const float *source, size_t row_step, size_t rows, size_t depth, float *z) {
    transpose_u32((const uint32_t *)(const void *)source, (uint32_t *)(void *)z, rows, depth, (ptrdiff_t)row_step,
                  PANEL);
}

void pack_f32(const float *source, size_t depth_step, size_t column_step, size_t depth, size_t columns, float *packed) {
    for (size_t j = 0; j < columns; j += PANEL, source += PANEL * column_step, packed += PANEL * depth) {
        if (columns - j < PANEL)
            part_of_panel(source, depth_step, column_step, depth, columns - j, packed);
        else if (column_step == 1)
            copy_panel(source, depth_step, depth, packed);
        else if (depth_step == 1)
            turn(source, column_step, PANEL, depth, packed);
        else
            part_of_panel(source, depth_step, column_step, depth, PANEL, packed);
    }
}

/* One column of a panel, or with `columns` 8 a whole one: numbers side by side are stored together. */
static void taps_apart(const float *source, size_t columns, size_t depth, size_t taps, float *panel) {
    for (size_t k = 0; k < depth; k++)
        for (size_t t = 0; t < taps; t++)
            for (size_t j = 0; j < columns; j++)
                panel[(t * depth + k) * PANEL + j] = source[(j * depth + k) * taps + t];
}

void pack_columns_f32(const float *source, size_t first, size_t count, size_t depth, size_t taps, float *packed) {
    const size_t row = taps * depth;
    for (size_t j = first, n; j < first + count; j += n, source += n * row) {
        float *panel = packed + j / PANEL * PANEL * row + j % PANEL;
        n = j % PANEL == 0 && first + count - j >= PANEL ? PANEL : 1;
        if (taps == 1 && n == PANEL)
            turn(source, row, PANEL, depth, panel);
        else if (n == PANEL)
            taps_apart(source, PANEL, depth, taps, panel);
        else
            taps_apart(source, 1, depth, taps, panel);
    }
}

void pack_depth_f32(const float *source, size_t first, size_t count, size_t depth, size_t columns, float *packed) {
    for (size_t k = first; k < first + count; k++, source += columns) {
        float *row = packed + k * PANEL;
        size_t j = 0;
        for (; j + PANEL <= columns; j += PANEL, row += PANEL * depth) {
            f32x4_store(row, f32x4_load(source + j));
            f32x4_store(row + 4, f32x4_load(source + j + 4));
        }
        for (size_t i = 0; j + i < columns; i++)
            row[i] = source[j + i];
    }
}
