/* run.h - a run of generated kernels: tensors over one block of memory, and steps that call kernels on them. Modules of operators and modules of one
 * model build theirs differently and run it alike; run.c has the msw_run_* functions of msw.h but msw_run_new. */
#ifndef RUN_H
#define RUN_H

#include "base/arena.h"
#include "tvm_abi.h"

enum { RUN_MAX_MOVED = 4, RUN_ALIGNMENT = 64 };

/* A step that calls its kernel more than once: nested loops, of which each turn moves the data of the step's first tensors.
 *   count       of loops; the last is the innermost
 *   times       of turns of a loop
 *   steps[l][a] bytes by which a turn of loop l moves the tensor that is argument a */
struct run_loops {
    int32_t count;
    size_t times[MSW_MAX_RANK];
    size_t steps[MSW_MAX_RANK][RUN_MAX_MOVED];
};

/* One step: kernel(args).
 *   loops     what it repeats, or NULL: one call
 *   name, op  the node's for errors; name may be NULL
 *   about     what hosts are told of it */
struct run_step {
    tvm_function *kernel;
    const struct tvm_any *args;
    int32_t arg_count;
    const struct run_loops *loops;
    const char *name, *op;
    struct msw_step about;
};

/*   memory   everything below
 *   block    where its owner places tensors, RUN_ALIGNMENT-aligned, about.arena_bytes long
 *   next     the step that comes next */
struct msw_run {
    struct arena memory;
    unsigned char *block;
    struct msw_tensor *inputs, *outputs;
    uint32_t input_count, output_count;
    struct run_step *steps;
    uint32_t step_room, step_count, next;
    struct msw_plan about;
};

/* What a run is made for: about holds the plan, whose steps are the most that run_add_step may add. */
struct run_sizes {
    uint32_t inputs, outputs;
    struct msw_plan about;
};

/* A run whose inputs, outputs and steps are zeros for its owner to fill. NULL with err: out of memory. */
struct msw_run *run_make(const struct run_sizes *sizes, struct error *err);

/* A tensor as kernels get it, row-major over `data`; dtype must be known, all dims too. NULL with err: out of memory. */
struct tvm_tensor *run_tensor(struct msw_run *run, const struct msw_type *type, void *data, struct error *err);

/* Arguments of kernels. */
struct tvm_any run_pass_tensor(struct tvm_tensor *tensor);
struct tvm_any run_pass_int(int64_t number);

/* The next step, with a copy of `args`; the caller fills in the rest. NULL with err: out of memory. */
struct run_step *run_add_step(struct msw_run *run, tvm_function *kernel, const struct tvm_any *args, int32_t arg_count,
                              struct error *err);

#endif
