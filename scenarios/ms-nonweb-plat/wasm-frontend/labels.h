/* labels.h - names of classes. */
#ifndef LABELS_H
#define LABELS_H

#include <stddef.h>

/* count is 0 where none were asked for. */
struct labels {
    const char *path;
    size_t lines, count;
    const char **names;
};

/* Read a text file with one name a line, or a CSV file of id,"name" lines in any order (a first line without a number is its header). What is wrong
 * ends the program with exit 3, and the line. */
struct labels labels_read(const char *path);

/* End the program where there are labels, but not as many as classes. */
void labels_check_count(const struct labels *labels, size_t classes);

/* The name of class `index`, or NULL. */
const char *labels_at(const struct labels *labels, size_t index);

#endif
