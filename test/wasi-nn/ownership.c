/* ownership.c - what lives how long: an application drops what it owns in any order, and nothing else may go with it or stay. */
#include <stdlib.h>
#include <string.h>

#include "suite.h"

static const float x[] = {1, 2, 3, 1, 2, 3}, y[] = {7, 8, 9, 7, 8, 9};

static void output_outlives(void) {
    const struct model *model = model_of("twice_FP32");
    const uint32_t context = model ? context_of_model("twice_FP32") : NONE;
    if (context == NONE)
        return;
    const uint32_t first = compute_one(context, model->inputs[0], floats(x, 3, 0));
    const uint32_t second = compute_one(context, model->inputs[0], floats(y, 3, 0));
    wasi_nn_drop_context(context);
    check_floats("the output of a compute, after the next", first, x, 6, 0);
    check_floats("the output, without its context and graph", second, y, 6, 0);
}

static void graph_first(void) {
    const struct model *model = model_of("twice_FP32");
    const uint32_t graph = model ? graph_of(model) : NONE;
    const uint32_t one = graph == NONE ? NONE : context_of(graph), two = graph == NONE ? NONE : context_of(graph);
    if (one == NONE || two == NONE)
        return;
    wasi_nn_drop_graph(graph);
    check_floats("without the graph", compute_one(one, model->inputs[0], floats(x, 3, 0)), x, 6, 0);
    wasi_nn_drop_context(one);
    check_floats("without the other context", compute_one(two, model->inputs[0], floats(y, 3, 0)), y, 6, 0);
    wasi_nn_drop_context(two);
}

static void two_contexts(void) {
    const struct model *model = model_of("twice_FP32");
    const uint32_t graph = model ? graph_of(model) : NONE;
    const uint32_t one = graph == NONE ? NONE : context_of(graph), two = graph == NONE ? NONE : context_of(graph);
    if (one == NONE || two == NONE)
        return;
    const uint32_t of_one = compute_one(one, model->inputs[0], floats(x, 3, 0));
    const uint32_t of_two = compute_one(two, model->inputs[0], floats(y, 3, 0));
    check_floats("of the first context", of_one, x, 6, 0);
    check_floats("of the second context", of_two, y, 6, 0);
    wasi_nn_drop_context(two);
    wasi_nn_drop_graph(graph);
    wasi_nn_drop_context(one);
}

static void output_as_input(void) {
    const struct model *model = model_of("open");
    const uint32_t context = model ? context_of_model("open") : NONE;
    if (context == NONE)
        return;
    uint32_t z = compute_one(context, model->inputs[0], floats(x, 3, 0));
    if (z != NONE)
        z = compute_one(context, model->inputs[0], z);
    const float want[] = {1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3};
    check_floats("an output as an input", z, want, 12, 0);
    wasi_nn_drop_context(context);
}

/* Reading does not use up. */
static void read_twice(void) {
    const uint32_t tensor = floats(x, 3, 0);
    struct abi_list first, second;
    wasi_nn_data(tensor, &first);
    memset(first.data, 0, first.count); /* a copy: the tensor must not change */
    wasi_nn_data(tensor, &second);
    check(second.count == 12 && memcmp(second.data, x, 12) == 0, "a second reading has other bytes");
    abi_free(first);
    abi_free(second);
    wasi_nn_drop_tensor(tensor);
}

/* 12 MiB a round: what keeps the inputs or outputs of all rounds is beyond the 4 GiB of a component, and beyond a limit that the runtime was given. */
static void no_leak(void) {
    enum { ROUNDS = 400, SIDE = 1024 };
    const struct model *model = model_of("large");
    float *data = model ? calloc(SIDE * SIDE, sizeof *data) : NULL;
    for (uint32_t round = 0; data && round < ROUNDS; round++) {
        const uint32_t context = context_of_model("large");
        if (context == NONE)
            break;
        data[0] = (float)round;
        const uint32_t z = compute_one(context, model->inputs[0], floats(data, SIDE, SIDE));
        wasi_nn_drop_context(context);
        if (!check(z != NONE, "round %u of %u", round, ROUNDS))
            break;
        wasi_nn_drop_tensor(z);
    }
    free(data);
}

/* The same where every call fails. */
static void no_leak_of_errors(void) {
    enum { ROUNDS = 1100, SIDE = 1024 };
    const struct model *model = model_of("large");
    const uint32_t context = model ? context_of_model("large") : NONE;
    float *data = context == NONE ? NULL : calloc(SIDE * SIDE, sizeof *data);
    for (uint32_t round = 0; data && round < ROUNDS; round++) {
        const uint32_t tensor = floats(data, SIDE * SIDE / 2, 2);
        const struct wasi_nn_computed computed = compute(context, 1, model->inputs, &tensor);
        if (!check_error("wrong dimensions", computed.is_error, computed.error, CODE(INVALID_ARGUMENT)))
            break;
    }
    free(data);
    if (context != NONE)
        wasi_nn_drop_context(context);
}

const struct suite_case ownership_cases[] = {
    {"ownership: outputs outlive the next compute, context and graph", output_outlives},
    {"ownership: contexts outlive their graph and each other", graph_first},
    {"ownership: two contexts of a graph do not mix", two_contexts},
    {"ownership: an output is the next input", output_as_input},
    {"ownership: a tensor can be read twice", read_twice},
    {"ownership: 400 rounds of 12 MiB leave nothing", no_leak},
    {"ownership: 1100 errors over 4 MiB leave nothing", no_leak_of_errors},
    {NULL, NULL},
};
