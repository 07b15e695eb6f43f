/* digits_for_test.h - the digits model as the model of a compiled module, loaded by the engine; for the test and the fuzz target. */
#ifndef HTTP_DIGITS_FOR_TEST_H
#define HTTP_DIGITS_FOR_TEST_H

#include <stdio.h>
#include <stdlib.h>

#include "compile/compiled.h"

struct compiled compiled;

static const char *const digit_labels[] = {"zero", "one", "two",   "three", "four",
                                           "five", "six", "seven", "eight", "nine"};

static inline void digits_load(void) {
    FILE *file = fopen("test/models/digits.mindir", "rb");
    if (!file || fseek(file, 0, SEEK_END) != 0)
        abort();
    struct msw_model *model = msw_model_open((uint64_t)ftell(file));
    struct msw_request want;
    enum msw_status status;
    while ((status = msw_load_step(model, &want)) == MSW_MORE)
        if (fseek(file, (long)want.offset, SEEK_SET) != 0 || fread(want.destination, 1, want.bytes, file) != want.bytes)
            abort();
    fclose(file);
    if (status != MSW_OK)
        abort();
    compiled = (struct compiled){"digits", model, msw_run_new(model, NULL), digit_labels, 10};
}

static inline void digits_free(void) {
    msw_run_free(compiled.run);
    msw_model_free(compiled.model);
}

#endif
