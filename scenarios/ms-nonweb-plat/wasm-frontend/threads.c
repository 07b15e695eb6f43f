/* Starts and ends the threads of a module. A thread that fails is not waited for: the module is told that it is gone. */
#include "threads.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "fail.h"
#include "sandbox.h"

#define MOST_THREADS 64
#define BLOCK_BYTES 12
#define END_SECONDS 1

struct thread {
    pthread_t id;
    const struct guest *guest;
    const wasmtime_module_t *module;
    uint64_t memory_limit;
    uint32_t block; /* what msw_thread_new gave */
};

struct threads {
    wasmtime_module_t *module;
    size_t count;
    struct thread at[];
};

static size_t processors(void) {
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) == 0 ? (size_t)CPU_COUNT(&set) : 1;
}

size_t threads_wanted(const struct options *options) {
    const size_t most = processors() < MOST_THREADS ? processors() : MOST_THREADS;
    const char *text = option_text(options, FLAG_THREADS, NULL);
    if (!text)
        return most;
    const size_t wanted = (size_t)option_integer("--threads", text, 1, MOST_THREADS);
    if (wanted <= most)
        return wanted;
    note("--threads: %zu, but there %s %zu processor%s here, so %zu", wanted, most == 1 ? "is" : "are", most,
         most == 1 ? "" : "s", most);
    return most;
}

/* Returns when the module lets the thread go; false: it never ran, or trapped. */
static bool run_instance(const struct thread *thread, wasmtime_context_t *context) {
    const wasmtime_extern_t memory = {.kind = WASMTIME_EXTERN_SHAREDMEMORY,
                                      .of.sharedmemory = thread->guest->sandbox->shared};
    const char *name = guest_contract[CALL_msw_thread_run].name;
    wasmtime_val_raw_t argument = {.i32 = (int32_t)thread->block};
    wasmtime_instance_t instance;
    wasmtime_extern_t run;
    wasm_trap_t *trap = NULL;
    wasmtime_error_t *error = wasmtime_instance_new(context, thread->module, &memory, 1, &instance, &trap);
    if (!error && !trap && wasmtime_instance_export_get(context, &instance, name, strlen(name), &run))
        error = wasmtime_func_call_unchecked(context, &run.of.func, &argument, 1, &trap);
    const bool ended = !error && !trap;
    if (error)
        wasmtime_error_delete(error);
    if (trap)
        wasm_trap_delete(trap);
    return ended;
}

static void *run(void *argument) {
    const struct thread *thread = argument;
    const struct guest *guest = thread->guest;
    wasmtime_store_t *store =
        sandbox_new_store(guest->sandbox->engine, thread->memory_limit, guest->sandbox->code == CODE_STRANGERS);
    if (!run_instance(thread, wasmtime_store_context(store)))
        atomic_store((_Atomic uint32_t *)(void *)(wasmtime_sharedmemory_data(guest->sandbox->shared) + thread->block),
                     1);
    wasmtime_store_delete(store);
    return NULL;
}

void threads_start(struct guest *guest, const wasmtime_module_t *module, uint64_t memory_limit, size_t count) {
    struct threads *threads = need(sizeof *threads + count * sizeof *threads->at);
    threads->module = wasmtime_module_clone((wasmtime_module_t *)(uintptr_t)module);
    guest->threads = threads;
    for (; threads->count < count; threads->count++) {
        struct thread *thread = &threads->at[threads->count];
        *thread = (struct thread){.guest = guest, .module = threads->module, .memory_limit = memory_limit};
        thread->block = guest_need(guest, guest->path, CALL_msw_thread_new, 0, 0, 0, 0);
        if (thread->block % 4 != 0)
            fail(EXIT_INPUT, "%s: msw_thread_new gave %u, expected a multiple of 4", guest->path, thread->block);
        guest_bytes(guest, thread->block, BLOCK_BYTES, CALL_msw_thread_new);
        if (pthread_create(&thread->id, NULL, run, thread) != 0) {
            note("--threads: the system gives %zu, so %zu", threads->count + 1, threads->count + 1);
            break;
        }
    }
}

bool threads_end(struct guest *guest) {
    struct threads *threads = guest->threads;
    if (!threads)
        return true;
    guest->threads = NULL;
    guest_call(guest, CALL_msw_threads_end, 0, 0, 0, 0);
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += END_SECONDS;
    for (size_t i = 0; i < threads->count; i++)
        if (pthread_timedjoin_np(threads->at[i].id, NULL, &until) != 0)
            return false;
    wasmtime_module_delete(threads->module);
    return true;
}
