/* datatype.h - the protocol's names of data types, and elements as JSON. */
#ifndef HTTP_DATATYPE_H
#define HTTP_DATATYPE_H

#include <yyjson.h>

#include "msw.h"
#include "text.h"

/* "FP32" for MSW_FLOAT32; NULL for MSW_ANY. */
const char *datatype_name(int32_t dtype);

/* MSW_ANY: the engine has no such type. */
int32_t datatype_of(struct bytes name);

size_t datatype_bytes(int32_t dtype);

/* Whether the protocol gives its elements a form in JSON: not the two floats of 16 bits, which go as bytes alone. */
bool datatype_in_json(int32_t dtype);

/* Write the element at `to`. False: not of that type, or it does not fit. */
bool datatype_read(int32_t dtype, yyjson_val *value, void *to);

/* Element `index` of `data` as JSON. False: NaN and the infinities, which have none. */
bool datatype_write(int32_t dtype, const void *data, size_t index, struct text *text);

/* The same element as a number, to compare it with others of its tensor. */
double datatype_value(int32_t dtype, const void *data, size_t index);

#endif
