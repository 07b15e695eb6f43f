/* tensor.c - wasi:nn/tensor: dimensions, a type and bytes. Its constructor cannot fail, so that what does not fit together is told by compute. */
#include <string.h>

#include "nn.h"

/* In the order of wasi:nn's enum tensor-type. */
static const struct {
    const char *name;
    int32_t dtype;
} types[] = {{"FP16", MSW_FLOAT16}, {"FP32", MSW_FLOAT32}, {"FP64", MSW_FLOAT64}, {"BF16", MSW_BFLOAT16},
             {"U8", MSW_UINT8},     {"I32", MSW_INT32},    {"I64", MSW_INT64}};
enum { TYPE_COUNT = sizeof types / sizeof types[0] };

ABI_IMPORT("[export]" NN("tensor"), "[resource-new]tensor") uint32_t handle_new(struct nn_tensor *tensor);
ABI_IMPORT("[export]" NN("tensor"), "[resource-rep]tensor") struct nn_tensor *handle_rep(uint32_t handle);
ABI_IMPORT("[export]" NN("tensor"), "[resource-drop]tensor") void handle_drop(uint32_t handle);

int32_t nn_dtype(uint32_t type) {
    return type < TYPE_COUNT ? types[type].dtype : MSW_ANY;
}

int32_t nn_type_of(int32_t dtype) {
    for (int32_t i = 0; i < TYPE_COUNT; i++)
        if (types[i].dtype == dtype)
            return i;
    return -1;
}

const char *nn_type_name(uint32_t type) {
    return types[type].name;
}

const char *nn_dtype_name(int32_t dtype) {
    const struct msw_dtype_info *info = NULL;
    for (uint32_t i = 0; (info = msw_dtype_at(i)); i++)
        if (info->dtype == dtype)
            return info->name;
    return "any";
}

uint32_t nn_tensor_handle(struct nn_tensor *tensor) {
    return handle_new(tensor);
}

struct nn_tensor *nn_tensor_at(uint32_t handle) {
    return handle_rep(handle);
}

void nn_tensor_drop(uint32_t handle) {
    handle_drop(handle);
}

ABI_EXPORT(NN("tensor") "#[dtor]tensor")
void tensor_end(struct nn_tensor *tensor) {
    abi_free(tensor->dimensions);
    abi_free(tensor->data);
    msw_free(tensor);
}

/* A single value has the dimensions [1], as wasi:nn asks. */
struct nn_tensor *nn_tensor_of(const struct msw_tensor *from) {
    const uint32_t rank = from->type.rank > 0 ? (uint32_t)from->type.rank : 1;
    struct nn_tensor *tensor = msw_alloc(sizeof *tensor);
    uint32_t *dimensions = msw_alloc(rank * sizeof *dimensions);
    void *data = msw_alloc(from->bytes);
    if (!tensor || !dimensions || !data) {
        msw_free(tensor);
        msw_free(dimensions);
        msw_free(data);
        return NULL;
    }
    for (uint32_t i = 0; i < rank; i++)
        dimensions[i] = from->type.rank > 0 ? (uint32_t)from->type.dims[i] : 1;
    memcpy(data, from->data, from->bytes);
    if (from->bytes == 0) { /* of an empty list nothing is freed */
        msw_free(data);
        data = NULL;
    }
    *tensor = (struct nn_tensor){(uint32_t)nn_type_of(from->type.dtype), {dimensions, rank}, {data, from->bytes}};
    return tensor;
}

ABI_EXPORT(NN("tensor") "#[constructor]tensor")
uint32_t tensor_new(void *dimensions, uint32_t rank, uint32_t type, void *data, uint32_t bytes) {
    struct nn_tensor *tensor = cabi_realloc(NULL, 0, _Alignof(struct nn_tensor), sizeof *tensor);
    *tensor = (struct nn_tensor){type, {dimensions, rank}, {data, bytes}};
    return handle_new(tensor);
}

ABI_EXPORT(NN("tensor") "#[method]tensor.dimensions")
const struct abi_list *tensor_dimensions(const struct nn_tensor *tensor) {
    return &tensor->dimensions;
}

ABI_EXPORT(NN("tensor") "#[method]tensor.ty")
uint32_t tensor_type(const struct nn_tensor *tensor) {
    return tensor->type;
}

ABI_EXPORT(NN("tensor") "#[method]tensor.data")
const struct abi_list *tensor_data(const struct nn_tensor *tensor) {
    return &tensor->data;
}
