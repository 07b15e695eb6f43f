/* move_row.h - template: FN copies n elements of type T, x[i * step] to z[i]. */
static void FN(const void *x, void *z, size_t n, size_t step) {
    const T *from = x;
    T *to = z;
    for (size_t i = 0; i < n; i++)
        to[i] = from[i * step];
}
#undef T
#undef FN
