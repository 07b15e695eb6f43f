/* sort_lines.c - each line becomes numbers that compare as its elements do, whose indices base/order.h sorts. */
#include "sort_lines.h"

#include <string.h>

#include "base/order.h"

/* What one line needs: numbers that compare as its elements, and their order. */
struct scratch {
    uint64_t *keys;
    uint32_t *order, *spare;
};

static uint64_t load(const unsigned char *x, size_t bytes) {
    uint64_t bits = 0;
    memcpy(&bits, x, bytes); /* wasm and our native machines are little-endian */
    return bits;
}

/* Bits of infinity, above which only NaNs are. */
static uint64_t infinity(uint8_t code, size_t bytes) {
    if (bytes == 2)
        return code == TVM_DTYPE_BFLOAT ? 0x7f80 : 0x7c00;
    return bytes == 4 ? 0x7f800000 : 0x7ff0000000000000;
}

/* The number whose order among others is that of the element with these bits. */
static uint64_t key_of(uint64_t bits, uint8_t code, size_t bytes) {
    const uint64_t sign = UINT64_C(1) << (bytes * 8 - 1);
    if (code == TVM_DTYPE_INT)
        return bits ^ sign;
    if (code != TVM_DTYPE_FLOAT && code != TVM_DTYPE_BFLOAT)
        return bits;
    const uint64_t magnitude = bits & (sign - 1);
    if (magnitude > infinity(code, bytes))
        return UINT64_MAX;
    return bits == magnitude ? sign + magnitude : sign - magnitude;
}

static bool less(const void *context, uint32_t x, uint32_t y) {
    const uint64_t *keys = context;
    return keys[x] < keys[y];
}

/* Indices of the first n elements of a line, in order. */
static void sort_line(const struct sort_input *input, size_t from, size_t n, const struct scratch *scratch) {
    const uint64_t flip = input->ascend ? 0 : UINT64_MAX;
    for (size_t i = 0; i < n; i++) {
        const unsigned char *x = input->x + (from + i * input->step) * input->element_bytes;
        scratch->keys[i] = key_of(load(x, input->element_bytes), input->code, input->element_bytes) ^ flip;
    }
    order_indices(scratch->order, scratch->spare, (uint32_t)n, less, scratch->keys);
}

static void store_index(const struct sort_output *out, size_t at, size_t index) {
    unsigned char *z = out->z + at * (out->bits / 8);
    if (out->code != TVM_DTYPE_FLOAT) {
        const uint64_t whole = index;
        memcpy(z, &whole, out->bits / 8);
    } else if (out->bits == 32) {
        const float number = (float)index;
        memcpy(z, &number, sizeof number);
    } else {
        const double number = (double)index;
        memcpy(z, &number, sizeof number);
    }
}

/* The first k of a line's order, to a line of k elements. `valid` are sorted, the others follow as they are. */
static void store_line(const struct sort_input *input, size_t from, size_t to, size_t k, size_t valid,
                       const struct scratch *scratch, const struct sort_output *values,
                       const struct sort_output *indices) {
    const size_t bytes = input->element_bytes;
    for (size_t i = 0; i < k; i++) {
        const size_t index = i < valid ? scratch->order[i] : i;
        const size_t at = to + i * input->step;
        if (values->z)
            memcpy(values->z + at * bytes, input->x + (from + index * input->step) * bytes, bytes);
        if (indices->z)
            store_index(indices, at, index);
    }
}

bool sort_lines(const struct sort_input *input, size_t k, const struct sort_output *values,
                const struct sort_output *indices) {
    const size_t n = input->n, step = input->step, lines = input->outer * step;
    if (lines == 0 || n == 0)
        return true;
    uint64_t *memory = TVMBackendAllocWorkspace(TVM_DEVICE_CPU, 0, (uint64_t)n * 16, 0, 0);
    if (!memory)
        return false;
    const struct scratch scratch = {memory, (uint32_t *)(memory + n), (uint32_t *)(memory + n) + n};
    for (size_t line = 0; line < lines; line++) {
        const size_t outer = line / step, inner = line % step, from = outer * n * step + inner;
        size_t sorted = n;
        if (input->valid)
            sorted = input->valid[line] > 0 ? (size_t)input->valid[line] : 0;
        sort_line(input, from, sorted, &scratch);
        store_line(input, from, outer * k * step + inner, k, sorted, &scratch, values, indices);
    }
    (void)TVMBackendFreeWorkspace(TVM_DEVICE_CPU, 0, memory);
    return true;
}
