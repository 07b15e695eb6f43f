/* fourier.c - decimation in time by any factor: the transforms of every p-th element, joined by p roots of unity. */
#include "kernels/fourier.h"

#include "kernels/wide.h"

void fourier_roots(struct complex *roots, size_t n, bool inverse) {
    for (size_t k = 0; k < n; k++) {
        wide_circle(k, n, &roots[k].re, &roots[k].im);
        if (!inverse)
            roots[k].im = -roots[k].im;
    }
}

static size_t smallest_factor(size_t n) {
    for (size_t p = 2; p * p <= n; p++)
        if (n % p == 0)
            return p;
    return n;
}

/* Elements x[0], x[step] ... as part of a whole whose roots are taken `step` at a time. */
struct part {
    const struct complex *roots;
    struct complex *spare;
    size_t whole;
};

static void join(const struct part *part, struct complex *z, size_t n, size_t p, size_t step) {
    const size_t m = n / p;
    for (size_t k = 0; k < m; k++) {
        for (size_t r = 0; r < p; r++)
            part->spare[r] = z[r * m + k];
        for (size_t q = 0; q < p; q++) {
            const size_t turn = (q * m + k) * step % part->whole;
            struct complex sum = part->spare[0];
            for (size_t r = 1, at = turn; r < p;
                 r++, at = at + turn < part->whole ? at + turn : at + turn - part->whole) {
                const struct complex w = part->roots[at], x = part->spare[r];
                sum.re += x.re * w.re - x.im * w.im;
                sum.im += x.re * w.im + x.im * w.re;
            }
            z[q * m + k] = sum;
        }
    }
}

static void transform(const struct part *part, const struct complex *x, struct complex *z, size_t n, size_t step) {
    if (n == 1) {
        z[0] = x[0];
        return;
    }
    const size_t p = smallest_factor(n), m = n / p;
    for (size_t r = 0; r < p; r++)
        transform(part, x + r * step, z + r * m, m, step * p);
    join(part, z, n, p, step);
}

void fourier(const struct complex *x, struct complex *z, size_t n, const struct complex *roots, struct complex *spare) {
    const struct part whole = {.roots = roots, .spare = spare, .whole = n};
    if (n > 0)
        transform(&whole, x, z, n, 1);
}
