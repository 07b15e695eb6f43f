/* wit_name.h - names that the component model allows (WIT identifiers), made from names that models and files have. */
#ifndef WIT_NAME_H
#define WIT_NAME_H

#include <stdbool.h>
#include <stddef.h>

/* Words of lowercase letters and digits that begin with a letter, joined by '-': "dense-1" is none, "dense1" is one. */
bool wit_name_is_legal(const char *text);

/* The nearest legal one: letters become small, a change from a small to a capital letter and all that is neither letter nor digit part words, and a number
 * joins the word before it: "x.1/Conv_2D" is "x1-conv2d", "probMap" "prob-map". Of a long name the last words are kept.
 *   fallback  begins what would begin with a digit, and is the name where nothing is left */
const char *wit_name_of(const char *text, const char *fallback);

/* The same for a list, without doubles: the second "x1" is "x1-n2". */
const char **wit_names_of(const char *const *texts, size_t count, const char *fallback);

/* `given` if it is NAMESPACE:PACKAGE or NAMESPACE:PACKAGE@MAJOR.MINOR.PATCH. Otherwise ends the program with exit 2, what is wrong, and the nearest legal
 * one. */
const char *wit_package(const char *given);

/* "local:digits" of "models/digits.mindir". */
const char *wit_package_of_file(const char *path);

#endif
