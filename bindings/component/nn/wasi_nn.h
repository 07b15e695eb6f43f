/* wasi_nn.h - wasi:nn 0.2.0-rc-2024-10-28 for a C program that imports it, by the canonical ABI: resources are handles, which their owner drops.
 * Lists and strings that are returned were made by cabi_realloc (wasi_nn.c), and are freed with abi_free. */
#ifndef WASI_NN_H
#define WASI_NN_H

#include "canonical.h"

#define WASI_NN(interface, function) ABI_IMPORT("wasi:nn/" interface "@0.2.0-rc-2024-10-28", function)

enum wasi_nn_encoding {
    WASI_NN_OPENVINO,
    WASI_NN_ONNX,
    WASI_NN_TENSORFLOW,
    WASI_NN_PYTORCH,
    WASI_NN_TENSORFLOWLITE,
    WASI_NN_GGML,
    WASI_NN_AUTODETECT,
};

enum wasi_nn_target { WASI_NN_CPU, WASI_NN_GPU, WASI_NN_TPU };

enum wasi_nn_type {
    WASI_NN_FP16,
    WASI_NN_FP32,
    WASI_NN_FP64,
    WASI_NN_BF16,
    WASI_NN_U8,
    WASI_NN_I32,
    WASI_NN_I64,
};

enum wasi_nn_code {
    WASI_NN_INVALID_ARGUMENT,
    WASI_NN_INVALID_ENCODING,
    WASI_NN_TIMEOUT,
    WASI_NN_RUNTIME_ERROR,
    WASI_NN_UNSUPPORTED_OPERATION,
    WASI_NN_TOO_LARGE,
    WASI_NN_NOT_FOUND,
    WASI_NN_SECURITY,
    WASI_NN_UNKNOWN,
};

/* A graph, a context, or the error in its place. */
struct wasi_nn_result {
    uint8_t is_error;
    uint32_t handle;
};

struct wasi_nn_named_tensor {
    struct abi_list name;
    uint32_t tensor;
};

/* count named tensors, or an error. */
struct wasi_nn_computed {
    uint8_t is_error;
    union {
        uint32_t error;
        struct abi_list outputs;
    };
};

WASI_NN("graph", "load")
void wasi_nn_load(const struct abi_list *buffers, uint32_t count, uint32_t encoding, uint32_t target,
                  struct wasi_nn_result *result);
WASI_NN("graph", "load-by-name")
void wasi_nn_load_by_name(const char *name, size_t bytes, struct wasi_nn_result *result);
WASI_NN("graph", "[method]graph.init-execution-context")
void wasi_nn_init_execution_context(uint32_t graph, struct wasi_nn_result *result);
WASI_NN("graph", "[resource-drop]graph") void wasi_nn_drop_graph(uint32_t graph);

/* Takes the tensors that it is given, not their names. */
WASI_NN("inference", "[method]graph-execution-context.compute")
void wasi_nn_compute(uint32_t context, const struct wasi_nn_named_tensor *inputs, uint32_t count,
                     struct wasi_nn_computed *result);
WASI_NN("inference", "[resource-drop]graph-execution-context") void wasi_nn_drop_context(uint32_t context);

WASI_NN("tensor", "[constructor]tensor")
uint32_t wasi_nn_tensor(const uint32_t *dimensions, uint32_t rank, uint32_t type, const void *data, size_t bytes);
WASI_NN("tensor", "[method]tensor.dimensions") void wasi_nn_dimensions(uint32_t tensor, struct abi_list *result);
WASI_NN("tensor", "[method]tensor.ty") uint32_t wasi_nn_type(uint32_t tensor);
WASI_NN("tensor", "[method]tensor.data") void wasi_nn_data(uint32_t tensor, struct abi_list *result);
WASI_NN("tensor", "[resource-drop]tensor") void wasi_nn_drop_tensor(uint32_t tensor);

WASI_NN("errors", "[method]error.code") uint32_t wasi_nn_error_code(uint32_t error);
WASI_NN("errors", "[method]error.data") void wasi_nn_error_data(uint32_t error, struct abi_list *result);
WASI_NN("errors", "[resource-drop]error") void wasi_nn_drop_error(uint32_t error);

/* What errors.wit calls a code; "?" for what is none. */
const char *wasi_nn_code_name(uint32_t code);

#endif
