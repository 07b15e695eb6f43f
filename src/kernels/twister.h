/* twister.h - random numbers by the Mersenne Twister MT19937 (Matsumoto and Nishimura, 1998), drawn as numpy.random.RandomState draws them. */
#ifndef KERNELS_TWISTER_H
#define KERNELS_TWISTER_H

#include <stdint.h>

enum { TWISTER_WORDS = 624 };

struct twister {
    uint32_t words[TWISTER_WORDS], at;
};

void twister_seed(struct twister *t, uint32_t seed);

uint32_t twister_next(struct twister *t);

/* 53 bits in [0, 1). */
double twister_uniform(struct twister *t);

/* Of mean 0 and deviation 1, by Marsaglia's polar method, two at a time. */
void twister_normal_pair(struct twister *t, double *first, double *second);

#endif
