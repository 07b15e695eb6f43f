/* graph.c - wasi:nn/graph: models from the bytes that an application hands over, or by a name. */
#include <string.h>

#include "nn.h"

enum { MOST_FILES = 65, CPU = 0, ONNX = 1, AUTODETECT = 6 };

/* In the order of wasi:nn's enums. */
static const char *const encodings[] = {"openvino",       "onnx", "tensorflow", "pytorch",
                                        "tensorflowlite", "ggml", "autodetect"};
static const char *const targets[] = {"cpu", "gpu", "tpu"};

ABI_IMPORT("[export]" NN("graph"), "[resource-new]graph") uint32_t graph_handle(struct nn_graph *graph);

void nn_graph_hold(struct nn_graph *graph) {
    graph->references++;
}

ABI_EXPORT(NN("graph") "#[dtor]graph")
void nn_graph_release(struct nn_graph *graph) {
    if (--graph->references > 0)
        return;
    msw_model_free(graph->model);
    msw_free(graph);
}

static size_t count_files(const struct msw_model *model) {
    uint32_t file = 1;
    while (msw_model_file(model, file))
        file++;
    return file - 1;
}

/* The buffers of one load, the model first, then its files of weights. told: which of them the engine knows the size of. */
struct source {
    struct msw_model *model;
    const struct abi_list *buffers;
    uint32_t count;
    bool told[MOST_FILES];
};

static bool serve(struct source *from, const struct msw_request *want) {
    const uint32_t file = want->file;
    if (file >= from->count || file >= MOST_FILES)
        return nn_fail(NN_INVALID_ARGUMENT,
                       "%z buffers, expected %z: the model, then its files of weights in their order, here %s",
                       (size_t)from->count, 1 + count_files(from->model), msw_model_file(from->model, file));
    if (file > 0 && !from->told[file]) {
        if (msw_model_file_size(from->model, file, from->buffers[file].count) != MSW_OK)
            return nn_fail_as_engine(NN_INVALID_ARGUMENT);
        from->told[file] = true;
    }
    memcpy(want->destination, (const char *)from->buffers[file].data + want->offset, want->bytes);
    return true;
}

static bool load_model(struct source *from, uint32_t encoding) {
    struct msw_request want;
    enum msw_status status;
    while ((status = msw_load_step(from->model, &want)) == MSW_MORE)
        if (!serve(from, &want))
            return false;
    if (status != MSW_OK)
        return nn_fail_as_engine(NN_INVALID_ENCODING);
    const char *format = msw_model_info(from->model)->format;
    if (encoding == ONNX && strcmp(format, "ONNX") != 0)
        return nn_fail(NN_INVALID_ENCODING, "encoding onnx, but the bytes are those of a %s file", format);
    const size_t files = count_files(from->model);
    if (from->count > 1 + files)
        return nn_fail(NN_INVALID_ARGUMENT, "%z buffers, expected %z: %s", (size_t)from->count, 1 + files,
                       files ? "the model, then its files of weights" : "a model that has its weights in itself");
    return true;
}

static bool check_request(uint32_t count, uint32_t encoding, uint32_t target) {
    if (target != CPU)
        return nn_fail(NN_UNSUPPORTED_OPERATION, "execution target %s, expected cpu", targets[target]);
    if (encoding != AUTODETECT && encoding != ONNX)
        return nn_fail(NN_INVALID_ENCODING, "encoding %s, expected onnx, or autodetect with the bytes of a MindIR file",
                       encodings[encoding]);
    if (count == 0)
        return nn_fail(NN_INVALID_ARGUMENT, "no buffers, expected one with the bytes of a MindIR or ONNX file");
    return true;
}

static struct nn_graph *load(const struct abi_list *buffers, uint32_t count, uint32_t encoding, uint32_t target) {
    if (!check_request(count, encoding, target))
        return NULL;
    struct nn_graph *graph = msw_alloc(sizeof *graph);
    if (!graph)
        return nn_no_memory(sizeof *graph), NULL;
    struct source from = {.model = msw_model_open(buffers[0].count), .buffers = buffers, .count = count};
    *graph = (struct nn_graph){1, from.model};
    if (from.model ? load_model(&from, encoding) : nn_fail_as_engine(NN_INVALID_ENCODING))
        return graph;
    nn_graph_release(graph);
    return NULL;
}

static const struct nn_result *answer(struct nn_graph *graph) {
    static struct nn_result result;
    result = (struct nn_result){.is_error = !graph, .handle = graph ? graph_handle(graph) : nn_error()};
    return &result;
}

ABI_EXPORT(NN("graph") "#load")
const struct nn_result *graph_load(struct abi_list *buffers, uint32_t count, uint32_t encoding, uint32_t target) {
    struct nn_graph *graph = load(buffers, count, encoding, target);
    for (uint32_t i = 0; i < count; i++)
        abi_free(buffers[i]);
    abi_free((struct abi_list){buffers, count});
    return answer(graph);
}

ABI_EXPORT(NN("graph") "#load-by-name")
const struct nn_result *graph_load_by_name(void *text, uint32_t bytes) {
    const struct abi_list name = {text, bytes};
    struct nn_graph *graph = nn_graph_named(&name);
    if (graph)
        nn_graph_hold(graph);
    abi_free(name);
    return answer(graph);
}

ABI_EXPORT(NN("graph") "#[method]graph.init-execution-context")
const struct nn_result *graph_init_execution_context(struct nn_graph *graph) {
    static struct nn_result result;
    const uint32_t context = nn_context_handle(graph);
    result = (struct nn_result){.is_error = !context, .handle = context ? context : nn_error()};
    return &result;
}
