/* threads_wasm.c - sleeping and waking by WebAssembly's atomics, and a stack for each thread, which are all in one memory. */
#include "base/host.h"
#include "base/pool.h"
#include "msw.h"

enum { STACK_BYTES = 128 * 1024 };

bool host_wait(_Atomic uint32_t *word, uint32_t value, int64_t nanoseconds) {
    return __builtin_wasm_memory_atomic_wait32((int *)word, (int)value, nanoseconds) == 2;
}

void host_wake(_Atomic uint32_t *word, uint32_t count) {
    __builtin_wasm_memory_atomic_notify((int *)word, count);
}

bool host_thread_stack(struct msw_thread *thread) {
    if (thread->stack)
        return true;
    unsigned char *stack = host_alloc(STACK_BYTES);
    thread->stack = stack ? stack + STACK_BYTES : NULL;
    return stack != NULL;
}

/* A new instance has the stack of the first. This one's must be set before any C runs on it, so that hosts need not know of stacks. */
_Static_assert(offsetof(struct msw_thread, stack) == 8, "read below");
__asm__(".globaltype __stack_pointer, i32\n"
        ".functype pool_thread_run (i32) -> ()\n"
        ".globl msw_thread_run\n"
        ".type msw_thread_run, @function\n"
        "msw_thread_run:\n"
        ".functype msw_thread_run (i32) -> ()\n"
        "local.get 0\n"
        "i32.load 8\n"
        "global.set __stack_pointer\n"
        "local.get 0\n"
        "call pool_thread_run\n"
        "end_function\n");
