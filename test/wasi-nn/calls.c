/* calls.c - short ways to call wasi:nn, for cases where the call itself is not what is tested. */
#include <stdlib.h>
#include <string.h>

#include "suite.h"

static uint32_t handle_of(const char *what, const struct wasi_nn_result *result) {
    if (!result->is_error)
        return result->handle;
    struct abi_list text;
    wasi_nn_error_data(result->handle, &text);
    check(false, "%s: %.*s", what, (int)text.count, (const char *)text.data);
    abi_free(text);
    wasi_nn_drop_error(result->handle);
    return NONE;
}

uint32_t graph_of(const struct model *model) {
    struct wasi_nn_result result;
    wasi_nn_load(&model->bytes, 1, encoding, WASI_NN_CPU, &result);
    return handle_of(model->name, &result);
}

uint32_t context_of(uint32_t graph) {
    struct wasi_nn_result result;
    wasi_nn_init_execution_context(graph, &result);
    return handle_of("init-execution-context", &result);
}

uint32_t context_of_model(const char *name) {
    const struct model *model = model_of(name);
    const uint32_t graph = model ? graph_of(model) : NONE, context = graph == NONE ? NONE : context_of(graph);
    if (graph != NONE)
        wasi_nn_drop_graph(graph);
    return context;
}

uint32_t floats(const float *values, uint32_t rows, uint32_t columns) {
    const uint32_t dimensions[] = {rows, columns}, rank = columns ? 2 : 1;
    return wasi_nn_tensor(dimensions, rank, WASI_NN_FP32, values, rows * (columns ? columns : 1) * sizeof *values);
}

struct wasi_nn_computed compute(uint32_t context, uint32_t count, const char *const *names, const uint32_t *tensors) {
    struct wasi_nn_named_tensor inputs[4];
    struct wasi_nn_computed result;
    for (uint32_t i = 0; i < count; i++)
        inputs[i] =
            (struct wasi_nn_named_tensor){{(void *)(uintptr_t)names[i], (uint32_t)strlen(names[i])}, tensors[i]};
    wasi_nn_compute(context, inputs, count, &result);
    return result;
}

static void drop_from(const struct wasi_nn_computed *computed, uint32_t first) {
    const struct wasi_nn_named_tensor *outputs = computed->outputs.data;
    for (uint32_t i = 0; i < computed->outputs.count; i++) {
        abi_free(outputs[i].name);
        if (i >= first)
            wasi_nn_drop_tensor(outputs[i].tensor);
    }
    abi_free(computed->outputs);
}

void drop_computed(const struct wasi_nn_computed *computed) {
    if (computed->is_error)
        wasi_nn_drop_error(computed->error);
    else
        drop_from(computed, 0);
}

uint32_t compute_one(uint32_t context, const char *name, uint32_t tensor) {
    const struct wasi_nn_computed computed = compute(context, 1, &name, &tensor);
    if (computed.is_error) {
        const struct wasi_nn_result error = {1, computed.error};
        return handle_of("compute", &error);
    }
    if (!check(computed.outputs.count > 0, "compute: no outputs"))
        return NONE;
    const uint32_t first = ((const struct wasi_nn_named_tensor *)computed.outputs.data)->tensor;
    drop_from(&computed, 1);
    return first;
}

bool check_floats(const char *what, uint32_t tensor, const float *values, uint32_t rows, uint32_t columns) {
    const uint32_t dimensions[] = {rows, columns}, rank = columns ? 2 : 1;
    struct abi_list shape, data;
    if (tensor == NONE)
        return false;
    wasi_nn_dimensions(tensor, &shape);
    wasi_nn_data(tensor, &data);
    const size_t bytes = rows * (columns ? columns : 1) * sizeof *values;
    const bool good =
        check(wasi_nn_type(tensor) == WASI_NN_FP32, "%s: type %u, expected FP32", what, wasi_nn_type(tensor)) &&
        check(shape.count == rank && memcmp(shape.data, dimensions, rank * sizeof *dimensions) == 0,
              "%s: wrong dimensions, %u of them", what, shape.count) &&
        check(data.count == bytes, "%s: %u bytes, expected %zu", what, data.count, bytes) &&
        check(memcmp(data.data, values, bytes) == 0, "%s: wrong values, the first is %g, expected %g", what,
              (double)((const float *)data.data)[0], (double)values[0]);
    abi_free(shape);
    abi_free(data);
    wasi_nn_drop_tensor(tensor);
    return good;
}
