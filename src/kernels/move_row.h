/* move_row.h - template: FN copies n elements of type T, x[i * x_step] to z[i * z_step]. */
static void FN(const void *x, void *z, size_t n, ptrdiff_t x_step, ptrdiff_t z_step) {
    const T *from = x;
    T *to = z;
    for (size_t i = 0; i < n; i++)
        to[(ptrdiff_t)i * z_step] = from[(ptrdiff_t)i * x_step];
}
#undef T
#undef FN
