/* npy.h - numpy's .npy files: one array each. */
#ifndef NPY_H
#define NPY_H

#include "array.h"

/* The array in the bytes of a .npy file (version 1 to 3). The data stays where it is in `bytes`. Ends the program with exit 3 for what is
 * not one: truncated, Fortran order, big endian, a type other than bool, integers and floats. */
struct array npy_parse(const char *place, uint8_t *bytes, size_t size);

/* Write a .npy file of version 1, whole or not at all. Returns 0 or an errno. */
int npy_write(const char *path, const struct array *array);

#endif
