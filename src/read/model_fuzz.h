/* model_fuzz.h - template: a libFuzzer target that takes any bytes as a model file, through reader, checks, passes, weights, planning and, where the model
 * is small, runs.
 *   FUZZ_OUTLINE  the format's messages, for mutations that keep them well formed */
#ifndef READ_MODEL_FUZZ_H
#define READ_MODEL_FUZZ_H

#include <stdint.h>
#include <stdlib.h>

#include "read/load_driver.h"
#include "read/protobuf_mutator.h"
#include "read/weight_files.h"

/* Enough to reach every stage; larger would only spend the time on arithmetic: also of types that are known in a run alone, hence the operations. */
enum { MAX_ELEMENTS = 4096, MAX_INPUTS = 16, MAX_STEPS = 2000, MAX_OPERATIONS = 10 * 1000 * 1000, OPEN_DIM = 3 };

static bool type_is_small(const struct msw_type *type) {
    int64_t elements = 1;
    for (int32_t i = 0; i < type->rank; i++) {
        elements *= type->dims[i] > 0 ? type->dims[i] : OPEN_DIM;
        if (elements > MAX_ELEMENTS)
            return false;
    }
    return true;
}

static bool model_is_small(const struct msw_model *model) {
    for (uint32_t i = 0; msw_model_input(model, i); i++)
        if (i == MAX_INPUTS || !type_is_small(&msw_model_input(model, i)->type))
            return false;
    for (uint32_t i = 0; msw_model_node(model, i); i++)
        if (!type_is_small(&msw_model_node(model, i)->output))
            return false;
    return true;
}

/* The inputs' types, with some size for each that the model leaves open. */
static const struct msw_type *input_types(const struct msw_model *model) {
    static struct msw_type types[MAX_INPUTS];
    for (uint32_t i = 0; msw_model_input(model, i); i++) {
        types[i] = msw_model_input(model, i)->type;
        if (types[i].rank < 0)
            types[i].rank = 2;
        for (int32_t d = 0; d < types[i].rank; d++)
            types[i].dims[d] = types[i].dims[d] < 0 ? OPEN_DIM : types[i].dims[d];
    }
    return types;
}

static bool next_is_small(const struct msw_run *run) {
    const struct msw_step *step = msw_run_next_step(run);
    return !step || step->operations <= MAX_OPERATIONS;
}

/* Once with zeros, which every index may be, and once with the bytes of the file, which are anything. */
static void run_once(struct msw_run *run, const uint8_t *data, size_t bytes) {
    for (uint32_t i = 0; msw_run_input(run, i); i++) {
        unsigned char *to = msw_run_input(run, i)->data;
        for (size_t at = 0; at < msw_run_input(run, i)->bytes; at++)
            to[at] = bytes == 0 ? 0 : data[at % bytes];
    }
    enum msw_status status = MSW_MORE;
    for (int i = 0; status == MSW_MORE && i < MAX_STEPS && next_is_small(run); i++) /* a loop may have no end */
        status = msw_run_some(run, 1);
    if (status != MSW_OK && status != MSW_MORE && msw_error()->text[0] == '\0')
        abort();
    msw_run_restart(run);
}

static void run_model(const struct msw_model *model, const uint8_t *data, size_t bytes) {
    struct msw_run *run = msw_run_new(model, input_types(model));
    if (!run) {
        if (msw_error()->text[0] == '\0')
            abort();
        return;
    }
    run_once(run, data, 0);
    run_once(run, data, bytes);
    msw_run_free(run);
}

/* Load it, with a file for each that it names, zeros behind the 1 that says little endian: every third is too short for much. */
static enum msw_status load(struct msw_model *model, const uint8_t *data, size_t bytes) {
    static const unsigned char weights[1 << 14] = {1};
    struct held_file files[1 + WEIGHT_FILES_MAX] = {{data, bytes}};
    for (size_t i = 1; i <= WEIGHT_FILES_MAX; i++)
        files[i] = (struct held_file){weights, i % 3 ? sizeof weights : 100};
    return drive_load_files(model, files, 1 + WEIGHT_FILES_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes) {
    struct msw_model *model = msw_model_open(bytes);
    const enum msw_status status = load(model, data, bytes);
    if (status == MSW_OK && model_is_small(model))
        run_model(model, data, bytes);
    if (status != MSW_OK && msw_error()->text[0] == '\0')
        abort();
    msw_model_free(model);
    return 0;
}

/* libFuzzer's own mutator, and the two by which it can be replaced. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t bytes, size_t max_bytes);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t bytes, size_t max_bytes, unsigned int seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *data, size_t bytes, const uint8_t *other, size_t other_bytes,
                                 uint8_t *out, size_t max_bytes, unsigned int seed);

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t bytes, size_t max_bytes, unsigned int seed) {
    uint64_t random = seed + 1ull;
    if (test_below(&random, 16) == 0)
        return LLVMFuzzerMutate(data, bytes, max_bytes);
    uint8_t *out = malloc(max_bytes);
    size_t used = 0;
    for (size_t changes = 1 + test_below(&random, 3); out && changes > 0; changes--) {
        used = mutator_mutate(FUZZ_OUTLINE, &random, data, bytes, out, max_bytes);
        if (used == 0)
            continue;
        memcpy(data, out, used);
        bytes = used;
    }
    free(out);
    return bytes;
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *data, size_t bytes, const uint8_t *other, size_t other_bytes,
                                 uint8_t *out, size_t max_bytes, unsigned int seed) {
    uint64_t random = seed + 1ull;
    return mutator_cross(FUZZ_OUTLINE, &random, data, bytes, other, other_bytes, out, max_bytes);
}

#endif
