/* pool.h - loops shared by threads: one function for a step to split its work with, which costs nothing where there is one thread. */
#ifndef BASE_POOL_H
#define BASE_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Does begin .. end of a loop. Ranges run at the same time and in any order, so each writes what no other reads or writes; `worker` says whose scratch
 * memory is free. It calls no pool_for, allocates nothing and sets no error. */
typedef void pool_work(const void *context, uint32_t worker, size_t begin, size_t end);

/* Bytes from one worker's scratch memory to the next one's: far enough that they never write to one line of a cache. */
static inline uint64_t pool_apart(uint64_t bytes) {
    enum { LINE = 64 };
    return (bytes + LINE - 1) / LINE * LINE + LINE;
}

/* The grain of a loop of which ranges of `least` are worth a thread's while, where each turn does `each`. */
static inline size_t pool_grain(uint32_t least, uint64_t each) {
    return (size_t)(each < least ? least / (each + 1) : 0) + 1;
}

#ifdef MSW_THREADS

/* Threads that may work, at least 1. The first call fixes the number, so that a step can ask for scratch memory for each when it is prepared. */
uint32_t pool_threads(void);

/* Calls work(context, worker, begin, end), worker < pool_threads(), for ranges that together are 0 .. count, and returns when all are done.
 *   grain  at least 1; ranges begin at multiples of it. Choose it so that one takes some 2 us: below that a thread costs more than it brings, above
 *          it threads wait for each other's last.
 * Ranges differ from run to run, so a result may not depend on where they lie. Outside pool_enter and pool_leave the calling thread does it all. */
void pool_for(size_t count, size_t grain, pool_work *work, const void *context);

/* Between these the calling thread shares its loops, where no other does at the time. */
void pool_enter(void);
void pool_leave(void);

/* True where a thread died with a part of a loop: what the loop wrote is incomplete. Lasts until pool_end. */
bool pool_lost(void);

/* The threads: msw_thread_new, msw_thread_run and msw_threads_end of msw.h, beneath error messages and stacks. */
struct msw_thread *pool_thread_new(void);
void pool_thread_run(struct msw_thread *thread);
void pool_end(void);

#else

static inline uint32_t pool_threads(void) {
    return 1;
}

static inline void pool_for(size_t count, size_t grain, pool_work *work, const void *context) {
    (void)grain; /* one range */
    if (count > 0)
        work(context, 0, 0, count);
}

static inline void pool_enter(void) {}

static inline void pool_leave(void) {}

static inline bool pool_lost(void) {
    return false;
}

#endif

#endif
