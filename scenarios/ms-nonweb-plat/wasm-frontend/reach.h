/* reach.h - which functions and which data of a linked module are needed, beginning with some exports and with what lies in a memory. */
#ifndef REACH_H
#define REACH_H

#include "linked.h"

/* functions, symbols, slots, types: for each of the module's, whether it is reached. A slot is reached where its number is at hand and a call of its type is
 * reached too. */
struct reach {
    bool *functions, *symbols, *slots, *types;
};

/* Follow relocations from `roots`, functions of the module. `memory` is the module's as it stands: what its variables hold and all that lies behind
 * its data is looked through for numbers that could be addresses or slots. So nothing that is needed is missed, and a number that only looks like one
 * costs a few bytes. */
struct reach reach_from(const struct linked *linked, const uint32_t *roots, uint32_t root_count, const uint8_t *memory,
                        size_t memory_bytes);

#endif
