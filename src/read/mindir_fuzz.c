/* mindir_fuzz.c - libFuzzer target: any bytes as a MindIR file, through reader, checks, passes, weights and, where the model is small, a run. */
#include <stdint.h>
#include <stdlib.h>

#include "read/load_driver.h"

/* Enough to reach every stage; larger would only spend the time on arithmetic. */
enum { MAX_TENSOR_BYTES = 1 << 16, MAX_ROUNDS = 20 };

static int type_is_small(const struct msw_type *type) {
    int64_t elements = 1;
    for (int32_t i = 0; i < type->rank; i++) {
        elements *= type->dims[i] > 0 ? type->dims[i] : 1;
        if (elements > MAX_TENSOR_BYTES / 8)
            return 0;
    }
    return 1;
}

static int model_is_small(const struct msw_model *model) {
    for (uint32_t i = 0; msw_model_input(model, i); i++)
        if (!type_is_small(&msw_model_input(model, i)->type))
            return 0;
    for (uint32_t i = 0; msw_model_node(model, i); i++)
        if (!type_is_small(&msw_model_node(model, i)->output))
            return 0;
    return 1;
}

static void run_model(const struct msw_model *model) {
    struct msw_run *run = msw_run_new(model, NULL);
    if (!run)
        return;
    for (uint32_t i = 0; msw_run_input(run, i); i++)
        memset(msw_run_input(run, i)->data, 1, msw_run_input(run, i)->bytes);
    enum msw_status status = MSW_MORE;
    for (int i = 0; status == MSW_MORE && i < MAX_ROUNDS; i++) /* a loop may have no end */
        status = msw_run_some(run, 100);
    if (status != MSW_OK && status != MSW_MORE && msw_error()->text[0] == '\0')
        abort();
    msw_run_free(run);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes) {
    struct msw_model *model = msw_model_open(bytes);
    static unsigned char beside[1 << 16] = {1}; /* the same for each file of weights that a model asks for */
    struct held_file files[65] = {{data, bytes}};
    for (size_t i = 1; i < sizeof files / sizeof files[0]; i++)
        files[i] = (struct held_file){beside, sizeof beside};
    const enum msw_status status = drive_load_files(model, files, sizeof files / sizeof files[0]);
    if (status == MSW_OK && model_is_small(model))
        run_model(model);
    if (status != MSW_OK && msw_error()->text[0] == '\0')
        abort();
    msw_model_free(model);
    return 0;
}
