/* The sentences about operators, linked in: a WASI program has no folder of its own to look for them. */
#include <string.h>

#include "op_texts.h"

static const struct row {
    const char *name, *help;
} rows[] = {
#define OP(name, min, max, outputs, dtypes, check, prepare, packing, view, work, kernels, flags, answer, attrs,        \
           tests_, doc)                                                                                                \
    {#name, (doc)},
#include "ops/ops.def"
#undef OP
};

struct op_texts *op_texts_open(const struct guest *guest) {
    (void)guest;
    return NULL;
}

struct op_text op_texts_of(const struct op_texts *texts, const char *name) {
    (void)texts;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (strcmp(rows[i].name, name) == 0)
            return (struct op_text){.help = rows[i].help};
    return (struct op_text){0};
}
