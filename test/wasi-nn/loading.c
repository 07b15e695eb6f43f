/* loading.c - graphs: what loads, and what must be an error and no trap. */
#include <stdlib.h>
#include <string.h>

#include "suite.h"

#define BAD_BYTES (CODE(INVALID_ENCODING) | CODE(INVALID_ARGUMENT))

static void must_fail(const char *what, const struct abi_list *buffers, uint32_t count, uint32_t as, uint32_t codes) {
    struct wasi_nn_result result;
    wasi_nn_load(buffers, count, as, WASI_NN_CPU, &result);
    if (!check_error(what, result.is_error, result.handle, codes) && !result.is_error)
        wasi_nn_drop_graph(result.handle);
}

static void loads(void) {
    const struct model *model = model_of("twice_FP32");
    const uint32_t graph = model ? graph_of(model) : NONE, again = model ? graph_of(model) : NONE;
    if (graph == NONE || again == NONE)
        return;
    wasi_nn_drop_graph(graph);
    const uint32_t context = context_of(again);
    wasi_nn_drop_graph(again);
    if (context == NONE)
        return;
    const uint32_t x = floats((const float[]){1, 2, 3}, 3, 0);
    check_floats("a graph loaded twice", compute_one(context, model->inputs[0], x), (const float[]){1, 2, 3, 1, 2, 3},
                 6, 0);
    wasi_nn_drop_context(context);
}

static void no_buffers(void) {
    must_fail("no buffers", NULL, 0, encoding, BAD_BYTES);
}

static void empty_buffer(void) {
    const struct abi_list empty = {NULL, 0};
    must_fail("an empty buffer", &empty, 1, encoding, BAD_BYTES);
}

static void no_model(void) {
    static char text[] = "this is no model, whatever the encoding is said to be";
    const struct abi_list buffer = {text, sizeof text};
    must_fail("bytes that are no model", &buffer, 1, encoding, BAD_BYTES);
}

static void truncated(void) {
    const struct model *model = model_of("pair");
    if (!model)
        return;
    struct abi_list half = model->bytes;
    half.count /= 2;
    must_fail("the first half of a model", &half, 1, encoding, BAD_BYTES);
}

/* A file of one format is none of another. Graphs of autodetect may be anything. */
static void other_encodings(void) {
    const struct model *model = model_of("pair");
    for (uint32_t other = 0; model && other < WASI_NN_AUTODETECT; other++)
        if (other != encoding)
            must_fail("a model under another encoding", &model->bytes, 1, other,
                      BAD_BYTES | CODE(UNSUPPORTED_OPERATION));
}

/* A target that is not there is an error, one that is there works. */
static void targets(void) {
    const struct model *model = model_of("twice_FP32");
    for (uint32_t target = WASI_NN_GPU; model && target <= WASI_NN_TPU; target++) {
        struct wasi_nn_result result;
        wasi_nn_load(&model->bytes, 1, encoding, target, &result);
        if (result.is_error) {
            check_error("a target", true, result.handle,
                        CODE(UNSUPPORTED_OPERATION) | CODE(INVALID_ARGUMENT) | CODE(SECURITY));
            continue;
        }
        const uint32_t context = context_of(result.handle);
        if (context != NONE) {
            const uint32_t x = floats((const float[]){4, 5, 6}, 3, 0);
            check_floats("on another target", compute_one(context, model->inputs[0], x),
                         (const float[]){4, 5, 6, 4, 5, 6}, 6, 0);
            wasi_nn_drop_context(context);
        }
        wasi_nn_drop_graph(result.handle);
    }
}

static void name_fails(const char *what, const char *name, size_t bytes, uint32_t codes) {
    struct wasi_nn_result result;
    wasi_nn_load_by_name(name, bytes, &result);
    if (!check_error(what, result.is_error, result.handle, codes) && !result.is_error)
        wasi_nn_drop_graph(result.handle);
}

static void unknown_name(void) {
    name_fails("a name that nobody gave", "no graph has this name", 22, CODE(NOT_FOUND) | CODE(UNSUPPORTED_OPERATION));
}

static void odd_names(void) {
    const size_t bytes = 100000;
    char *name = malloc(bytes);
    if (!check(name != NULL, "out of memory"))
        return;
    memset(name, 'n', bytes);
    name_fails("a long name", name, bytes,
               CODE(NOT_FOUND) | CODE(UNSUPPORTED_OPERATION) | CODE(INVALID_ARGUMENT) | CODE(TOO_LARGE));
    name_fails("an empty name", name, 0, CODE(NOT_FOUND) | CODE(UNSUPPORTED_OPERATION) | CODE(INVALID_ARGUMENT));
    name_fails("a name that leaves a folder", "../../etc/passwd", 16,
               CODE(NOT_FOUND) | CODE(UNSUPPORTED_OPERATION) | CODE(INVALID_ARGUMENT) | CODE(SECURITY));
    free(name);
}

/* It lives by itself, says the same each time, in UTF-8. */
static void error_text(void) {
    struct wasi_nn_result first, second;
    wasi_nn_load_by_name("one", 3, &first);
    wasi_nn_load_by_name("two", 3, &second);
    if (!check(first.is_error && second.is_error, "names that nobody gave were found"))
        return;
    struct abi_list text, again;
    wasi_nn_error_data(first.handle, &text);
    wasi_nn_drop_error(second.handle);
    wasi_nn_error_data(first.handle, &again);
    check(text.count == again.count && memcmp(text.data, again.data, text.count) == 0, "an error changed its text");
    check(wasi_nn_error_code(first.handle) == wasi_nn_error_code(first.handle), "an error changed its code");
    abi_free(text);
    abi_free(again);
    wasi_nn_drop_error(first.handle);
}

const struct suite_case loading_cases[] = {
    {"load: a model loads, also twice", loads},
    {"load: no buffers", no_buffers},
    {"load: an empty buffer", empty_buffer},
    {"load: bytes that are no model", no_model},
    {"load: a model cut short", truncated},
    {"load: another encoding", other_encodings},
    {"load: gpu and tpu", targets},
    {"load-by-name: a name that nobody gave", unknown_name},
    {"load-by-name: empty, long, and with dots", odd_names},
    {"errors: an error keeps its text and code", error_text},
    {NULL, NULL},
};
