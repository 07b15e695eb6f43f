/* suggest.h - "did you mean": the known name nearest to a mistyped one. */
#ifndef SUGGEST_H
#define SUGGEST_H

#include <stddef.h>

/* " (did you mean 'Add'?)", or "" when no name is near. */
const char *did_you_mean(const char *given, const char *const *names, size_t count);

/* "Add, Mul, Sub": the names in one string. */
const char *listed(const char *const *names, size_t count);

#endif
