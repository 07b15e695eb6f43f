/* The module as a part of the program: its functions are called as they are, and its memory is the program's. */
#include <stdio.h>

#include "fail.h"
#include "memory.h"
#include "module.h"
#include "msw.h"
#include "process.h"
#include "program.h"
#include "progress.h"
#include "threads.h"

uint64_t guest_memory_bytes(struct guest *guest) {
    (void)guest;
    return memory_bytes();
}

uint8_t *guest_memory(struct guest *guest) {
    (void)guest;
    return (uint8_t *)0;
}

static void *at(uint64_t pointer) {
    return (void *)(uintptr_t)pointer;
}

static uint32_t number(const void *pointer) {
    return (uint32_t)(uintptr_t)pointer;
}

uint32_t guest_call(struct guest *guest, enum guest_export export, uint64_t a, uint64_t b, uint64_t c, uint64_t d) {
    (void)guest;
    process_check_deadline();
    const uint32_t index = (uint32_t)b;
    switch (export) {
    case CALL_msw_abi_version: return msw_abi_version();
    case CALL_msw_module_kind: return msw_module_kind();
    case CALL_msw_error: return number(msw_error());
    case CALL_msw_peak: return msw_peak((uint32_t)a);
    case CALL_msw_alloc: return number(msw_alloc((size_t)a));
    case CALL_msw_free: return msw_free(at(a)), 0;
    case CALL_msw_tune: return msw_tune((uint32_t)a), 0;
    case CALL_msw_dtype_at: return number(msw_dtype_at((uint32_t)a));
    case CALL_msw_operator_at: return number(msw_operator_at((uint32_t)a));
    case CALL_msw_model_open: return number(msw_model_open(a));
    case CALL_msw_load_step: return msw_load_step(at(a), at(b));
    case CALL_msw_model_file: return number(msw_model_file(at(a), index));
    case CALL_msw_model_file_size: return msw_model_file_size(at(a), index, c);
    case CALL_msw_model_from_operator: return number(msw_model_from_operator(at(a), index, at(c), (uint32_t)d));
    case CALL_msw_model_free: return msw_model_free(at(a)), 0;
    case CALL_msw_model_info: return number(msw_model_info(at(a)));
    case CALL_msw_model_input: return number(msw_model_input(at(a), index));
    case CALL_msw_model_output: return number(msw_model_output(at(a), index));
    case CALL_msw_model_state: return number(msw_model_state(at(a), index));
    case CALL_msw_model_node: return number(msw_model_node(at(a), index));
    case CALL_msw_model_pass: return number(msw_model_pass(at(a), index));
    case CALL_msw_run_new: return number(msw_run_new(at(a), at(b)));
    case CALL_msw_run_free: return msw_run_free(at(a)), 0;
    case CALL_msw_run_input: return number(msw_run_input(at(a), index));
    case CALL_msw_run_output: return number(msw_run_output(at(a), index));
    case CALL_msw_run_state: return number(msw_run_state(at(a), index));
    case CALL_msw_run_plan: return number(msw_run_plan(at(a)));
    case CALL_msw_run_next_step: return number(msw_run_next_step(at(a)));
    case CALL_msw_run: return msw_run(at(a));
    case CALL_msw_run_some: return msw_run_some(at(a), index);
    case CALL_msw_run_restart: return msw_run_restart(at(a)), 0;
    case CALL_msw_thread_new:
    case CALL_msw_thread_run:
    case CALL_msw_threads_end:
    case EXPORT_COUNT: break;
    }
    return 0;
}

struct guest *module_open(const char *path, enum build build, uint64_t memory_limit, size_t threads) {
    (void)path, (void)build, (void)threads;
    const double started = progress_clock();
    struct guest *guest = need(sizeof *guest);
    *guest = (struct guest){.path = PROGRAM, .file = PROGRAM, .memory_limit = memory_limit};
    memory_limit_to(memory_limit);
    guest_greet(guest);
    guest->open_ms = progress_clock() - started;
    return guest;
}

struct guest *module_open_generated(const struct guest *ours) {
    (void)ours;
    return NULL;
}

void guest_free(struct guest *guest) {
    (void)guest;
}

bool threads_end(struct guest *guest) {
    (void)guest;
    return true;
}

void builds_print_version(enum build build) {
    (void)build;
    puts(PROGRAM " " MSW_VERSION " (WASI preview 1)");
}
