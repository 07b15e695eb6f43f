/* op_texts.h - text about operators, which is never needed to run one and not in the module. The WASI program has another implementation,
 * bindings/component/command/linked_texts.c. */
#ifndef OP_TEXTS_H
#define OP_TEXTS_H

#include "guest.h"

struct op_texts;

/* Either may be NULL.
 *   help       a sentence
 *   generated  from which expression, where it was */
struct op_text {
    const char *help, *generated;
};

/* What there is about the operators of a module, empty where there is nothing. */
struct op_texts *op_texts_open(const struct guest *guest);

/* About one of them. */
struct op_text op_texts_of(const struct op_texts *texts, const char *name);

#endif
