/* reduce_loops.h - template: the kernels of reduce.c for one element type.
 *   ARGMAX, ARGMIN, EQUAL_COUNT  functions to define    T  element */

int32_t ARGMAX(const void *x, size_t n, ptrdiff_t step) {
    const T *p = x;
    T best = *p;
    int32_t index = 0;
    for (size_t i = 1; i < n; i++) {
        p += step;
        if (*p > best) {
            best = *p;
            index = (int32_t)i;
        }
    }
    return index;
}

int32_t ARGMIN(const void *x, size_t n, ptrdiff_t step) {
    const T *p = x;
    T best = *p;
    int32_t index = 0;
    for (size_t i = 1; i < n; i++) {
        p += step;
        if (*p < best) {
            best = *p;
            index = (int32_t)i;
        }
    }
    return index;
}

int64_t EQUAL_COUNT(const void *x, const void *y, size_t n) {
    const T *p = x, *q = y;
    int64_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += p[i] == q[i];
    return count;
}

#undef ARGMAX
#undef ARGMIN
#undef EQUAL_COUNT
#undef T
