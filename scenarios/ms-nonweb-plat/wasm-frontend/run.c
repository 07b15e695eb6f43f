/* Runs a model on files, once or once for each sample, and hands the outputs on. */
#include "run.h"

#include <string.h>

#include "contract.h"
#include "fail.h"
#include "file.h"
#include "inputs.h"
#include "progress.h"
#include "results.h"
#include "session.h"

/* Room for all samples of an output: along its first axis where that is the batch, else along a new one. */
static struct array new_stack(const struct tensor *output, size_t samples, bool keeps_axis, bool each) {
    int32_t dims[ARRAY_MAX_RANK], rank = output->type.rank;
    memcpy(dims, output->type.dims, sizeof output->type.dims);
    if (each && !(keeps_axis && rank > 0 && dims[0] == 1)) {
        memmove(dims + 1, dims, (size_t)rank * sizeof *dims);
        rank++;
    }
    if (each)
        dims[0] = (int32_t)samples;
    size_t elements;
    if (!array_count(dims, rank, output->dtype->bytes, &elements))
        fail(EXIT_LIMIT, "output '%s': %zu samples are too many", output->name, samples);
    return array_new(output->dtype->number, output->dtype->bytes, dims, rank);
}

static void collect(struct guest *guest, const struct tensor_list *outputs, struct results *results, size_t sample) {
    for (size_t i = 0; i < outputs->count; i++) {
        const struct tensor *output = &outputs->tensors[i];
        memcpy((char *)results->arrays[i].data + sample * output->bytes,
               guest_bytes(guest, output->data, output->bytes, CALL_msw_run_output), output->bytes);
    }
}

/* A file that is being read must not be replaced. */
static void refuse_overwriting(const char *directory, const struct tensor_list *outputs, const struct input *inputs,
                               size_t input_count, const char *model_path) {
    for (size_t i = 0; i < outputs->count; i++) {
        const char *path = results_path(directory, i, outputs->tensors[i].name);
        for (size_t k = 0; k < input_count; k++)
            if (inputs[k].path && file_same(path, inputs[k].path))
                fail(EXIT_USAGE, "%s: both an input and an output, expected another --output", shown(path));
        if (model_path && file_same(path, model_path))
            fail(EXIT_USAGE, "%s: both the model and an output, expected another --output", shown(path));
    }
}

static void run_samples(struct guest *guest, const char *place, uint32_t run, const struct input *inputs,
                        const struct tensor_list *input_places, const struct tensor_list *outputs,
                        struct results *results) {
    int32_t steps = contract_plan(guest, run).steps;
    results->count = outputs->count;
    results->arrays = need((outputs->count + 1) * sizeof *results->arrays);
    results->names = need((outputs->count + 1) * sizeof *results->names);
    for (size_t i = 0; i < outputs->count; i++) {
        bool keeps_axis = input_places->count > 0 && inputs[0].keeps_axis;
        results->arrays[i] = new_stack(&outputs->tensors[i], results->samples, keeps_axis, results->each);
        results->names[i] = outputs->tensors[i].name;
    }
    struct array *arrays = need((input_places->count + 1) * sizeof *arrays);
    for (size_t s = 0; s < results->samples; s++) {
        inputs_sample(inputs, input_places->count, s, arrays);
        session_write(guest, input_places, arrays);
        results->run_ms += session_run(guest, place, run, results->each ? 0 : steps);
        collect(guest, outputs, results, s);
        if (results->each)
            progress_show("samples", s + 1, results->samples);
    }
    progress_clear();
}

void run_command(struct guest *guest, const struct options *options, const char *path) {
    const char *place = path ? shown(path) : guest->path, *directory = option_text(options, FLAG_OUTPUT, NULL);
    struct results results = {.each = option_given(options, FLAG_EACH)};
    struct top top = top_read(options);
    double started = progress_clock();
    uint32_t model = session_load(guest, path);
    results.load_ms = progress_clock() - started;
    struct tensor_list wanted = contract_tensors(guest, CALL_msw_model_input, model);
    struct input *inputs = inputs_read(options, &wanted, text_of("%s.json", options->model), &results.samples);
    struct array *first = need((wanted.count + 1) * sizeof *first);
    inputs_sample(inputs, wanted.count, 0, first);
    uint32_t run = session_plan(guest, place, model, first, wanted.count);
    struct tensor_list places = contract_tensors(guest, CALL_msw_run_input, run);
    struct tensor_list outputs = contract_tensors(guest, CALL_msw_run_output, run);
    if (places.count != wanted.count)
        fail(EXIT_INPUT, "%s: msw_run_input gave %zu inputs, expected %zu", guest->path, places.count, wanted.count);
    if (directory)
        refuse_overwriting(directory, &outputs, inputs, wanted.count, options->model);
    run_samples(guest, place, run, inputs, &places, &outputs, &results);
    if (directory)
        results_write(&results, directory);
    results_print(&results, options, &top);
}
