/* computing.c - inference: types, names and sizes of inputs and outputs. After each error the context must go on. */
#include <stdlib.h>
#include <string.h>

#include "suite.h"

#define BAD_INPUT CODE(INVALID_ARGUMENT)

static const float one_to_six[] = {1, 2, 3, 1, 2, 3};

/* Bits that every type has as a number that stays itself: the values 1, 2, 3. */
static void type(const char *name, uint32_t as, const void *bytes, size_t item) {
    const struct model *model = model_of(name);
    const uint32_t context = model ? context_of_model(name) : NONE;
    if (context == NONE)
        return;
    const uint32_t x = wasi_nn_tensor((const uint32_t[]){3}, 1, as, bytes, 3 * item);
    const uint32_t z = compute_one(context, model->inputs[0], x);
    wasi_nn_drop_context(context);
    if (z == NONE)
        return;
    struct abi_list data;
    wasi_nn_data(z, &data);
    check(wasi_nn_type(z) == as, "type %u, expected %u", wasi_nn_type(z), as);
    check(data.count == 6 * item && memcmp(data.data, bytes, 3 * item) == 0 &&
              memcmp((char *)data.data + 3 * item, bytes, 3 * item) == 0,
          "other values");
    abi_free(data);
    wasi_nn_drop_tensor(z);
}

static void fp16(void) {
    type("twice_FP16", WASI_NN_FP16, (const uint16_t[]){0x3c00, 0x4000, 0x4200}, 2);
}
static void fp32(void) {
    type("twice_FP32", WASI_NN_FP32, (const float[]){1, 2, 3}, 4);
}
static void fp64(void) {
    type("twice_FP64", WASI_NN_FP64, (const double[]){1, 2, 3}, 8);
}
static void bf16(void) {
    type("twice_BF16", WASI_NN_BF16, (const uint16_t[]){0x3f80, 0x4000, 0x4040}, 2);
}
static void u8(void) {
    type("twice_U8", WASI_NN_U8, (const uint8_t[]){1, 128, 255}, 1);
}
static void i32(void) {
    type("twice_I32", WASI_NN_I32, (const int32_t[]){1, INT32_MIN, INT32_MAX}, 4);
}
static void i64(void) {
    type("twice_I64", WASI_NN_I64, (const int64_t[]){1, INT64_MIN, INT64_MAX}, 8);
}

static const float a[] = {5, 6, 7, 8}, b[] = {1, 2, 3, 4}, difference[] = {4, 4, 4, 4}, product[] = {5, 12, 21, 32};

static bool is_named(const struct wasi_nn_named_tensor *output, const char *name) {
    return output->name.count == strlen(name) && memcmp(output->name.data, name, output->name.count) == 0;
}

/* Outputs are found by their names: their order is not said. */
static void names(void) {
    const struct model *model = model_of("pair");
    const uint32_t context = model ? context_of_model("pair") : NONE;
    for (int turned = 0; context != NONE && turned < 2; turned++) {
        const uint32_t tensors[] = {floats(turned ? b : a, 2, 2), floats(turned ? a : b, 2, 2)};
        const char *const in[] = {model->inputs[turned], model->inputs[!turned]};
        const struct wasi_nn_computed computed = compute(context, 2, in, tensors);
        if (!check(!computed.is_error, "two inputs by name: an error"))
            continue;
        const struct wasi_nn_named_tensor *outputs = computed.outputs.data;
        check(computed.outputs.count == 2, "%u outputs, expected 2", computed.outputs.count);
        uint32_t found = 0;
        for (uint32_t i = 0; i < computed.outputs.count; i++)
            if (is_named(&outputs[i], model->outputs[0]))
                found += check_floats("difference", outputs[i].tensor, difference, 2, 2);
            else if (is_named(&outputs[i], model->outputs[1]))
                found += check_floats("product", outputs[i].tensor, product, 2, 2);
            else
                check(false, "an output named '%.*s'", (int)outputs[i].name.count, (const char *)outputs[i].name.data);
        check(found == 2, "an output is missing");
    }
    if (context != NONE)
        wasi_nn_drop_context(context);
}

static void still_works(uint32_t context, const struct model *model) {
    const uint32_t x = floats(one_to_six, 3, 0);
    check_floats("after an error", compute_one(context, model->inputs[0], x), one_to_six, 6, 0);
}

/* A compute of twice_FP32 that must fail, and leave the context as it was. */
static void bad(const char *what, uint32_t count, const char *const *in, const uint32_t *tensors) {
    const struct model *model = model_of("twice_FP32");
    const uint32_t context = context_of_model("twice_FP32");
    if (context == NONE)
        return;
    const struct wasi_nn_computed computed = compute(context, count, in, tensors);
    if (!check_error(what, computed.is_error, computed.error, BAD_INPUT) && !computed.is_error)
        drop_computed(&computed);
    still_works(context, model);
    wasi_nn_drop_context(context);
}

/* The same with one input of the right name. */
static void bad_tensor(const char *what, uint32_t tensor) {
    const struct model *model = model_of("twice_FP32");
    if (model)
        bad(what, 1, model->inputs, &tensor);
    else
        wasi_nn_drop_tensor(tensor);
}

static void missing_input(void) {
    if (model_of("twice_FP32"))
        bad("no inputs", 0, NULL, NULL);
}

static void unknown_input(void) {
    if (model_of("twice_FP32"))
        bad("an input that is not there", 1, (const char *const[]){"no such input"},
            (const uint32_t[]){floats(one_to_six, 3, 0)});
}

static void surplus_input(void) {
    const struct model *model = model_of("twice_FP32");
    if (model)
        bad("one input too many", 2, (const char *const[]){model->inputs[0], "no such input"},
            (const uint32_t[]){floats(one_to_six, 3, 0), floats(one_to_six, 3, 0)});
}

static void same_input(void) {
    const struct model *model = model_of("twice_FP32");
    if (model)
        bad("an input given twice", 2, (const char *const[]){model->inputs[0], model->inputs[0]},
            (const uint32_t[]){floats(one_to_six, 3, 0), floats(one_to_six, 3, 0)});
}

static void wrong_type(void) {
    bad_tensor("I32 for FP32", wasi_nn_tensor((const uint32_t[]){3}, 1, WASI_NN_I32, one_to_six, 12));
    bad_tensor("U8 for FP32", wasi_nn_tensor((const uint32_t[]){3}, 1, WASI_NN_U8, one_to_six, 3));
}

static void wrong_dimensions(void) {
    bad_tensor("[4] for [3]", floats(one_to_six, 4, 0));
    bad_tensor("[3,2] for [3]", floats(one_to_six, 3, 2));
    bad_tensor("[0] for [3]", floats(one_to_six, 0, 0));
}

/* Bytes are not as many as dimensions and type say: it must be told before the bytes are read. */
static void wrong_bytes(void) {
    bad_tensor("8 bytes for FP32[3]", wasi_nn_tensor((const uint32_t[]){3}, 1, WASI_NN_FP32, one_to_six, 8));
    bad_tensor("24 bytes for FP32[3]", wasi_nn_tensor((const uint32_t[]){3}, 1, WASI_NN_FP32, one_to_six, 24));
    bad_tensor("no bytes for FP32[3]", wasi_nn_tensor((const uint32_t[]){3}, 1, WASI_NN_FP32, NULL, 0));
}

/* Products that are 3, 12 or 0 where they wrap at 2^32 or 2^64. */
static void overflow(void) {
    const uint32_t half = 0x80000000U, most = 0xffffffffU, to_zero[] = {65536, 65536, 65536, 65536};
    uint32_t long_list[100];
    for (size_t i = 0; i < COUNT(long_list); i++)
        long_list[i] = i == 0 ? 3 : 1;
    bad_tensor("[2^31,2,3]", wasi_nn_tensor((const uint32_t[]){half, 2, 3}, 3, WASI_NN_FP32, one_to_six, 12));
    bad_tensor("[2^32-1,2^32-1]", wasi_nn_tensor((const uint32_t[]){most, most}, 2, WASI_NN_FP32, one_to_six, 12));
    bad_tensor("[65536,65536,65536,65536]", wasi_nn_tensor(to_zero, 4, WASI_NN_FP32, NULL, 0));
    bad_tensor("100 dimensions", wasi_nn_tensor(long_list, COUNT(long_list), WASI_NN_FP32, one_to_six, 12));
}

static void open_dimension(void) {
    const struct model *model = model_of("open");
    const uint32_t context = model ? context_of_model("open") : NONE;
    float z[40];
    if (context == NONE)
        return;
    for (uint32_t n = 1; n <= 20; n += 6) {
        for (uint32_t i = 0; i < 2 * n; i++)
            z[i] = (float)(i % n);
        check_floats("an open dimension", compute_one(context, model->inputs[0], floats(z, n, 0)), z, 2 * n, 0);
    }
    wasi_nn_drop_context(context);
}

const struct suite_case computing_cases[] = {
    {"compute: FP16", fp16},
    {"compute: FP32", fp32},
    {"compute: FP64", fp64},
    {"compute: BF16", bf16},
    {"compute: U8", u8},
    {"compute: I32", i32},
    {"compute: I64", i64},
    {"compute: inputs and outputs go by their names", names},
    {"compute: an open dimension takes several sizes", open_dimension},
    {"compute: an input is missing", missing_input},
    {"compute: an input that is not there", unknown_input},
    {"compute: an input too many", surplus_input},
    {"compute: an input twice", same_input},
    {"compute: another type", wrong_type},
    {"compute: other dimensions", wrong_dimensions},
    {"compute: bytes that are not as many as dimensions say", wrong_bytes},
    {"compute: dimensions whose product overflows", overflow},
    {NULL, NULL},
};
