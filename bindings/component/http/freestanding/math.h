/* math.h - the part of the C library's that yyjson names. */
#ifndef HTTP_FREESTANDING_MATH_H
#define HTTP_FREESTANDING_MATH_H

#define HUGE_VAL __builtin_huge_val()
#define INFINITY __builtin_inff()
#define NAN __builtin_nanf("")

#endif
