/* scaffold.c - the digits model in a module, until `wasm-frontend compile` puts one there: loaded by a constructor, from bytes linked in. */
#include <string.h>

#include "compile/compiled.h"

#pragma clang diagnostic ignored "-Wc23-extensions"
static const unsigned char file[] = {
#embed "../../../test/models/digits.mindir"
};
static const char *const labels[] = {"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"};

struct compiled compiled;

/* The linker calls it before every export. */
__attribute__((constructor)) static void load(void) {
    if (compiled.model)
        return;
    struct msw_model *model = msw_model_open(sizeof file);
    struct msw_request want;
    enum msw_status status;
    while ((status = msw_load_step(model, &want)) == MSW_MORE)
        memcpy(want.destination, file + want.offset, want.bytes);
    if (status != MSW_OK)
        __builtin_trap();
    compiled = (struct compiled){"digits", model, msw_run_new(model, NULL), labels, 10};
}
