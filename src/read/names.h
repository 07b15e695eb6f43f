/* names.h - a table from names to numbers, for the values of a model file. Names are not copied. */
#ifndef READ_NAMES_H
#define READ_NAMES_H

#include "base/arena.h"

struct name_entry {
    const char *text; /* NULL: empty */
    uint32_t length, number;
};

struct names {
    struct arena *arena;
    struct name_entry *entries;
    uint32_t count, room; /* room is 0 or a power of two */
};

/* False with err: out of memory, or the name is there already (*taken is then true). */
bool names_add(struct names *names, const char *text, size_t length, uint32_t number, bool *taken, struct error *err);

bool names_find(const struct names *names, const char *text, size_t length, uint32_t *number);

#endif
