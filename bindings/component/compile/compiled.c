/* compiled.c - the functions of msw.h as a compiled module has them: it holds one model, and where all shapes are fixed one run of it.
 *
 * The names under which they are exported say where `wasm-frontend compile` uses them: `one:NAME` in place of NAME in every compiled module, `fixed:NAME`
 * where the run is kept too. `keep:` are for compile alone. */
#include "compile/compiled.h"

#include <string.h>

#include "api/common.h"
#include "base/type.h"
#include "canonical.h"
#include "compile/seal.h"

struct compiled compiled;

static bool run_is_taken;
static void *first_states; /* what the states hold before the first run, one after the other */

static size_t copy_states(bool back) {
    unsigned char *at = first_states;
    size_t bytes = 0;
    const struct msw_tensor *state;
    for (uint32_t i = 0; (state = msw_run_state(compiled.run, i)) != NULL; i++) {
        if (at)
            memcpy(back ? state->data : at + bytes, back ? at + bytes : state->data, state->bytes);
        bytes += state->bytes;
    }
    return bytes;
}

ABI_EXPORT("keep:model")
void compiled_keep_model(struct msw_model *model, const char *name) {
    compiled.model = model;
    compiled.name = name;
}

/* A run of that model. From here on nothing can be planned anew. False: out of memory. */
ABI_EXPORT("keep:run")
uint32_t compiled_keep_run(struct msw_run *run) {
    compiled.run = run;
    const size_t bytes = copy_states(false);
    if (bytes > 0 && !(first_states = msw_alloc(bytes)))
        return false;
    copy_states(false);
    return seal(compiled.model, run);
}

ABI_EXPORT("keep:labels")
void compiled_keep_labels(const char *const *labels, uint32_t count) {
    compiled.labels = labels;
    compiled.label_count = count;
}

ABI_EXPORT("one:msw_module_kind")
uint32_t one_module_kind(void) {
    return MSW_KIND_MODEL;
}

ABI_EXPORT("one:msw_operator_at")
const struct msw_operator *one_operator_at(uint32_t index) {
    (void)index;
    return NULL;
}

ABI_EXPORT("one:msw_model_from_operator")
struct msw_model *one_model_from_operator(const char *name, uint32_t inputs, const struct msw_attr *attrs,
                                          uint32_t attr_count) {
    (void)name, (void)inputs, (void)attrs, (void)attr_count;
    error_set(api_error(), MSW_UNSUPPORTED, "this module holds one model and runs no single operators");
    return NULL;
}

ABI_EXPORT("one:msw_model_open")
struct msw_model *one_model_open(uint64_t file_bytes) {
    if (file_bytes == 0)
        return compiled.model;
    error_set(api_error(), MSW_UNSUPPORTED, "this module holds its own model and loads no other");
    return NULL;
}

ABI_EXPORT("one:msw_load_step")
enum msw_status one_load_step(struct msw_model *model, struct msw_request *request) {
    (void)model, (void)request;
    return MSW_OK;
}

ABI_EXPORT("one:msw_model_file")
const char *one_model_file(const struct msw_model *model, uint32_t file) {
    (void)model, (void)file;
    return NULL;
}

ABI_EXPORT("one:msw_model_file_size")
enum msw_status one_model_file_size(struct msw_model *model, uint32_t file, uint64_t bytes) {
    (void)model, (void)file, (void)bytes;
    error_set(api_error(), MSW_INVALID, "this module holds its weights and asks for no file");
    return MSW_INVALID;
}

/* What they did is in the module; what it was is not. */
ABI_EXPORT("one:msw_model_pass")
const struct msw_pass *one_model_pass(const struct msw_model *model, uint32_t index) {
    (void)model, (void)index;
    return NULL;
}

/* The model stays: a host may open it again. */
ABI_EXPORT("one:msw_model_free")
void one_model_free(struct msw_model *model) {
    (void)model;
}

static bool takes(const struct msw_type *inputs, struct error *err) {
    const struct msw_tensor *input;
    for (uint32_t i = 0; (input = msw_run_input(compiled.run, i)) != NULL; i++)
        if (inputs[i].dtype != input->type.dtype || !type_same_shape(&inputs[i], &input->type))
            return error_set(err, MSW_INVALID, "input '%s' is %t, got %t: this module was compiled for the first",
                             input->name, &input->type, &inputs[i]);
    return true;
}

ABI_EXPORT("fixed:msw_run_new")
struct msw_run *fixed_run_new(const struct msw_model *model, const struct msw_type *inputs) {
    (void)model;
    struct error *err = api_error();
    if (inputs && !takes(inputs, err))
        return NULL;
    if (run_is_taken) {
        error_set(err, MSW_LIMIT, "the one run of this module is in use: free it before the next is made");
        return NULL;
    }
    run_is_taken = true;
    return compiled.run;
}

/* The next run begins with the states that the model has. */
ABI_EXPORT("fixed:msw_run_free")
void fixed_run_free(struct msw_run *run) {
    if (!run)
        return;
    msw_run_restart(run);
    copy_states(true);
    run_is_taken = false;
}
