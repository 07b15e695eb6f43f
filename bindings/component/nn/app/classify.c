/* classify.c - a WASI program that names what a picture shows, by whatever implements wasi:nn: the runtime, or a component that it is composed with.
 *
 *     wasi-nn-cat MODEL PICTURE.png LABELS [RULE]
 *
 * RULE makes a tensor of the picture, as --image of the command line does (docs/IMAGES.md); without it, as EfficientNet-Lite0 was trained. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "fail.h"
#include "file.h"
#include "image.h"
#include "labels.h"
#include "wasi_nn.h"

#define LITE0 "crop=square,size=224x224,filter=bicubic,antialias=1,channels=3,mean=127,std=128"
#define LARGEST_FILE (1U << 30)
#define SHOWN 5

static _Noreturn void fail_error(const char *doing, uint32_t error) {
    struct abi_list text;
    wasi_nn_error_data(error, &text);
    fail(EXIT_INPUT, "%s: %s: %.*s", doing, wasi_nn_code_name(wasi_nn_error_code(error)), (int)text.count,
         (const char *)text.data);
}

static uint32_t handle_of(const char *doing, const struct wasi_nn_result *result) {
    if (result->is_error)
        fail_error(doing, result->handle);
    return result->handle;
}

static uint32_t load(const char *path) {
    struct wasi_nn_result result;
    size_t bytes;
    uint8_t *model = file_read(path, LARGEST_FILE, &bytes);
    const struct abi_list buffer = {model, (uint32_t)bytes};
    wasi_nn_load(&buffer, 1, WASI_NN_AUTODETECT, WASI_NN_CPU, &result);
    return handle_of(shown(path), &result);
}

static uint32_t picture_tensor(const char *path, const char *rule_text) {
    const struct image_rule rule = image_rule_parse(rule_text);
    size_t bytes;
    const uint8_t *file = file_read(path, LARGEST_FILE, &bytes);
    if (bytes < 8 || memcmp(file, "\x89PNG\r\n\x1a\n", 8) != 0)
        fail(EXIT_INPUT, "%s: no PNG", shown(path));
    const struct picture picture = picture_decode_png(shown(path), file, bytes);
    const struct array x = image_to_array(shown(path), &picture, &rule);
    uint32_t dimensions[ARRAY_MAX_RANK];
    for (int32_t i = 0; i < x.rank; i++)
        dimensions[i] = (uint32_t)x.dims[i];
    return wasi_nn_tensor(dimensions, (uint32_t)x.rank, WASI_NN_FP32, x.data, x.elements * x.item);
}

/* The first output, the probabilities of the classes. */
static struct abi_list compute(uint32_t context, uint32_t x) {
    const struct wasi_nn_named_tensor input = {{"0", 1}, x};
    struct wasi_nn_computed result;
    wasi_nn_compute(context, &input, 1, &result);
    if (result.is_error)
        fail_error("the model on the picture", result.error);
    const struct wasi_nn_named_tensor *outputs = result.outputs.data;
    if (result.outputs.count == 0 || wasi_nn_type(outputs[0].tensor) != WASI_NN_FP32)
        fail(EXIT_INPUT, "the model has no first output of type FP32");
    struct abi_list data;
    wasi_nn_data(outputs[0].tensor, &data);
    for (uint32_t i = 0; i < result.outputs.count; i++) {
        wasi_nn_drop_tensor(outputs[i].tensor);
        abi_free(outputs[i].name);
    }
    abi_free(result.outputs);
    return data;
}

static void show(float *values, size_t count, const struct labels *labels) {
    for (size_t shown_count = 0; shown_count < SHOWN && shown_count < count; shown_count++) {
        size_t best = 0;
        for (size_t i = 1; i < count; i++)
            if (!(values[i] <= values[best]))
                best = i;
        printf("%.6f  %s\n", (double)values[best], labels_at(labels, best));
        values[best] = -1;
    }
}

int main(int argc, char **argv) {
    if (argc != 4 && argc != 5)
        fail(EXIT_USAGE, "usage: wasi-nn-cat MODEL PICTURE.png LABELS [RULE], where RULE is such as " LITE0);
    const struct labels labels = labels_read(argv[3]);
    const uint32_t x = picture_tensor(argv[2], argc == 5 ? argv[4] : LITE0), graph = load(argv[1]);
    struct wasi_nn_result result;
    wasi_nn_init_execution_context(graph, &result);
    const uint32_t context = handle_of(shown(argv[1]), &result);
    const struct abi_list probabilities = compute(context, x);
    wasi_nn_drop_context(context);
    wasi_nn_drop_graph(graph);
    labels_check_count(&labels, probabilities.count / sizeof(float));
    show(probabilities.data, probabilities.count / sizeof(float), &labels);
    return fflush(stdout) == 0 ? 0 : EXIT_OURS;
}
