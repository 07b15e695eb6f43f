/* elementwise_loops.h - template: the loops of elementwise.c for one element type.
 *   TYPE   suffix of the loops' names    T  element    V, LANES  its vector and width    LOOP  how the loops are declared
 *
 * An operation stands in one loop, for whole vectors, which takes two turns: the second is over one vector of buffers that hold the elements past the
 * last whole one. An element that is for all becomes such a buffer, too. They are filled by loops: a memory.copy of some bytes costs tens of ns. */

static inline V GLUE(load, TYPE)(const T *x) {
    V v;
    memcpy(&v, x, sizeof v);
    return v;
}

static inline void GLUE(store, TYPE)(T *z, V v) {
    memcpy(z, &v, sizeof v);
}

/* What the second turn reads: the last `count` elements, n with them, or the one for all. */
static inline void GLUE(ending, TYPE)(const T *x, size_t step, size_t n, size_t count, T ending[LANES]) {
    for (size_t i = 0; i < (step ? count : LANES); i++)
        ending[i] = x[step * (n - count + i)];
}

LOOP void GLUE(unary, TYPE)(const T *x, T *z, size_t n, V (*op)(V)) {
    const size_t count = n % LANES;
    T ending[LANES] = {0};
    GLUE(ending, TYPE)(x, 1, n, count, ending);
    const T *from = x;
    T *to = z;
    for (size_t end = n - count, turn = 0; turn < 2; turn++) {
        for (size_t i = 0; i < end; i += LANES)
            GLUE(store, TYPE)(to + i, op(GLUE(load, TYPE)(from + i)));
        from = to = ending;
        end = count;
    }
    for (size_t i = 0; i < count; i++)
        z[n - count + i] = ending[i];
}

LOOP void GLUE(binary, TYPE)(const T *x, const T *y, T *z, size_t n, size_t sx, size_t sy, V (*op)(V, V)) {
    const size_t count = n % LANES;
    T x_ending[LANES] = {0}, y_ending[LANES] = {0};
    if (n == 0)
        return;
    GLUE(ending, TYPE)(x, sx, n, count, x_ending);
    GLUE(ending, TYPE)(y, sy, n, count, y_ending);
    const T *x_from = sx ? x : x_ending, *y_from = sy ? y : y_ending;
    T *to = z;
    for (size_t end = n - count, turn = 0; turn < 2; turn++) {
        for (size_t i = 0; i < end; i += LANES, x_from += sx * LANES, y_from += sy * LANES)
            GLUE(store, TYPE)(to + i, op(GLUE(load, TYPE)(x_from), GLUE(load, TYPE)(y_from)));
        x_from = to = x_ending;
        y_from = y_ending;
        end = count;
    }
    for (size_t i = 0; i < count; i++)
        z[n - count + i] = x_ending[i];
}

#undef TYPE
#undef T
#undef V
#undef LANES
