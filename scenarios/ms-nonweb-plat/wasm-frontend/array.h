/* array.h - an array of numbers on the host's side: from a file or for one. */
#ifndef ARRAY_H
#define ARRAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "msw.h"

/* One more than a tensor can have: a file may hold many samples. */
#define ARRAY_MAX_RANK (MSW_MAX_RANK + 1)

/* Row-major, little endian.
 *   number  'f' IEEE float, 'B' bfloat16, 'i' signed, 'u' unsigned, 'b' bool
 *   item    bytes of an element
 *   data    elements of them */
struct array {
    char number;
    size_t item;
    size_t elements;
    int32_t rank;
    int32_t dims[ARRAY_MAX_RANK];
    void *data;
};

/* Is this a type that the functions below can handle: floats of 2 to 8 bytes, bfloat16, integers of 1 to 8, bool? */
bool array_is_type(char number, size_t item);

/* True for the letters of floats: f and B. */
bool array_is_float(char number);

/* Product of the dims; false where it, times `item`, overflows. */
bool array_count(const int32_t *dims, int32_t rank, size_t item, size_t *elements);

/* Zeroed elements for dims that array_count accepts. */
struct array array_new(char number, size_t item, const int32_t *dims, int32_t rank);

/* "float32", "uint8", "bool" */
const char *array_type_name(char number, size_t item);

/* "[2, 3]"; a dim of -1 is "?", a rank of -1 "[...]" */
const char *array_shape_text(const int32_t *dims, int32_t rank);

/* An element as a number. The first is for 'i' 'u' 'b', the second for all. */
int64_t array_integer(const struct array *array, size_t index);
double array_number(const struct array *array, size_t index);

/* An element as text: the shortest decimal for a float32, also inf and nan. */
const char *array_element_text(const struct array *array, size_t index);

/* Store an integer that fits, or a real number, as element `index`. */
void array_set_integer(struct array *array, size_t index, int64_t value);
void array_set_number(struct array *array, size_t index, double value);

/* Smallest and largest integer of an integer type. */
int64_t array_least(char number, size_t item);
int64_t array_most(char number, size_t item);

/* Can each value of type (from, from_item) be held exactly by (to, to_item)? */
bool array_widens(char from, size_t from_item, char to, size_t to_item);

/* The same values as another type; array_widens must be true. */
struct array array_widened(const struct array *array, char number, size_t item);

#endif
