/* twister.c - the recurrence, 624 words at a time. */
#include "kernels/twister.h"

#include "kernels/wide.h"

void twister_seed(struct twister *t, uint32_t seed) {
    for (uint32_t i = 0; i < TWISTER_WORDS; i++) {
        t->words[i] = seed;
        seed = 1812433253u * (seed ^ seed >> 30) + i + 1;
    }
    t->at = TWISTER_WORDS;
}

static void advance(struct twister *t) {
    uint32_t *w = t->words;
    for (uint32_t i = 0; i < TWISTER_WORDS; i++) {
        const uint32_t y = (w[i] & 0x80000000u) | (w[(i + 1) % TWISTER_WORDS] & 0x7fffffffu);
        w[i] = w[(i + 397) % TWISTER_WORDS] ^ y >> 1 ^ (y & 1 ? 0x9908b0dfu : 0);
    }
    t->at = 0;
}

uint32_t twister_next(struct twister *t) {
    if (t->at == TWISTER_WORDS)
        advance(t);
    uint32_t y = t->words[t->at++];
    y ^= y >> 11;
    y ^= y << 7 & 0x9d2c5680u;
    y ^= y << 15 & 0xefc60000u;
    return y ^ y >> 18;
}

double twister_uniform(struct twister *t) {
    const uint32_t high = twister_next(t) >> 5, low = twister_next(t) >> 6;
    return ((double)high * 67108864 + (double)low) / 9007199254740992;
}

void twister_normal_pair(struct twister *t, double *first, double *second) {
    double x, y, square;
    do {
        x = 2 * twister_uniform(t) - 1;
        y = 2 * twister_uniform(t) - 1;
        square = x * x + y * y;
    } while (square >= 1 || square == 0);
    const double scale = __builtin_sqrt(-2 * wide_log(square) / square);
    *first = scale * y;
    *second = scale * x;
}
