/* Finds the file of each input of a model and makes what it holds fit or says why it does not. */
#include "inputs.h"

#include <string.h>

#include "fail.h"
#include "input_file.h"
#include "suggest.h"
#include "trial.h"

static const char *type_text(const struct tensor *tensor) {
    return text_of("%s %s", tensor->dtype ? tensor->dtype->name : "any type",
                   array_shape_text(tensor->type.dims, tensor->type.rank));
}

static bool shape_fits(const int32_t *dims, int32_t rank, const struct msw_type *type) {
    if (type->rank < 0)
        return rank <= MSW_MAX_RANK;
    if (rank != type->rank)
        return false;
    for (int32_t i = 0; i < rank; i++)
        if (type->dims[i] >= 0 && type->dims[i] != dims[i])
            return false;
    return true;
}

/* The first axis of the file counts samples: [n, ...] gives each run [1, ...] or, where the model takes one axis less, [...]. */
static void slice(struct input *input, const struct tensor *tensor) {
    struct array *sample = &input->sample;
    int32_t rank = sample->rank;
    if (rank == 0)
        return;
    sample->dims[0] = 1;
    input->keeps_axis = shape_fits(sample->dims, rank, &tensor->type);
    if (!input->keeps_axis) {
        sample->rank--;
        memmove(sample->dims, sample->dims + 1, (size_t)sample->rank * sizeof *sample->dims);
    }
    array_count(sample->dims, sample->rank, sample->item, &sample->elements);
}

static void bind(const struct input_reader *reader, struct input *input, size_t index) {
    const struct tensor *tensor = &reader->wanted->tensors[index];
    struct array array = input_file_read(reader, input, index);
    bool each = option_given(reader->options, FLAG_EACH) && !input->output;
    const struct dtype *dtype = tensor->dtype;
    if (dtype && !array_widens(array.number, array.item, dtype->number, dtype->bytes))
        fail(EXIT_INPUT, "%s: input '%s' is %s, expected %s or a type that fits into it", shown(input->path),
             tensor->name, array_type_name(array.number, array.item), dtype->name);
    input->whole = dtype ? array_widened(&array, dtype->number, dtype->bytes) : array;
    input->sample = input->whole;
    if (each)
        slice(input, tensor);
    if (!shape_fits(input->sample.dims, input->sample.rank, &tensor->type) || (each && array.rank == 0))
        fail(EXIT_INPUT, "%s: input '%s' has shape %s, expected %s%s", shown(input->path), tensor->name,
             array_shape_text(array.dims, array.rank), each ? "samples of " : "", type_text(tensor));
}

static const char **names_of(const struct tensor_list *wanted) {
    const char **names = need((wanted->count + 1) * sizeof *names);
    for (size_t i = 0; i < wanted->count; i++)
        names[i] = wanted->tensors[i].name;
    return names;
}

static void give(struct input *input, const char *name, const char *path) {
    if (input->path)
        fail(EXIT_USAGE, "--input: '%s' given twice", name);
    input->path = path;
}

/* NAME=FILE, or FILE alone: for the only input, or for all of them if it is an archive or a list. */
static void take_argument(const struct input_reader *reader, struct input *inputs, const char *argument) {
    const struct tensor_list *wanted = reader->wanted;
    const char **names = names_of(wanted);
    const char *equals = strchr(argument, '=');
    for (size_t i = 0; i < wanted->count && equals; i++)
        if (strlen(names[i]) == (size_t)(equals - argument) && strncmp(names[i], argument, strlen(names[i])) == 0) {
            give(&inputs[i], names[i], equals + 1);
            return;
        }
    if (equals) {
        const char *name = text_of("%.*s", (int)(equals - argument), argument);
        fail(EXIT_USAGE, "--input: the model has no input '%s'%s, expected %s", shown(name),
             did_you_mean(name, names, wanted->count), listed(names, wanted->count));
    }
    if (wanted->count != 1 && !input_file_holds_many(argument))
        fail(EXIT_USAGE, "--input: '%s' for a model with %zu inputs, expected NAME=FILE with %s", shown(argument),
             wanted->count, listed(names, wanted->count));
    for (size_t i = 0; i < wanted->count; i++)
        give(&inputs[i], names[i], argument);
}

/* Without a word about inputs or what to do with outputs, the model is only tried. */
static bool is_trial(const struct options *options, const struct tensor_list *wanted) {
    static const enum flag flags[] = {FLAG_JSON_TEXT, FLAG_OUTPUT, FLAG_LABELS, FLAG_TOP,
                                      FLAG_EACH,      FLAG_IMAGE,  FLAG_LOOP};
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
        if (option_given(options, flags[i]))
            return false;
    for (size_t i = 0; i < wanted->count; i++)
        if (!trial_possible(&wanted->tensors[i]))
            return false;
    return wanted->count > 0;
}

static void make_up(struct input *inputs, const struct tensor_list *wanted) {
    const char *expected = "";
    for (size_t i = 0; i < wanted->count; i++) {
        const struct tensor *tensor = &wanted->tensors[i];
        expected = text_of("%s%s--input %s=FILE with %s", expected, i ? ", " : "", tensor->name, type_text(tensor));
        inputs[i].whole = inputs[i].sample = trial_array(tensor);
    }
    note("no --input given: a trial with made-up numbers, expected %s", expected);
}

static size_t count_samples(const struct input *inputs, const struct tensor_list *wanted) {
    size_t first = 0;
    while (first < wanted->count && inputs[first].output)
        first++;
    for (size_t i = first + 1; i < wanted->count; i++)
        if (!inputs[i].output && inputs[i].whole.dims[0] != inputs[first].whole.dims[0])
            fail(EXIT_INPUT, "%s: input '%s' has %d samples, expected %d as in '%s'", shown(inputs[i].path),
                 wanted->tensors[i].name, inputs[i].whole.dims[0], inputs[first].whole.dims[0],
                 wanted->tensors[first].name);
    if (first == wanted->count || inputs[first].whole.dims[0] == 0)
        fail(EXIT_INPUT, "--each: no samples, expected at least one along the first axis");
    return (size_t)inputs[first].whole.dims[0];
}

/* INPUT=OUTPUT of --loop. */
static void take_loop(const struct tensor_list *wanted, struct input *inputs, const char *argument) {
    const char **names = names_of(wanted);
    const char *equals = strchr(argument, '=');
    if (!equals || equals[1] == '\0')
        fail(EXIT_USAGE, "--loop: '%s', expected INPUT=OUTPUT", shown(argument));
    const char *name = text_of("%.*s", (int)(equals - argument), argument);
    for (size_t i = 0; i < wanted->count; i++)
        if (strcmp(names[i], name) == 0) {
            if (inputs[i].output)
                fail(EXIT_USAGE, "--loop: '%s' given twice", name);
            inputs[i].output = equals + 1;
            return;
        }
    fail(EXIT_USAGE, "--loop: the model has no input '%s'%s, expected %s", shown(name),
         did_you_mean(name, names, wanted->count), listed(names, wanted->count));
}

static void take_loops(const struct options *options, const struct tensor_list *wanted, struct input *inputs) {
    const struct option_values *given = &options->given[FLAG_LOOP];
    if (given->count > 0 && !option_given(options, FLAG_EACH))
        fail(EXIT_USAGE, "--loop goes from sample to sample, expected --each");
    for (size_t i = 0; i < given->count; i++)
        take_loop(wanted, inputs, given->values[i]);
}

/* What the first run gets of an input that later ones get from an output. */
static bool make_zeros(struct input *input, const struct tensor *tensor) {
    if (!input->output || !trial_possible(tensor))
        return false;
    input->whole = input->sample = trial_array(tensor);
    memset(input->whole.data, 0, input->whole.elements * input->whole.item);
    return true;
}

struct input *inputs_read(const struct options *options, const struct tensor_list *wanted, const char *image_path,
                          size_t *samples) {
    const struct input_reader reader = {options, wanted, image_path};
    const struct option_values *given = &options->given[FLAG_JSON_TEXT];
    input_file_check(options);
    struct input *inputs = need((wanted->count + 1) * sizeof *inputs);
    for (size_t i = 0; i < wanted->count; i++)
        inputs[i].name = wanted->tensors[i].name;
    *samples = 1;
    if (is_trial(options, wanted)) {
        make_up(inputs, wanted);
        return inputs;
    }
    for (size_t i = 0; i < given->count; i++)
        take_argument(&reader, inputs, given->values[i]);
    take_loops(options, wanted, inputs);
    for (size_t i = 0; i < wanted->count; i++)
        if (!inputs[i].path && !make_zeros(&inputs[i], &wanted->tensors[i]))
            fail(EXIT_USAGE, "input '%s' not given, expected --input %s=FILE with %s", wanted->tensors[i].name,
                 wanted->tensors[i].name, type_text(&wanted->tensors[i]));
    for (size_t i = 0; i < wanted->count; i++)
        if (inputs[i].path)
            bind(&reader, &inputs[i], i);
    if (option_given(options, FLAG_EACH))
        *samples = count_samples(inputs, wanted);
    return inputs;
}

void inputs_sample(const struct input *inputs, size_t count, size_t index, struct array *arrays) {
    for (size_t i = 0; i < count; i++) {
        arrays[i] = inputs[i].sample;
        arrays[i].data =
            (char *)inputs[i].whole.data + (inputs[i].output ? 0 : index) * arrays[i].elements * arrays[i].item;
    }
}
