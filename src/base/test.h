/* test.h - what the C tests of all layers share: cmocka, the same random numbers on every run, and memory that ends where it says. */
#ifndef BASE_TEST_H
#define BASE_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* xorshift64* (Vigna 2014). *state is never 0. */
static inline uint64_t test_random(uint64_t *state) {
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * 2685821657736338717u >> 16;
}

static inline size_t test_below(uint64_t *state, size_t n) {
    return (size_t)(test_random(state) % n);
}

/* Exactly `bytes` bytes, 16-byte aligned, so that AddressSanitizer sees a touch of the next one. They hold no zeros that a test could rely on. */
static inline void *test_bytes(size_t bytes) {
    void *memory = calloc(bytes, 1);
    if (!memory)
        abort();
    return memset(memory, 0xa5, bytes);
}

/* A float that is awkward one time in three, else of moderate size. */
static inline float test_float(uint64_t *state) {
    static const uint32_t awkward[] = {
        0x7fc00000, 0xffc00001, 0x00000000, 0x80000000, 0x7f800000, 0xff800000, 0x00000001,
        0x80000001, 0x007fffff, 0x00800000, 0x7f7fffff, 0xff7fffff, 0x3f800000, 0xbf800000,
    }; /* two NaNs, zeros, infinities, subnormals, the smallest normal, the largest, ones */
    float x;
    if (test_below(state, 3) > 0)
        return (float)((double)test_random(state) / (1ull << 48) * 20 - 10);
    memcpy(&x, &awkward[test_below(state, COUNT(awkward))], sizeof x);
    return x;
}

static inline float *test_floats(uint64_t *state, size_t n) {
    float *x = test_bytes(n * sizeof *x);
    for (size_t i = 0; i < n; i++)
        x[i] = test_float(state);
    return x;
}

/* As bits, but any NaN is like any other: their payloads and signs are no part of the contract. */
static inline bool test_same_float(float x, float y) {
    return memcmp(&x, &y, sizeof x) == 0 || (x != x && y != y);
}

static inline void test_same_floats(const float *x, const float *y, size_t n, const char *what) {
    for (size_t i = 0; i < n; i++)
        if (!test_same_float(x[i], y[i]))
            fail_msg("%s: element %zu of %zu is %a, expected %a", what, i, n, (double)x[i], (double)y[i]);
}

#endif
