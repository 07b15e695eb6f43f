/* run.c - the run that a request is answered with: the compiled one, or, where shapes are open, one for its shapes, kept for the next of the same.
 *
 * A service has no memory: every request begins with the states that the model's file has, whether its host keeps the instance for the next or not. */
#include <string.h>

#include "compile/compiled.h"
#include "infer.h"

static struct {
    struct msw_run *run;
    struct msw_type *types;
} last;

/* States as they were before the first run of `run`, one after the other. */
static struct {
    const struct msw_run *run;
    char *bytes;
} saved;

static size_t state_bytes(const struct msw_run *run) {
    size_t bytes = 0;
    for (uint32_t i = 0; msw_run_state(run, i); i++)
        bytes += msw_run_state(run, i)->bytes;
    return bytes;
}

static void copy_states(const struct msw_run *run, char *all, bool save) {
    for (uint32_t i = 0; msw_run_state(run, i); i++) {
        const struct msw_tensor *state = msw_run_state(run, i);
        memcpy(save ? all : state->data, save ? state->data : all, state->bytes);
        all += state->bytes;
    }
}

static bool begin_states(struct infer *infer) {
    const size_t bytes = state_bytes(infer->run);
    if (bytes == 0)
        return true;
    if (saved.run == infer->run) {
        copy_states(infer->run, saved.bytes, false);
        return true;
    }
    msw_free(saved.bytes);
    saved.run = NULL;
    saved.bytes = msw_alloc(bytes);
    if (!saved.bytes)
        return http_fail(infer->response, 413, "out of memory for %l bytes of the model's states", (int64_t)bytes);
    copy_states(infer->run, saved.bytes, true);
    saved.run = infer->run;
    return true;
}

static bool same_types(const struct infer *infer) {
    bool same = last.run != NULL;
    for (uint32_t i = 0; same && i < infer->input_count; i++)
        same = last.types[i].dtype == infer->inputs[i].type.dtype && last.types[i].rank == infer->inputs[i].type.rank &&
               memcmp(last.types[i].dims, infer->inputs[i].type.dims,
                      sizeof(int32_t) * (size_t)infer->inputs[i].type.rank) == 0;
    return same;
}

static bool new_run(struct infer *infer) {
    if (saved.run == last.run)
        saved.run = NULL; /* a new run may come to lie where the old one was */
    msw_run_free(last.run);
    last.run = NULL;
    msw_free(last.types);
    last.types = msw_alloc(sizeof *last.types * (infer->input_count + 1));
    if (!last.types)
        return http_fail(infer->response, 413, "out of memory");
    for (uint32_t i = 0; i < infer->input_count; i++)
        last.types[i] = infer->inputs[i].type;
    last.run = msw_run_new(compiled.model, last.types);
    return last.run || http_fail_engine(infer->response);
}

bool infer_make_run(struct infer *infer) {
    if (!compiled.run && !same_types(infer) && !new_run(infer))
        return false;
    infer->run = compiled.run ? compiled.run : last.run;
    return begin_states(infer);
}
