/* Runs a model on files, once or once for each sample, and hands the outputs on. */
#include "run.h"

#include <string.h>
#include <sys/stat.h>

#include "contract.h"
#include "fail.h"
#include "file.h"
#include "inputs.h"
#include "model_files.h"
#include "progress.h"
#include "results.h"
#include "session.h"
#include "suggest.h"

#define MAX_REPEATS 1000000

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

/* A file that is being read must not be replaced. */
static void refuse_overwriting(const char *path, const char *option, const struct input *inputs, size_t input_count,
                               const char *model_path) {
    for (size_t k = 0; k < input_count; k++)
        if (inputs[k].path && file_same(path, inputs[k].path))
            fail(EXIT_USAGE, "%s: both an input and an output, expected another %s", shown(path), option);
    if (model_path && file_same(path, model_path))
        fail(EXIT_USAGE, "%s: both the model and an output, expected another %s", shown(path), option);
}

/* Nor one that was read with the model, whose profile it becomes. */
static void refuse_profile(struct guest *guest, uint32_t model, const struct options *options, const char *profile) {
    const char *name, *labels = option_text(options, FLAG_LABELS, NULL);
    if (labels && file_same(profile, labels))
        fail(EXIT_USAGE, "%s: both the labels and an output, expected another --profile=FILE", shown(profile));
    for (uint32_t i = 1; i < MODEL_FILES_MAX && (name = contract_model_file(guest, model, i)) != NULL; i++)
        if (file_same(profile, text_of("%s%s", model_files_folder(options->model), name)))
            fail(EXIT_USAGE, "%s: both weights of the model and an output, expected another --profile=FILE",
                 shown(profile));
}

static void refuse_outputs(const struct options *options, const struct tensor_list *outputs, const struct input *inputs,
                           size_t input_count) {
    const char *directory = option_text(options, FLAG_OUTPUT, NULL), *profile = option_text(options, FLAG_PROFILE, "");
    for (size_t i = 0; directory && i < outputs->count; i++)
        refuse_overwriting(results_path(directory, i, outputs->tensors[i].name), "--output", inputs, input_count,
                           options->model);
    if (profile[0] == '\0')
        return;
    refuse_overwriting(profile, "--profile=FILE", inputs, input_count, options->model);
    /* What is no folder would be replaced, /dev/stdout, too. */
    struct stat status;
    if (lstat(profile, &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode))
        fail(EXIT_USAGE, "%s: not a regular file, expected another --profile=FILE", shown(profile));
}

/* A planned run, and where its inputs and outputs lie.
 *   open         the outputs are to be read anew after each run, since their shapes depend on it
 *   keeps_axis   samples lie along the first axis of the inputs, where it is the batch */
struct planned {
    struct guest *guest;
    const char *place;
    uint32_t run;
    struct tensor_list inputs, outputs;
    bool open, keeps_axis;
    const struct labels *labels;
};

static void make_room(const struct planned *planned, struct results *results) {
    const struct tensor_list *outputs = &planned->outputs;
    if (outputs->count > 0)
        labels_check_count(planned->labels, outputs->tensors[0].bytes / outputs->tensors[0].dtype->bytes);
    results->count = outputs->count;
    results->arrays = need((outputs->count + 1) * sizeof *results->arrays);
    results->names = need((outputs->count + 1) * sizeof *results->names);
    for (size_t i = 0; i < outputs->count; i++) {
        results->arrays[i] = new_stack(&outputs->tensors[i], results->samples, planned->keeps_axis, results->each);
        results->names[i] = outputs->tensors[i].name;
    }
}

static bool same_type(const struct msw_type *x, const struct msw_type *y) {
    return x->dtype == y->dtype && x->rank == y->rank &&
           memcmp(x->dims, y->dims, (size_t)x->rank * sizeof *x->dims) == 0;
}

/* Where the outputs are, and of which shape, once a run has told. */
static void read_outputs(struct planned *planned, struct results *results, size_t sample) {
    const struct tensor_list before = planned->outputs;
    planned->outputs = contract_tensors(planned->guest, CALL_msw_run_output, planned->run);
    for (size_t i = 0; i < planned->outputs.count; i++)
        if (planned->outputs.tensors[i].open)
            fail(EXIT_INPUT, "%s: msw_run_output gave no data for '%s' after a run", planned->guest->path,
                 planned->outputs.tensors[i].name);
    if (results->count == 0)
        make_room(planned, results);
    for (size_t i = 0; sample > 0 && i < planned->outputs.count; i++) {
        const struct tensor *output = &planned->outputs.tensors[i];
        if (!same_type(&output->type, &before.tensors[i].type))
            fail(EXIT_INPUT, "output '%s': sample %zu gives shape %s, those before it %s", output->name, sample,
                 array_shape_text(output->type.dims, output->type.rank),
                 array_shape_text(before.tensors[i].type.dims, before.tensors[i].type.rank));
    }
}

static void collect(struct planned *planned, struct results *results, size_t sample) {
    if (planned->open)
        read_outputs(planned, results, sample);
    for (size_t i = 0; i < planned->outputs.count; i++) {
        const struct tensor *output = &planned->outputs.tensors[i];
        memcpy((char *)results->arrays[i].data + sample * output->bytes,
               guest_bytes(planned->guest, output->data, output->bytes, CALL_msw_run_output), output->bytes);
    }
}

/* The same again and again: only the first answer counts, since states that the model writes to change with each run. */
static void repeat_run(struct planned *planned, const struct array *arrays, struct results *results) {
    struct times *times = &results->times;
    const int32_t steps = contract_plan(planned->guest, planned->run).steps;
    for (size_t i = 0; i < times->count; i++) {
        times->runs[i] = session_run(planned->guest, planned->place, planned->run, steps, &planned->inputs, arrays);
        if (i == 0)
            collect(planned, results, 0);
    }
    double *sorted = need(times->count * sizeof *sorted);
    memcpy(sorted, times->runs, times->count * sizeof *sorted);
    times->run = times_median(sorted, times->count);
}

static const struct tensor *output_of(const struct tensor_list *outputs, const char *name) {
    const char **names = need((outputs->count + 1) * sizeof *names);
    for (size_t i = 0; i < outputs->count; i++) {
        names[i] = outputs->tensors[i].name;
        if (strcmp(names[i], name) == 0)
            return &outputs->tensors[i];
    }
    fail(EXIT_USAGE, "--loop: the model has no output '%s'%s, expected %s", shown(name),
         did_you_mean(name, names, outputs->count), listed(names, outputs->count));
}

/* What the run has given becomes what the next one gets. */
static void feed_back(const struct planned *planned, const struct input *inputs) {
    for (size_t i = 0; i < planned->inputs.count; i++) {
        if (!inputs[i].output)
            continue;
        const struct tensor *from = output_of(&planned->outputs, inputs[i].output), *to = &planned->inputs.tensors[i];
        if (!same_type(&from->type, &to->type))
            fail(EXIT_INPUT, "--loop: output '%s' is %s %s, expected that of input '%s', %s %s", from->name,
                 from->dtype->name, array_shape_text(from->type.dims, from->type.rank), to->name, to->dtype->name,
                 array_shape_text(to->type.dims, to->type.rank));
        memcpy(inputs[i].whole.data, guest_bytes(planned->guest, from->data, from->bytes, CALL_msw_run_output),
               from->bytes);
    }
}

static void run_each(struct planned *planned, const struct input *inputs, struct array *arrays,
                     struct results *results) {
    for (size_t s = 0; s < results->samples; s++) {
        inputs_sample(inputs, planned->inputs.count, s, arrays);
        results->times.run += session_run(planned->guest, planned->place, planned->run, 0, &planned->inputs, arrays);
        collect(planned, results, s);
        if (s + 1 < results->samples)
            feed_back(planned, inputs);
        progress_show("samples", s + 1, results->samples);
    }
}

static size_t read_repeats(const struct options *options) {
    const int64_t repeats = option_integer("--repeat", option_text(options, FLAG_REPEAT, "1"), 1, MAX_REPEATS);
    static const struct {
        enum flag flag;
        const char *name;
    } alone[] = {{FLAG_REPEAT, "--repeat"}, {FLAG_PROFILE, "--profile"}};
    for (size_t i = 0; i < sizeof alone / sizeof alone[0]; i++)
        if (option_given(options, alone[i].flag) && option_given(options, FLAG_EACH))
            fail(EXIT_USAGE, "both %s and --each given, expected one of them", alone[i].name);
    return (size_t)repeats;
}

static uint32_t load(const struct planned *planned, const char *path, struct times *times) {
    const double started = progress_clock();
    const uint32_t model = session_load(planned->guest, path);
    times->module = planned->guest->open_ms;
    times->load = progress_clock() - started;
    return model;
}

static void plan(struct planned *planned, uint32_t model, const struct array *arrays, size_t count,
                 struct times *times) {
    struct guest *guest = planned->guest;
    const double started = progress_clock();
    planned->run = session_plan(guest, planned->place, model, arrays, count);
    times->plan = progress_clock() - started;
    planned->inputs = contract_tensors(guest, CALL_msw_run_input, planned->run);
    planned->outputs = contract_tensors(guest, CALL_msw_run_output, planned->run);
    for (size_t i = 0; i < planned->outputs.count; i++)
        planned->open |= planned->outputs.tensors[i].open;
    if (planned->inputs.count != count)
        fail(EXIT_INPUT, "%s: msw_run_input gave %zu inputs, expected %zu", guest->path, planned->inputs.count, count);
}

/* After the runs before it, which have warmed everything up. */
static struct profile *take_profile(const struct planned *planned, uint32_t model, const struct options *options,
                                    const struct array *arrays) {
    const char *file = option_text(options, FLAG_PROFILE, "");
    const size_t repeats = option_given(options, FLAG_REPEAT) ? read_repeats(options) : 0;
    struct profile *profile = need(sizeof *profile);
    *profile = profile_take(planned->guest, planned->place, model, planned->run, repeats, &planned->inputs, arrays);
    if (file[0] != '\0')
        profile_write(profile, file);
    return profile;
}

void run_command(struct guest *guest, const struct options *options, const char *path) {
    const char *directory = option_text(options, FLAG_OUTPUT, NULL);
    struct planned planned = {.guest = guest, .place = path ? shown(path) : guest->path};
    struct results results = {.each = option_given(options, FLAG_EACH)};
    struct top top = top_read(options);
    results.times.count = read_repeats(options);
    results.times.runs = need(results.times.count * sizeof *results.times.runs);
    uint32_t model = load(&planned, path, &results.times);
    struct tensor_list wanted = contract_tensors(guest, CALL_msw_model_input, model);
    struct input *inputs = inputs_read(options, &wanted, text_of("%s.json", options->model), &results.samples);
    struct array *arrays = need((wanted.count + 1) * sizeof *arrays);
    inputs_sample(inputs, wanted.count, 0, arrays);
    plan(&planned, model, arrays, wanted.count, &results.times);
    planned.keeps_axis = wanted.count > 0 && inputs[0].keeps_axis;
    planned.labels = &top.labels;
    for (size_t i = 0; i < wanted.count; i++)
        if (inputs[i].output)
            output_of(&planned.outputs, inputs[i].output);
    if (!planned.open)
        make_room(&planned, &results);
    refuse_outputs(options, &planned.outputs, inputs, wanted.count);
    refuse_profile(guest, model, options, option_text(options, FLAG_PROFILE, ""));
    if (results.each)
        run_each(&planned, inputs, arrays, &results);
    else
        repeat_run(&planned, arrays, &results);
    progress_clear();
    if (option_given(options, FLAG_PROFILE))
        results.profile = take_profile(&planned, model, options, arrays);
    results.memory_bytes = guest_memory_bytes(guest);
    results.module = guest->path;
    results.inputs = inputs;
    results.input_count = wanted.count;
    if (directory)
        results_write(&results, directory);
    results_print(&results, options, &top);
}
