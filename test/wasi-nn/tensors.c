/* tensors.c - tensors as such: what the constructor was given comes back. */
#include <stdlib.h>
#include <string.h>

#include "suite.h"

static const size_t item_bytes[] = {2, 4, 8, 2, 1, 4, 8}; /* by wasi_nn_type */

static void round_trip(const char *what, const uint32_t *dimensions, uint32_t rank, uint32_t type, const void *bytes,
                       size_t count) {
    const uint32_t tensor = wasi_nn_tensor(dimensions, rank, type, bytes, count);
    struct abi_list shape, data;
    wasi_nn_dimensions(tensor, &shape);
    wasi_nn_data(tensor, &data);
    check(shape.count == rank && (rank == 0 || memcmp(shape.data, dimensions, rank * sizeof *dimensions) == 0),
          "%s: other dimensions", what);
    check(wasi_nn_type(tensor) == type, "%s: type %u, expected %u", what, wasi_nn_type(tensor), type);
    check(data.count == count && (count == 0 || memcmp(data.data, bytes, count) == 0), "%s: other bytes", what);
    abi_free(shape);
    abi_free(data);
    wasi_nn_drop_tensor(tensor);
}

/* Every pattern of a byte, so NaNs with payload, infinities and negative zeros too. */
static void types(void) {
    uint8_t bytes[256 * 8];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 7 + i / 256);
    for (uint32_t type = WASI_NN_FP16; type <= WASI_NN_I64; type++)
        round_trip("each type", (const uint32_t[]){4, 64}, 2, type, bytes, 256 * item_bytes[type]);
}

static void shapes(void) {
    const uint32_t ones[] = {1, 1, 1, 1, 1, 1, 1, 1};
    for (uint32_t rank = 1; rank <= 8; rank++)
        round_trip("ones", ones, rank, WASI_NN_FP32, "1234", 4);
    round_trip("no elements", (const uint32_t[]){2, 0, 3}, 3, WASI_NN_FP32, NULL, 0);
}

static void large(void) {
    const size_t bytes = 32U << 20;
    char *data = malloc(bytes);
    if (!check(data != NULL, "out of memory"))
        return;
    for (size_t i = 0; i < bytes; i++)
        data[i] = (char)(i ^ i >> 8);
    round_trip("32 MiB", (const uint32_t[]){32, 1U << 20}, 2, WASI_NN_U8, data, bytes);
    free(data);
}

static void many(void) {
    enum { MANY = 2000 };
    static uint32_t tensors[MANY];
    for (uint32_t i = 0; i < MANY; i++)
        tensors[i] = wasi_nn_tensor((const uint32_t[]){1}, 1, WASI_NN_I32, &i, sizeof i);
    for (uint32_t i = 0; i < MANY; i += 2)
        wasi_nn_drop_tensor(tensors[i]);
    for (uint32_t i = 1; i < MANY; i += 2) {
        struct abi_list data;
        wasi_nn_data(tensors[i], &data);
        check(data.count == sizeof i && memcmp(data.data, &i, sizeof i) == 0, "tensor %u is another", i);
        abi_free(data);
        wasi_nn_drop_tensor(tensors[i]);
    }
}

const struct suite_case tensor_cases[] = {
    {"tensor: each type gives back its bits", types},
    {"tensor: dimensions come back", shapes},
    {"tensor: 32 MiB come back", large},
    {"tensor: 2000 at once, dropped out of order", many},
    {NULL, NULL},
};
