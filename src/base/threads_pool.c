/* threads_pool.c - shares a loop among threads that take ranges of it by themselves.
 *
 * A loop is a number of units of `grain` elements, of which each thread has a share: the same part of every loop, so that it finds in its caches what it
 * wrote there in the loop before. Who has done its own helps others, from their ends. `ticket` of a share holds which loop it is and which units nobody
 * has taken yet; taking some is one compare-and-swap, after which the loop cannot end before they are done, so that its description may be read. The
 * caller takes units like any other thread and waits for those alone that another has taken: a thread that sleeps, comes late or is dead costs nothing.
 *
 * One that dies with units in its hands must not be waited for either. Whoever sees its end sets `gone`; where nobody does, the caller gives up
 * after LOST_WAITS. The units cannot be done over, since a step that works in place may have done half of them: the run is given up
 * (pool_lost), the host ends all threads, and the run begins anew in one. */
#include <stdatomic.h>

#include "base/host.h"
#include "base/pool.h"
#include "base/round.h"
#include "msw.h"

enum {
    MOST_THREADS = 64,
    CACHE_LINE = 64,
    MOST_UNITS = 1 << 15, /* of a loop: a ticket has 16 bits for each of two */
    /* Looks at memory before a thread sleeps, about a nanosecond each. Waking it takes up to 150 us, and steps follow each other after fewer; longer looks
     * cost a machine that has other things to do more than they bring. The caller makes room for the thread that it waits for. */
    THREAD_SPINS = 100000,
    CALLER_SPINS = 50000,
    /* Waits without any progress before threads count as dead. Many short ones and not a long one, for a process that was stopped meanwhile finds
     * just one of them over. */
    LOST_WAITS = 150,
};

static const int64_t wait_ns = 20 * 1000 * 1000, sleep_ns = 1000 * 1000 * 1000;

enum state { ENDED, WORKING, LOST };

static struct {
    struct {
        _Alignas(CACHE_LINE) _Atomic uint64_t ticket;
    } shares[MOST_THREADS];
    _Alignas(CACHE_LINE) _Atomic uint32_t done; /* units done */
    _Atomic uint32_t caller_sleeps;
    _Alignas(CACHE_LINE) _Atomic uint32_t signal; /* changes when there is something to look at */
    _Atomic uint32_t sleepers;
    _Alignas(CACHE_LINE) pool_work *work; /* the loop; written where no thread has units, read by those that have */
    const void *context;
    size_t count, grain;
    uint32_t units, loop;
    _Atomic enum state state;
    _Atomic uint32_t added, fixed; /* threads besides the caller; what pool_threads says, 0 before it was asked */
    atomic_flag entered;
    struct msw_thread threads[MOST_THREADS];
} pool;

static _Thread_local bool may_share;

uint32_t pool_threads(void) {
    uint32_t fixed = 0;
    if (!atomic_compare_exchange_strong(&pool.fixed, &fixed, pool.added + 1))
        return fixed;
    return pool.fixed;
}

void pool_enter(void) {
    may_share = !atomic_flag_test_and_set(&pool.entered);
}

void pool_leave(void) {
    if (may_share)
        atomic_flag_clear(&pool.entered);
    may_share = false;
}

bool pool_lost(void) {
    return may_share && pool.state == LOST;
}

/* A ticket: the number of the loop, and the units not taken, from `first` up to `end`. */
static uint64_t ticket(uint32_t loop, uint32_t first, uint32_t end) {
    return (uint64_t)loop << 32 | first << 16 | end;
}

/* Take some units of a share, a part of what is left, so that all threads end at about the same time: the owner most of them from the front, for large
 * ranges are done faster, others half of them from the end. False: nothing is left. */
static bool take(uint32_t share, bool owner, uint32_t *first, uint32_t *count) {
    _Atomic uint64_t *at = &pool.shares[share].ticket;
    uint64_t old = atomic_load_explicit(at, memory_order_acquire);
    for (;;) {
        const uint32_t loop = (uint32_t)(old >> 32), begin = (uint32_t)old >> 16, end = (uint32_t)old & 0xffff;
        if (begin == end)
            return false;
        *count = owner ? (3 * (end - begin) + 1) / 4 : (end - begin + 1) / 2;
        *first = owner ? begin : end - *count;
        if (atomic_compare_exchange_weak(at, &old,
                                         owner ? ticket(loop, begin + *count, end) : ticket(loop, begin, end - *count)))
            return true;
    }
}

static void do_units(uint32_t worker, uint32_t first, uint32_t count) {
    const uint32_t units = pool.units;
    const size_t begin = first * pool.grain, end = (first + count) * pool.grain;
    pool.work(pool.context, worker, begin, end < pool.count ? end : pool.count);
    if (atomic_fetch_add(&pool.done, count) + count == units && pool.caller_sleeps)
        host_wake(&pool.done, 1);
}

/* Work until nothing is left to take. True: there was something. */
static bool take_part(uint32_t worker) {
    const uint32_t shares = pool.added + 1;
    bool any = false;
    for (uint32_t i = 0; i < shares; i++) {
        uint32_t first, count;
        while (take((worker + i) % shares, i == 0, &first, &count)) {
            any = true;
            do_units(worker, first, count);
        }
    }
    return any;
}

static bool one_is_gone(void) {
    for (uint32_t i = 0; i < pool.added; i++)
        if (atomic_load((_Atomic uint32_t *)&pool.threads[i].gone))
            return true;
    return false;
}

/* Until what others have taken is done. False: it will not be. */
static bool await_others(void) {
    for (int spins = 0; spins < CALLER_SPINS; spins++)
        if (atomic_load_explicit(&pool.done, memory_order_acquire) == pool.units)
            return true;
    bool all = false;
    pool.caller_sleeps = 1;
    for (int waits = 0; waits < LOST_WAITS && !one_is_gone(); waits++) {
        const uint32_t done = pool.done;
        all = done == pool.units;
        if (all)
            break;
        if (!host_wait(&pool.done, done, wait_ns))
            waits = 0;
    }
    pool.caller_sleeps = 0;
    return all;
}

static void signal_threads(uint32_t most) {
    atomic_fetch_add(&pool.signal, 1);
    const uint32_t sleepers = pool.sleepers;
    if (sleepers > 0)
        host_wake(&pool.signal, sleepers < most ? sleepers : most);
}

void pool_for(size_t count, size_t grain, pool_work *work, const void *context) {
    if (count == 0)
        return;
    if (count <= grain || !may_share || pool.state != WORKING) {
        work(context, 0, 0, count);
        return;
    }
    while (count / grain >= MOST_UNITS)
        grain *= 2;
    pool.work = work;
    pool.context = context;
    pool.count = count;
    pool.grain = grain;
    pool.units = (uint32_t)divide_up(count, grain);
    pool.done = 0;
    pool.loop++;
    const uint32_t shares = pool.added + 1, units = pool.units;
    for (uint32_t i = 0; i < shares; i++)
        atomic_store(&pool.shares[i].ticket, ticket(pool.loop, units * i / shares, units * (i + 1) / shares));
    signal_threads(pool.units - 1);
    take_part(0);
    if (!await_others())
        pool.state = LOST;
}

struct msw_thread *pool_thread_new(void) {
    const uint32_t room = pool.fixed > 0 ? pool.fixed - 1 : MOST_THREADS - 1;
    if (pool.added >= room)
        return NULL;
    struct msw_thread *thread = &pool.threads[pool.added];
    if (!host_thread_stack(thread))
        return NULL;
    thread->gone = 0;
    thread->worker = ++pool.added;
    pool.state = WORKING;
    return thread;
}

void pool_thread_run(struct msw_thread *thread) {
    for (;;) {
        const uint32_t seen = pool.signal;
        if (pool.state == ENDED)
            return;
        if (take_part(thread->worker))
            continue;
        int spins = 0;
        while (spins < THREAD_SPINS && atomic_load_explicit(&pool.signal, memory_order_relaxed) == seen)
            spins++;
        if (spins < THREAD_SPINS)
            continue;
        atomic_fetch_add(&pool.sleepers, 1);
        host_wait(&pool.signal, seen, sleep_ns); /* not for ever: a thread in a wait without an end cannot be stopped */
        atomic_fetch_sub(&pool.sleepers, 1);
    }
}

void pool_end(void) {
    pool.state = ENDED;
    pool.added = 0;
    atomic_fetch_add(&pool.signal, 1);
    host_wake(&pool.signal, MOST_THREADS);
}
