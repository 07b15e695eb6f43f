/* peak.c - the limit of the machine, as this build can reach it. */
#include "base/pool.h"
#include "kernels/hot/peak_f32.h"
#include "msw.h"

enum { PARTS = 8 }; /* for each thread, so that one that comes late does less */

/* What a compiler must believe that somebody reads. */
static volatile float result;

struct rounds {
    uint32_t count;
};

static void work(const void *context, uint32_t worker, size_t begin, size_t end) {
    const struct rounds *rounds = context;
    (void)worker;
    for (; begin < end; begin++)
        result = peak_f32(rounds->count);
}

uint32_t msw_peak(uint32_t rounds) {
    const struct rounds all = {.count = rounds};
    const uint32_t parts = PARTS * pool_threads();
    pool_enter();
    pool_for(parts, 1, work, &all);
    pool_leave();
    return PEAK_OPERATIONS * parts;
}
