/* typed.c - run and labels of a compiled model, from words to tensors and back. A model whose shapes are open is planned for the shapes that come, and again
 * when they change; one whose shapes are known has its plan from the start, and nothing here reaches the planner then. */
#include "compile/typed.h"

#include <string.h>

#include "canonical.h"
#include "compile/compiled.h"
#include "compile/typed_error.h"
#include "msw.h"

enum { ERROR_WORDS = 7 };

/* A list or string in words: an address and a count. */
static size_t *put_list(size_t *to, const void *data, size_t count) {
    to[0] = (size_t)data;
    to[1] = count;
    return to + 2;
}

static struct abi_list take_list(const size_t **words) {
    const struct abi_list list = {(void *)(*words)[0], (uint32_t)(*words)[1]}; /* NOLINT(performance-no-int-to-ptr) */
    *words += 2;
    return list;
}

/* An input of the call at hand. sizes: of an input of any rank, the list that came. */
struct given {
    struct abi_list sizes, elements;
};

/* run: planned for the shapes of the last call that got so far. replan: NULL where the model has one plan for good. */
static struct {
    struct msw_run *run;
    bool (*replan)(void);
    struct given *given;
    struct msw_type *types;
    size_t *answer, *strings;
    size_t labels[2];
} typed;

static const struct msw_tensor *declared_output(uint32_t index) {
    return compiled.run ? msw_run_output(compiled.run, index) : msw_model_output(compiled.model, index);
}

static size_t words_of(int32_t rank) {
    return (rank < 0 ? 2 : (size_t)rank) + 2;
}

/* States are a run's own: they go along into the next one. */
static void move_states(struct msw_run *to, const struct msw_run *from) {
    const struct msw_tensor *state;
    for (uint32_t i = 0; (state = msw_run_state(from, i)); i++)
        memcpy(msw_run_state(to, i)->data, state->data, state->bytes);
}

static bool replan(void) {
    struct msw_run *run = msw_run_new(compiled.model, typed.types);
    if (!run)
        return typed_fail_as_engine();
    if (typed.run)
        move_states(run, typed.run);
    msw_run_free(typed.run);
    typed.run = run;
    return true;
}

static bool prepare_labels(void) {
    if (compiled.label_count == 0)
        return true;
    typed.strings = msw_alloc(compiled.label_count * 2 * sizeof *typed.strings);
    if (!typed.strings)
        return false;
    size_t *next = typed.strings;
    for (uint32_t i = 0; i < compiled.label_count; i++)
        next = put_list(next, compiled.labels[i], strlen(compiled.labels[i]));
    put_list(typed.labels, typed.strings, compiled.label_count);
    return true;
}

int32_t typed_prepare(void) {
    uint32_t inputs = 0;
    while (msw_model_input(compiled.model, inputs))
        inputs++;
    size_t words = 1;
    const struct msw_tensor *output;
    for (uint32_t i = 0; (output = declared_output(i)); i++)
        words += words_of(output->type.rank);
    typed.run = compiled.run;
    typed.replan = compiled.run ? NULL : replan;
    typed.given = msw_alloc(inputs * sizeof *typed.given);
    typed.types = msw_alloc(inputs * sizeof *typed.types);
    typed.answer = msw_alloc((words > ERROR_WORDS ? words : ERROR_WORDS) * sizeof *typed.answer);
    return typed.given && typed.types && typed.answer && prepare_labels();
}

static void read_words(const size_t *words) {
    const struct msw_tensor *input;
    for (uint32_t i = 0; (input = msw_model_input(compiled.model, i)); i++) {
        struct given *given = &typed.given[i];
        struct msw_type *type = &typed.types[i];
        *type = (struct msw_type){.dtype = input->type.dtype, .rank = input->type.rank};
        given->sizes = (struct abi_list){0};
        if (type->rank < 0)
            given->sizes = take_list(&words);
        for (int32_t d = 0; d < type->rank; d++)
            type->dims[d] = (int32_t)*words++;
        given->elements = take_list(&words);
    }
}

static void free_given(void) {
    for (uint32_t i = 0; msw_model_input(compiled.model, i); i++) {
        abi_free(typed.given[i].sizes);
        abi_free(typed.given[i].elements);
    }
}

/* The sizes of a list as a type has them. */
static bool take_sizes(const struct msw_tensor *input, const struct abi_list *sizes, struct msw_type *type) {
    if (sizes->count > MSW_MAX_RANK)
        return typed_fail("input '%n': %u dimensions, expected at most %u", input->name, sizes->count, MSW_MAX_RANK);
    type->rank = (int32_t)sizes->count;
    if (sizes->count > 0)
        memcpy(type->dims, sizes->data, sizes->count * sizeof *type->dims);
    return true;
}

static bool check_sizes(const struct msw_tensor *input, const struct msw_type *type) {
    for (int32_t d = 0; d < type->rank; d++)
        if (type->dims[d] < 0)
            return typed_fail("input '%n': dimension %u is %u, expected at most %u", input->name, (uint32_t)d,
                              (uint32_t)type->dims[d], INT32_MAX);
    return true;
}

static bool check_count(const struct msw_tensor *input, const struct msw_type *type, uint32_t count) {
    uint64_t elements = 1;
    for (int32_t d = 0; d < type->rank; d++)
        elements = type->dims[d] == 0 || elements == 0 ? 0
                   : elements > UINT32_MAX             ? elements /* too many, whatever follows but a 0 */
                                                       : elements * (uint32_t)type->dims[d];
    if (elements == count)
        return true;
    if (elements > UINT32_MAX)
        return typed_fail("input '%n': shape %t needs more values than memory holds, got %u", input->name, type, count);
    return typed_fail("input '%n': shape %t needs %u values, got %u", input->name, type, (uint32_t)elements, count);
}

static bool check_inputs(void) {
    const struct msw_tensor *input;
    for (uint32_t i = 0; (input = msw_model_input(compiled.model, i)); i++) {
        struct msw_type *type = &typed.types[i];
        const struct given *given = &typed.given[i];
        if (input->type.rank < 0 && !take_sizes(input, &given->sizes, type))
            return false;
        if (!check_sizes(input, type) || !check_count(input, type, given->elements.count))
            return false;
    }
    return true;
}

static bool same_shape(const struct msw_type *a, const struct msw_type *b) {
    return a->rank == b->rank && (a->rank == 0 || memcmp(a->dims, b->dims, (size_t)a->rank * sizeof *a->dims) == 0);
}

/* See to it that the run is one for the shapes that came. */
static bool choose_run(void) {
    const struct msw_tensor *input;
    if (!typed.run)
        return typed.replan();
    for (uint32_t i = 0; (input = msw_run_input(typed.run, i)); i++) {
        if (same_shape(&input->type, &typed.types[i]))
            continue;
        if (typed.replan)
            return typed.replan();
        return typed_fail("input '%n': shape %t, expected %t", input->name, &typed.types[i], &input->type);
    }
    return true;
}

static bool write_inputs(void) {
    if (!check_inputs() || !choose_run())
        return false;
    const struct msw_tensor *input;
    for (uint32_t i = 0; (input = msw_run_input(typed.run, i)); i++)
        if (input->bytes > 0)
            memcpy(input->data, typed.given[i].elements.data, input->bytes);
    return true;
}

/* Elements and sizes are read where they lie. */
static bool answer_outputs(void) {
    const struct msw_tensor *output;
    size_t *to = typed.answer;
    *to++ = 0;
    for (uint32_t i = 0; (output = msw_run_output(typed.run, i)); i++) {
        const int32_t rank = declared_output(i)->type.rank;
        const struct msw_type *type = &output->type;
        if (rank >= 0 && rank != type->rank)
            return typed_fail("output '%n': shape %t, expected %u dimensions", output->name, type, (uint32_t)rank);
        if (rank < 0)
            to = put_list(to, type->dims, (size_t)type->rank);
        size_t elements = 1;
        for (int32_t d = 0; d < type->rank; d++)
            elements *= (size_t)type->dims[d];
        for (int32_t d = 0; d < rank; d++)
            *to++ = (size_t)type->dims[d];
        to = put_list(to, output->data, elements);
    }
    return true;
}

static void answer_error(void) {
    const struct typed_error *error = typed_error();
    size_t *to = typed.answer;
    *to++ = 1;
    *to++ = error->code;
    *to++ = error->node != NULL;
    to = put_list(to, error->node, error->node ? strlen(error->node) : 0);
    put_list(to, error->text, strlen(error->text));
}

const size_t *typed_run(const size_t *words) {
    read_words(words);
    const bool written = write_inputs();
    free_given();
    if (!written || (msw_run(typed.run) != MSW_OK && !typed_fail_as_engine()) || !answer_outputs())
        answer_error();
    return typed.answer;
}

const size_t *typed_labels(void) {
    return typed.labels;
}
