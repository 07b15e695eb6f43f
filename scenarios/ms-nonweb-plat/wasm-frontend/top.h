/* top.h - the classes with the largest values. */
#ifndef TOP_H
#define TOP_H

#include "array.h"
#include "labels.h"
#include "options.h"

/* How many to show, 0: not asked for; and what they are called.
 *   named  the class alone is shown, in the words of 2020 */
struct top {
    size_t most;
    bool named;
    struct labels labels;
};

struct top_place {
    size_t index;
    double value;
};

/* What --top and --labels ask for; the labels are read. */
struct top top_read(const struct options *options);

/* Put elements [first, first + count) into `places` in order: largest first, equal ones by their index, NaN last. Indices count from
 * `first`. */
void top_rank(const struct array *array, size_t first, size_t count, struct top_place *places);

#endif
