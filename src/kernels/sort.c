/* sort.c - merging ever longer runs: n log n steps whatever the data, and stable. */
#include "kernels/sort.h"

#include <string.h>

/* Does element b have to stand before element a, which came first? */
typedef bool (*must_swap)(const void *x, size_t a, size_t b);

#define COMPARE(name, type, below)                                                                                     \
    static bool ascending_##name(const void *x, size_t a, size_t b) {                                                  \
        const type *p = x, first = p[a], second = p[b];                                                                \
        return below(second, first);                                                                                   \
    }                                                                                                                  \
    static bool descending_##name(const void *x, size_t a, size_t b) {                                                 \
        const type *p = x, first = p[a], second = p[b];                                                                \
        return below(first, second);                                                                                   \
    }
#define BELOW(a, b) ((a) < (b))
#define BELOW_WITH_NAN(a, b) ((a) < (b) || ((b) != (b) && (a) == (a)))
COMPARE(f32, float, BELOW_WITH_NAN)
COMPARE(i8, int8_t, BELOW)
COMPARE(u8, uint8_t, BELOW)
COMPARE(i16, int16_t, BELOW)
COMPARE(i32, int32_t, BELOW)
COMPARE(i64, int64_t, BELOW)
COMPARE(u16, uint16_t, BELOW)
COMPARE(u32, uint32_t, BELOW)
COMPARE(u64, uint64_t, BELOW)
COMPARE(f64, double, BELOW_WITH_NAN)

/* The sorted runs [first, middle) and [middle, end) of `from` as one in `to`. */
static void merge(const void *x, size_t step, must_swap swap, const int32_t *from, int32_t *to, size_t first,
                  size_t middle, size_t end) {
    size_t a = first, b = middle;
    for (size_t i = first; i < end; i++) {
        const bool take_b = a == middle || (b < end && swap(x, (size_t)from[a] * step, (size_t)from[b] * step));
        to[i] = take_b ? from[b++] : from[a++];
    }
}

static void sort(const void *x, size_t n, size_t step, must_swap swap, int32_t *order, int32_t *spare) {
    int32_t *from = order, *to = spare;
    for (size_t i = 0; i < n; i++)
        order[i] = (int32_t)i;
    for (size_t run = 1; run < n; run *= 2) {
        for (size_t first = 0; first < n; first += 2 * run) {
            const size_t middle = n - first < run ? n : first + run, end = n - first < 2 * run ? n : first + 2 * run;
            merge(x, step, swap, from, to, first, middle, end);
        }
        int32_t *const sorted = to;
        to = from;
        from = sorted;
    }
    if (from != order)
        memcpy(order, from, n * sizeof *order);
}

#define SORT(name)                                                                                                     \
    void sort_##name(const void *x, size_t n, size_t step, bool descending, int32_t *order, int32_t *spare) {          \
        sort(x, n, step, descending ? descending_##name : ascending_##name, order, spare);                             \
    }
SORT(f32)
SORT(i8)
SORT(u8)
SORT(i16)
SORT(i32)
SORT(i64)
SORT(u16)
SORT(u32)
SORT(u64)
SORT(f64)
