/* Drives a module through load, plan, write and run. */
#include "session.h"

#include <string.h>

#include "fail.h"
#include "model_files.h"
#include "msw.h"
#include "progress.h"
#include "threads.h"

uint32_t session_load(struct guest *guest, const char *path) {
    struct model_files *files = model_files_open(guest, path);
    uint64_t loaded = 0;
    const char *place = path ? shown(path) : guest->path;
    uint32_t model = guest_need(guest, place, CALL_msw_model_open, files->bytes, 0, 0, 0);
    uint32_t request = guest_put(guest, NULL, 24), status;
    while ((status = guest_call(guest, CALL_msw_load_step, model, request, 0, 0)) == MSW_MORE) {
        loaded += model_files_answer(files, guest, model, request);
        progress_show("loading", loaded, files->bytes);
    }
    if (status != MSW_OK)
        guest_fail(guest, place, CALL_msw_load_step);
    progress_clear();
    model_files_close(files);
    guest_call(guest, CALL_msw_free, request, 0, 0, 0);
    return model;
}

static int32_t dtype_of(const struct guest *guest, const struct array *array) {
    for (size_t i = 0; i < guest->dtype_count; i++)
        if (guest->dtypes[i].number == array->number && guest->dtypes[i].bytes == array->item)
            return guest->dtypes[i].id;
    fail(EXIT_INPUT, "%s: no data type %s in this module", guest->path, array_type_name(array->number, array->item));
}

uint32_t session_plan(struct guest *guest, const char *place, uint32_t model, const struct array *inputs,
                      size_t count) {
    if (!inputs)
        return guest_need(guest, place, CALL_msw_run_new, model, 0, 0, 0);
    struct msw_type *types = need(count * sizeof *types);
    for (size_t i = 0; i < count; i++) {
        types[i].dtype = dtype_of(guest, &inputs[i]);
        types[i].rank = inputs[i].rank;
        memcpy(types[i].dims, inputs[i].dims, sizeof types[i].dims);
    }
    uint32_t copied = guest_put(guest, types, count * sizeof *types);
    uint32_t run = guest_need(guest, place, CALL_msw_run_new, model, copied, 0, 0);
    guest_call(guest, CALL_msw_free, copied, 0, 0, 0);
    return run;
}

void session_write(struct guest *guest, const struct tensor_list *inputs, const struct array *arrays) {
    const enum guest_export from = CALL_msw_run_input;
    for (size_t i = 0; i < inputs->count; i++) {
        const struct tensor *to = &inputs->tensors[i];
        if (to->bytes != arrays[i].elements * arrays[i].item)
            fail(EXIT_INPUT, "%s: msw_run_input gave %zu bytes for input %zu, expected %zu", guest->path, to->bytes, i,
                 arrays[i].elements * arrays[i].item);
        memcpy(guest_bytes(guest, to->data, to->bytes, from), arrays[i].data, to->bytes);
    }
}

void session_check(struct guest *guest, const char *place, uint32_t status) {
    if (status == MSW_LOST && guest->threads)
        fail(EXIT_OURS, "%s: a thread ended in the middle of its work (--threads 1)", guest->path);
    if (status != MSW_OK)
        guest_fail(guest, place, CALL_msw_run_some);
}

double session_run(struct guest *guest, const char *place, uint32_t run, int32_t steps,
                   const struct tensor_list *inputs, const struct array *arrays) {
    session_write(guest, inputs, arrays);
    double started = progress_clock();
    uint64_t done = 0;
    uint32_t status;
    while ((status = guest_call(guest, CALL_msw_run_some, run, 1, 0, 0)) == MSW_MORE)
        progress_show("running", ++done, steps > 0 ? (uint64_t)steps : 0);
    if (status == MSW_LOST && guest->threads) {
        note("%s: a thread ended in the middle of its work, going on in one", guest->path);
        if (!threads_end(guest))
            fail(EXIT_OURS, "%s: another thread does not end (--threads 1)", guest->path);
        return session_run(guest, place, run, steps, inputs, arrays);
    }
    session_check(guest, place, status);
    return progress_clock() - started;
}
