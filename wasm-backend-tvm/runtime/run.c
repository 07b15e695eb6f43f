/* run.c - building a run, and going through its steps. */
#include "run.h"

#include <string.h>

#include "api/common.h"
#include "base/host.h"
#include "base/type.h"
#include "workspace.h"

static bool take_memory(struct msw_run *run, const struct run_sizes *sizes, struct error *err) {
    struct arena *memory = &run->memory;
    run->step_room = (uint32_t)sizes->about.steps;
    run->input_count = sizes->inputs;
    run->output_count = sizes->outputs;
    run->about = sizes->about;
    if (sizes->about.arena_bytes > SIZE_MAX / 2)
        return error_no_memory(err, sizes->about.arena_bytes);
    unsigned char *block = arena_alloc(memory, sizes->about.arena_bytes + RUN_ALIGNMENT, 1, err);
    if (!block)
        return false;
    run->block = block + (RUN_ALIGNMENT - (uintptr_t)block % RUN_ALIGNMENT) % RUN_ALIGNMENT;
    run->inputs = arena_alloc(memory, sizes->inputs, sizeof *run->inputs, err);
    run->outputs = arena_alloc(memory, sizes->outputs, sizeof *run->outputs, err);
    run->steps = arena_alloc(memory, run->step_room, sizeof *run->steps, err);
    return err->about.status == MSW_OK;
}

struct msw_run *run_make(const struct run_sizes *sizes, struct error *err) {
    struct msw_run *run = host_alloc(sizeof *run);
    if (!run) {
        error_no_memory(err, sizeof *run);
        return NULL;
    }
    *run = (struct msw_run){0};
    if (take_memory(run, sizes, err))
        return run;
    msw_run_free(run);
    return NULL;
}

/* By the number of a data type's row (dtype.def). */
static uint8_t dtype_code(int32_t number) {
    switch (number) {
    case 'f': return TVM_DTYPE_FLOAT;
    case 'B': return TVM_DTYPE_BFLOAT;
    case 'b': return TVM_DTYPE_BOOL;
    case 'u': return TVM_DTYPE_UINT;
    default: return TVM_DTYPE_INT;
    }
}

struct tvm_tensor *run_tensor(struct msw_run *run, const struct msw_type *type, void *data, struct error *err) {
    const struct msw_dtype_info *info = dtype_info(type->dtype);
    struct tvm_tensor *tensor = arena_alloc(&run->memory, 1, sizeof *tensor, err);
    int64_t *shape = tensor ? arena_alloc(&run->memory, (size_t)type->rank, sizeof *shape, err) : NULL;
    if (!shape)
        return NULL;
    for (int32_t i = 0; i < type->rank; i++)
        shape[i] = type->dims[i];
    *tensor = (struct tvm_tensor){
        .data = data, .device = {.type = TVM_DEVICE_CPU}, .ndim = type->rank, .shape = shape, .dtype = {.lanes = 1}};
    tensor->dtype.code = dtype_code(info->number);
    tensor->dtype.bits = (uint8_t)(8 * info->bytes);
    return tensor;
}

struct tvm_any run_pass_tensor(struct tvm_tensor *tensor) {
    return (struct tvm_any){.type_index = TVM_TENSOR, .value.pointer = tensor};
}

struct tvm_any run_pass_int(int64_t number) {
    return (struct tvm_any){.type_index = TVM_INT, .value.integer = number};
}

struct run_step *run_add_step(struct msw_run *run, tvm_function *kernel, const struct tvm_any *args, int32_t arg_count,
                              struct error *err) {
    struct tvm_any *copy = arena_alloc(&run->memory, (size_t)arg_count, sizeof *copy, err);
    if (!copy)
        return NULL;
    if (arg_count > 0)
        memcpy(copy, args, (size_t)arg_count * sizeof *copy);
    struct run_step *step = &run->steps[run->step_count++];
    *step = (struct run_step){.kernel = kernel, .args = copy, .arg_count = arg_count};
    return step;
}

static bool call(const struct run_step *step) {
    struct tvm_any answer = {.type_index = TVM_NONE};
    return step->kernel(NULL, step->args, step->arg_count, &answer) == 0;
}

/* The next turn of the loops. False: the last turn was the end. */
static bool turn(const struct run_loops *loops, size_t *index) {
    for (int32_t l = loops->count; l-- > 0; index[l] = 0)
        if (++index[l] < loops->times[l])
            return true;
    return false;
}

/* Where the tensors are in this turn, seen from where they begin. */
static void move(const struct run_step *step, const size_t *index, unsigned char *const *begin) {
    const struct run_loops *loops = step->loops;
    for (int32_t a = 0; a < step->arg_count && a < RUN_MAX_MOVED; a++) {
        if (step->args[a].type_index != TVM_TENSOR)
            continue;
        size_t at = 0;
        for (int32_t l = 0; l < loops->count; l++)
            at += index[l] * loops->steps[l][a];
        ((struct tvm_tensor *)step->args[a].value.pointer)->data = begin[a] + at;
    }
}

static bool call_in_loops(const struct run_step *step) {
    unsigned char *begin[RUN_MAX_MOVED] = {0};
    size_t index[MSW_MAX_RANK] = {0};
    const size_t start[MSW_MAX_RANK] = {0};
    bool done;
    for (int32_t a = 0; a < step->arg_count && a < RUN_MAX_MOVED; a++)
        if (step->args[a].type_index == TVM_TENSOR)
            begin[a] = ((struct tvm_tensor *)step->args[a].value.pointer)->data;
    do {
        move(step, index, begin);
        done = call(step);
    } while (done && turn(step->loops, index));
    move(step, start, begin);
    return done;
}

/* A kernel takes nothing of its caller's but what its arguments name, so a step that failed leaves nothing behind but its workspace. */
static bool one_step(const struct run_step *step, struct error *err) {
    tvm_error_clear();
    if (step->loops ? call_in_loops(step) : call(step))
        return true;
    const size_t refused = workspace_reset();
    if (refused > 0)
        error_no_memory(err, refused);
    else
        error_set(err, MSW_INVALID, "%s", *tvm_error_text() ? tvm_error_text() : "the kernel failed without a reason");
    error_add_node(err, step->about.node, step->name, step->op);
    return false;
}

enum msw_status msw_run_some(struct msw_run *run, uint32_t count) {
    struct error *err = api_error();
    for (; run->next < run->step_count; run->next++) {
        if (count-- == 0)
            return MSW_MORE;
        if (!one_step(&run->steps[run->next], err)) {
            run->next = 0;
            return (enum msw_status)err->about.status;
        }
    }
    run->next = 0;
    return MSW_OK;
}

enum msw_status msw_run(struct msw_run *run) {
    msw_run_restart(run);
    return msw_run_some(run, UINT32_MAX);
}

void msw_run_restart(struct msw_run *run) {
    run->next = 0;
}

void msw_run_free(struct msw_run *run) {
    if (!run)
        return;
    arena_free(&run->memory);
    host_free(run);
}

const struct msw_tensor *msw_run_input(const struct msw_run *run, uint32_t index) {
    return index < run->input_count ? &run->inputs[index] : NULL;
}

const struct msw_tensor *msw_run_output(const struct msw_run *run, uint32_t index) {
    return index < run->output_count ? &run->outputs[index] : NULL;
}

const struct msw_tensor *msw_run_state(const struct msw_run *run, uint32_t index) {
    (void)run, (void)index; /* kernels write to nothing that outlives a run */
    return NULL;
}

const struct msw_plan *msw_run_plan(const struct msw_run *run) {
    return &run->about;
}

const struct msw_step *msw_run_next_step(const struct msw_run *run) {
    return run->next < run->step_count ? &run->steps[run->next].about : NULL;
}
