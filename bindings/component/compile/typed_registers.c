/* typed_registers.c - the exports of typed.h, and the entry points of run: the canonical ABI gives up to 16 words in registers, one function for each number of them, and more in memory.
 * A compiled module keeps the one that fits its model. */
#include "canonical.h"
#include "compile/typed.h"
#include "msw.h"

ABI_EXPORT("typed:prepare")
int32_t typed_export_prepare(void) {
    return typed_prepare();
}

ABI_EXPORT("typed:labels")
const size_t *typed_export_labels(void) {
    return typed_labels();
}

ABI_EXPORT("typed:run-0")
const size_t *typed_run_0(void) {
    return typed_run(NULL);
}

#define RUN(n, parameters, ...)                                                                                        \
    ABI_EXPORT("typed:run-" #n)                                                                                        \
    const size_t *typed_run_##n parameters {                                                                           \
        const size_t words[] = {__VA_ARGS__};                                                                          \
        return typed_run(words);                                                                                       \
    }
RUN(1, (size_t a), a)
RUN(2, (size_t a, size_t b), a, b)
RUN(3, (size_t a, size_t b, size_t c), a, b, c)
RUN(4, (size_t a, size_t b, size_t c, size_t d), a, b, c, d)
RUN(5, (size_t a, size_t b, size_t c, size_t d, size_t e), a, b, c, d, e)
RUN(6, (size_t a, size_t b, size_t c, size_t d, size_t e, size_t f), a, b, c, d, e, f)
RUN(7, (size_t a, size_t b, size_t c, size_t d, size_t e, size_t f, size_t g), a, b, c, d, e, f, g)
RUN(8, (size_t a, size_t b, size_t c, size_t d, size_t e, size_t f, size_t g, size_t h), a, b, c, d, e, f, g, h)
RUN(9, (size_t a, size_t b, size_t c, size_t d, size_t e, size_t f, size_t g, size_t h, size_t i), a, b, c, d, e, f, g,
    h, i)
RUN(10, (size_t a, size_t b, size_t c, size_t d, size_t e, size_t f, size_t g, size_t h, size_t i, size_t j), a, b, c,
    d, e, f, g, h, i, j)
RUN(11, (size_t a, size_t b, size_t c, size_t d, size_t e, size_t f, size_t g, size_t h, size_t i, size_t j, size_t k),
    a, b, c, d, e, f, g, h, i, j, k)
RUN(12,
    (size_t a, size_t b, size_t c, size_t d, size_t e, size_t f, size_t g, size_t h, size_t i, size_t j, size_t k,
     size_t l),
    a, b, c, d, e, f, g, h, i, j, k, l)
RUN(13,
    (size_t a, size_t b, size_t c, size_t d, size_t e, size_t f, size_t g, size_t h, size_t i, size_t j, size_t k,
     size_t l, size_t m),
    a, b, c, d, e, f, g, h, i, j, k, l, m)
RUN(14,
    (size_t a, size_t b, size_t c, size_t d, size_t e, size_t f, size_t g, size_t h, size_t i, size_t j, size_t k,
     size_t l, size_t m, size_t n),
    a, b, c, d, e, f, g, h, i, j, k, l, m, n)
RUN(15,
    (size_t a, size_t b, size_t c, size_t d, size_t e, size_t f, size_t g, size_t h, size_t i, size_t j, size_t k,
     size_t l, size_t m, size_t n, size_t o),
    a, b, c, d, e, f, g, h, i, j, k, l, m, n, o)
RUN(16,
    (size_t a, size_t b, size_t c, size_t d, size_t e, size_t f, size_t g, size_t h, size_t i, size_t j, size_t k,
     size_t l, size_t m, size_t n, size_t o, size_t p),
    a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p)

/* The words come in memory from cabi_realloc. */
ABI_EXPORT("typed:run-in-memory")
const size_t *typed_run_in_memory(size_t *words) {
    const size_t *answer = typed_run(words);
    msw_free(words);
    return answer;
}
