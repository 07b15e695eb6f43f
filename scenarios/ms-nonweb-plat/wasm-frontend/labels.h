/* labels.h - names of classes. */
#ifndef LABELS_H
#define LABELS_H

#include <stddef.h>

struct labels {
    size_t count;
    const char **names; /* NULL where the file has none for an index */
};

/* Read a text file with one name a line, or a CSV file of id,"name" lines (a first line without a number is its header). */
struct labels labels_read(const char *path);

/* The name of class `index`, or NULL. */
const char *labels_at(const struct labels *labels, size_t index);

#endif
