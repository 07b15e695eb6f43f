/* threads_native.c - sleeping and waking by Linux's futex; a thread's stack is its own affair. */
#include <errno.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/host.h"
#include "base/pool.h"
#include "msw.h"

bool host_wait(_Atomic uint32_t *word, uint32_t value, int64_t nanoseconds) {
    const struct timespec time = {.tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000};
    return syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, &time, NULL, 0) == -1 && errno == ETIMEDOUT;
}

void host_wake(_Atomic uint32_t *word, uint32_t count) {
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0);
}

bool host_thread_stack(struct msw_thread *thread) {
    (void)thread;
    return true;
}

void msw_thread_run(struct msw_thread *thread) {
    pool_thread_run(thread);
}
