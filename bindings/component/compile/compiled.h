/* compiled.h - the one model of a compiled module, for the faces that it can have besides msw.h: typed functions, HTTP.
 *
 * `wasm-frontend compile` loads the model in the template module (the engine and all faces), calls compiled_keep, and writes down the memory; what the chosen
 * face does not reach is left out. So everything here is in memory when the compiled module starts, and nothing is parsed. */
#ifndef COMPILED_H
#define COMPILED_H

#include <stdint.h>

#include "msw.h"

/* The model that is kept.
 *   name         of the model, as --name or the file's name has it
 *   model        loaded
 *   run          planned for the model's own shapes; NULL where a dimension is open, then a face makes its runs by msw_run_new
 *   labels       label_count strings that end in NUL, of the classes of the first output, or NULL */
struct compiled {
    const char *name;
    struct msw_model *model;
    struct msw_run *run;
    const char *const *labels;
    uint32_t label_count;
};

extern struct compiled compiled;

#endif
