/* elementwise_loops.h - template: the loops of elementwise.c for one element type.
 *   TYPE   suffix of the loops' names    T  element    V, LANES  its vector and width    LOOP  how the loops are declared
 * The last, incomplete vector goes through a buffer, so that an operation is written once, for whole vectors. */

static inline V GLUE(load, TYPE)(const T *x) {
    V v;
    memcpy(&v, x, sizeof v);
    return v;
}

static inline V GLUE(splat, TYPE)(T x) {
    return x - (V){0}; /* not +: -0 must stay -0 */
}

/* The vector at x[i * step], of which `left` elements exist. */
static inline V GLUE(read, TYPE)(const T *x, size_t i, size_t step, size_t left) {
    if (step == 0)
        return GLUE(splat, TYPE)(*x);
    if (left >= LANES)
        return GLUE(load, TYPE)(x + i);
    T part[LANES] = {0};
    memcpy(part, x + i, left * sizeof *x);
    return GLUE(load, TYPE)(part);
}

static inline void GLUE(write, TYPE)(T *z, V v, size_t left) {
    if (left >= LANES)
        memcpy(z, &v, sizeof v);
    else
        memcpy(z, &v, left * sizeof *z);
}

LOOP void GLUE(unary, TYPE)(const T *x, T *z, size_t n, V (*op)(V)) {
    for (size_t i = 0; i < n; i += LANES)
        GLUE(write, TYPE)(z + i, op(GLUE(read, TYPE)(x, i, 1, n - i)), n - i);
}

LOOP void GLUE(binary, TYPE)(const T *x, const T *y, T *z, size_t n, size_t sx, size_t sy, V (*op)(V, V)) {
    for (size_t i = 0; i < n; i += LANES)
        GLUE(write, TYPE)(z + i, op(GLUE(read, TYPE)(x, i, sx, n - i), GLUE(read, TYPE)(y, i, sy, n - i)), n - i);
}

#undef TYPE
#undef T
#undef V
#undef LANES
