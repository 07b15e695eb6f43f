/* threads_pool_test.c - loops in many threads: nothing twice, nothing forgotten, and no thread that is waited for without need. */
#include "base/pool.h"

#include <pthread.h>
#include <stdatomic.h>
#include <threads.h>

#include "base/test.h"
#include "msw.h"

enum { MOST = 5000, MOST_WORKERS = 5 };

static pthread_t threads[MOST_WORKERS];
static struct msw_thread *blocks[MOST_WORKERS];

static void *run_thread(void *block) {
    pool_thread_run(block);
    return NULL;
}

static void start(int count) {
    for (int i = 0; i < count; i++) {
        blocks[i] = pool_thread_new();
        assert_non_null(blocks[i]);
        assert_int_equal(pthread_create(&threads[i], NULL, run_thread, blocks[i]), 0);
    }
    pool_enter();
}

static void end(int count) {
    pool_leave();
    pool_end();
    for (int i = 0; i < count; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
}

struct tally {
    unsigned char *done; /* by element: how often */
    size_t count, grain;
    int workers;
    _Atomic bool wrong;
    _Atomic unsigned helped; /* a bit for each worker that had a part */
};

static void tally_range(const void *context, uint32_t worker, size_t begin, size_t end) {
    struct tally *tally = (struct tally *)(uintptr_t)context;
    if (worker > (uint32_t)tally->workers || begin >= end || end > tally->count || begin % tally->grain != 0)
        tally->wrong = true;
    for (size_t i = begin; i < end; i++)
        tally->done[i]++;
    tally->helped |= 1u << worker;
}

static void check_loop(int workers, size_t count, size_t grain, struct tally *tally) {
    static unsigned char done[MOST + 1];
    memset(done, 0, sizeof done);
    tally->done = done;
    tally->count = count;
    tally->grain = grain;
    tally->workers = workers;
    pool_for(count, grain, tally_range, tally);
    assert_false(tally->wrong);
    assert_false(pool_lost());
    for (size_t i = 0; i <= MOST; i++)
        assert_int_equal(done[i], i < count ? 1 : 0);
}

static void each_element_is_done_once_by_many_threads(void **state) {
    (void)state;
    uint64_t seed = 5;
    for (int workers = MOST_WORKERS; workers >= 1; workers--) {
        start(workers);
        assert_int_equal(pool_threads(), MOST_WORKERS + 1); /* as at first: steps have scratch memory for so many */
        struct tally tally = {0};
        for (int i = 0; i < 2000; i++)
            check_loop(workers, test_below(&seed, MOST + 1), 1 + test_below(&seed, i % 2 ? 8 : MOST), &tally);
        end(workers);
    }
}

static void wait_for_all(const void *context, uint32_t worker, size_t begin, size_t end) {
    struct tally *tally = (struct tally *)(uintptr_t)context;
    (void)begin;
    (void)end;
    tally->helped |= 1u << worker;
    while (tally->helped != (1u << (tally->workers + 1)) - 1)
        thrd_yield();
}

static void sleeping_threads_are_woken(void **state) {
    (void)state;
    start(MOST_WORKERS);
    for (int i = 0; i < 3; i++) {
        thrd_sleep(&(struct timespec){.tv_nsec = 20000000},
                   NULL); /* much longer than they look for work before they sleep */
        struct tally tally = {.workers = MOST_WORKERS};
        pool_for(1000, 1, wait_for_all, &tally);
        assert_false(pool_lost());
    }
    end(MOST_WORKERS);
}

static void threads_that_never_start_are_not_waited_for(void **state) {
    (void)state;
    for (int i = 0; i < MOST_WORKERS; i++)
        assert_non_null(pool_thread_new());
    assert_null(pool_thread_new());
    pool_enter();
    struct tally tally = {0};
    for (int i = 0; i < 1000; i++)
        check_loop(0, MOST, 1, &tally);
    end(0);
}

static void only_the_thread_that_entered_shares(void **state) {
    (void)state;
    struct tally tally = {0};
    start(MOST_WORKERS);
    pool_leave();
    check_loop(0, MOST, 1, &tally);
    assert_int_equal(tally.helped, 1);
    end(MOST_WORKERS);
}

static _Atomic int to_die;

/* One thread ends in its first range; the caller leaves it time to take one. */
static void die(const void *context, uint32_t worker, size_t begin, size_t end) {
    (void)begin;
    (void)end;
    int expected = 1;
    if (worker == 0) {
        while (to_die)
            thrd_yield();
    } else if (atomic_compare_exchange_strong(&to_die, &expected, 0)) {
        if (context)
            atomic_store((_Atomic uint32_t *)&blocks[worker - 1]->gone, 1);
        pthread_exit(NULL);
    }
}

static void check_death(bool seen) {
    struct tally tally = {0};
    start(2);
    to_die = 1;
    pool_for(MOST, 1, die, seen ? &seen : NULL);
    assert_true(pool_lost());
    end(2);
    pool_enter();
    assert_false(pool_lost());
    check_loop(0, MOST, 1, &tally);
    assert_int_equal(tally.helped, 1);
    pool_leave();
    start(2); /* others in their place */
    check_loop(2, MOST, 1, &tally);
    end(2);
}

static void a_thread_that_dies_ends_the_loop_as_lost(void **state) {
    (void)state;
    check_death(true);
}

static void a_death_that_nobody_saw_is_found_in_some_seconds(void **state) {
    (void)state;
    check_death(false);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_element_is_done_once_by_many_threads),
        cmocka_unit_test(sleeping_threads_are_woken),
        cmocka_unit_test(threads_that_never_start_are_not_waited_for),
        cmocka_unit_test(only_the_thread_that_entered_shares),
        cmocka_unit_test(a_thread_that_dies_ends_the_loop_as_lost),
        cmocka_unit_test(a_death_that_nobody_saw_is_found_in_some_seconds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
