/* select_row.h - template: FN is select_elements for elements of type T. */
static void FN(const uint8_t *mask, const void *xs, const void *ys, void *zs, size_t n, size_t sm, size_t sx,
               size_t sy) {
    const T *x = xs, *y = ys;
    T *z = zs;
    for (size_t i = 0; i < n; i++)
        z[i] = mask[i * sm] ? x[i * sx] : y[i * sy];
}
#undef T
#undef FN
