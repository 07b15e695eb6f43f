/* Ranks the values of an output. */
#include "top.h"

#include <stdlib.h>

#define MOST_PLACES 1000000

static int compare(const void *a, const void *b) {
    const struct top_place *x = a, *y = b;
    bool x_nan = x->value != x->value, y_nan = y->value != y->value;
    if (x_nan != y_nan)
        return x_nan ? 1 : -1;
    if (!x_nan && x->value != y->value)
        return x->value < y->value ? 1 : -1;
    return x->index < y->index ? -1 : 1;
}

struct top top_read(const struct options *options) {
    struct top top = {0};
    const char *labels = option_text(options, FLAG_LABELS, NULL), *most = option_text(options, FLAG_TOP, NULL);
    top.most = most ? (size_t)option_integer("--top", most, 1, MOST_PLACES) : labels ? 1 : 0;
    top.named = labels && !most;
    if (labels)
        top.labels = labels_read(labels);
    return top;
}

void top_rank(const struct array *array, size_t first, size_t count, struct top_place *places) {
    for (size_t i = 0; i < count; i++)
        places[i] = (struct top_place){i, array_number(array, first + i)};
    qsort(places, count, sizeof *places, compare);
}
