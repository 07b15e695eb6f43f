/* wide.c - short series behind exact reductions of the argument. */
#include "kernels/wide.h"

#include <string.h>

static double power_of_two(int64_t n) {
    const uint64_t bits = (uint64_t)(n + 1023) << 52;
    double z;
    memcpy(&z, &bits, sizeof z);
    return z;
}

/* x = n ln2 + r, e^r by Taylor: the first term left out is below 1e-17. */
double wide_exp(double x) {
    if (x != x)
        return x;
    const double cut = x > 710 ? 710 : x < -746 ? -746 : x, round = 0x1.8p52;
    const double n = (cut * 1.4426950408889634 + round) - round;
    const double r = (cut - n * 0.693147180369123816490) - n * 1.90821492927058770002e-10;
    double p = 1;
    for (int i = 14; i > 0; i--)
        p = 1 + p * r / i;
    const int64_t half = (int64_t)n / 2;
    return p * power_of_two(half) * power_of_two((int64_t)n - half);
}

/* x = 2^e m, m around 1: log m = 2 artanh s, s = (m - 1) / (m + 1). */
double wide_log(double x) {
    const double infinity = __builtin_inf();
    if (!(x > 0) || x == infinity)
        return x == 0 ? -infinity : x > 0 ? x : x != x ? x : infinity - infinity;
    int64_t e = 0;
    if (x < 0x1p-1022) {
        x *= 0x1p54;
        e = -54;
    }
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    const uint64_t shifted = bits + 0x0009600000000000u; /* so that m begins a little below sqrt(1/2) */
    e += (int64_t)(shifted >> 52) - 1023;
    bits = bits - ((shifted >> 52 << 52) - (1023ull << 52));
    double m;
    memcpy(&m, &bits, sizeof m);
    const double s = (m - 1) / (m + 1), q = s * s;
    double p = 0;
    for (int i = 23; i > 0; i -= 2)
        p = p * q + 2.0 / i;
    return p * s + (double)e * 0.693147180559945309417;
}

/* Sine and cosine up to an eighth of the circle, by Taylor. */
static double series(double q, int first) {
    double p = 1;
    for (int i = first + 16; i >= first; i -= 2)
        p = 1 - p * q / (i * (i + 1));
    return p;
}

void wide_circle(uint64_t k, uint64_t n, double *cosine, double *sine) {
    const uint64_t eighth = k * 8 / n; /* whole numbers: nothing is lost before the series */
    const uint64_t quarter = (eighth + 1) / 2;
    const int64_t rest = (int64_t)(k * 4) - (int64_t)(quarter * n); /* of n * 4 */
    const double r = (double)rest / (double)n * 1.57079632679489661923;
    const double c = series(r * r, 1), s = r * series(r * r, 2);
    const double turned[4] = {c, -s, -c, s};
    *cosine = turned[quarter & 3];
    *sine = turned[(quarter + 3) & 3];
}
