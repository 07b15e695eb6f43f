/* datatype.c - one table of the protocol's data types, and what JSON makes of each. */
#include "datatype.h"

#include <string.h>

static const struct {
    int32_t dtype;
    int32_t bytes;
    const char *name;
} types[] = {
    {MSW_BOOL, 1, "BOOL"},    {MSW_UINT8, 1, "UINT8"},  {MSW_INT8, 1, "INT8"},    {MSW_INT16, 2, "INT16"},
    {MSW_INT32, 4, "INT32"},  {MSW_INT64, 8, "INT64"},  {MSW_FLOAT16, 2, "FP16"}, {MSW_BFLOAT16, 2, "BF16"},
    {MSW_FLOAT32, 4, "FP32"}, {MSW_FLOAT64, 8, "FP64"},
};
enum { TYPES = sizeof types / sizeof types[0] };

const char *datatype_name(int32_t dtype) {
    for (size_t i = 0; i < TYPES; i++)
        if (types[i].dtype == dtype)
            return types[i].name;
    return NULL;
}

int32_t datatype_of(struct bytes name) {
    for (size_t i = 0; i < TYPES; i++)
        if (bytes_equal(name, types[i].name))
            return types[i].dtype;
    return MSW_ANY;
}

size_t datatype_bytes(int32_t dtype) {
    for (size_t i = 0; i < TYPES; i++)
        if (types[i].dtype == dtype)
            return (size_t)types[i].bytes;
    return 0;
}

bool datatype_in_json(int32_t dtype) {
    return dtype != MSW_FLOAT16 && dtype != MSW_BFLOAT16;
}

static bool finite(double x) {
    return x - x == 0.0;
}

static bool read_float(int32_t dtype, yyjson_val *value, void *to) {
    if (!yyjson_is_num(value))
        return false;
    const double number = yyjson_get_num(value);
    const float rounded = (float)number;
    if (dtype == MSW_FLOAT64)
        memcpy(to, &number, sizeof number);
    else
        memcpy(to, &rounded, sizeof rounded);
    return finite(dtype == MSW_FLOAT64 ? number : (double)rounded);
}

/* An integer of `bytes` bytes has its low ones, as all is little endian. */
static bool read_integer(yyjson_val *value, int64_t least, int64_t most, size_t bytes, void *to) {
    if (!yyjson_is_int(value) || (yyjson_is_uint(value) && yyjson_get_uint(value) > (uint64_t)most))
        return false;
    const int64_t number = yyjson_get_sint(value);
    memcpy(to, &number, bytes);
    return number >= least;
}

bool datatype_read(int32_t dtype, yyjson_val *value, void *to) {
    switch (dtype) {
    case MSW_BOOL:
        if (!yyjson_is_bool(value))
            return read_integer(value, 0, 1, 1, to);
        *(uint8_t *)to = yyjson_get_bool(value);
        return true;
    case MSW_UINT8: return read_integer(value, 0, UINT8_MAX, 1, to);
    case MSW_INT8: return read_integer(value, INT8_MIN, INT8_MAX, 1, to);
    case MSW_INT16: return read_integer(value, INT16_MIN, INT16_MAX, 2, to);
    case MSW_INT32: return read_integer(value, INT32_MIN, INT32_MAX, 4, to);
    case MSW_INT64: return read_integer(value, INT64_MIN, INT64_MAX, 8, to);
    default: return read_float(dtype, value, to);
    }
}

/* All but the floats. */
static int64_t integer_at(int32_t dtype, const void *data, size_t index) {
    switch (dtype) {
    case MSW_INT8: return ((const int8_t *)data)[index];
    case MSW_INT16: return ((const int16_t *)data)[index];
    case MSW_INT32: return ((const int32_t *)data)[index];
    case MSW_INT64: return ((const int64_t *)data)[index];
    default: return ((const uint8_t *)data)[index];
    }
}

bool datatype_write(int32_t dtype, const void *data, size_t index, struct text *text) {
    switch (dtype) {
    case MSW_FLOAT32:
        if (!finite((double)((const float *)data)[index]))
            return false;
        text_float(text, ((const float *)data)[index]);
        return true;
    case MSW_FLOAT64:
        if (!finite(((const double *)data)[index]))
            return false;
        text_double(text, ((const double *)data)[index]);
        return true;
    case MSW_BOOL: text_add(text, ((const uint8_t *)data)[index] ? "true" : "false"); return true;
    default: text_integer(text, integer_at(dtype, data, index)); return true;
    }
}

double datatype_value(int32_t dtype, const void *data, size_t index) {
    switch (dtype) {
    case MSW_FLOAT32: return (double)((const float *)data)[index];
    case MSW_FLOAT64: return ((const double *)data)[index];
    default: return (double)integer_at(dtype, data, index);
    }
}
