/* host.h - what differs between running natively and as a wasm module. One file implements it for each: host_native.c, host_wasm.c. */
#ifndef BASE_HOST_H
#define BASE_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 16-byte aligned memory, or NULL. Its content is undefined. */
void *host_alloc(size_t bytes);
void host_free(void *memory);

/* In builds with threads: threads_native.c, threads_wasm.c. */
struct msw_thread;

/* Sleep while *word == value, at most `nanoseconds`. True: they are over. */
bool host_wait(_Atomic uint32_t *word, uint32_t value, int64_t nanoseconds);

/* Wake up to `count` threads that sleep so. */
void host_wake(_Atomic uint32_t *word, uint32_t count);

/* See to it that the thread has a stack. False: no memory. */
bool host_thread_stack(struct msw_thread *thread);

#endif
