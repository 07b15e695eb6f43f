/* Numbers of the types that files and models know, and the conversions between them that lose nothing. */
#include "array.h"

#include <math.h>
#include <string.h>

#include "fail.h"
#include "float_text.h"

bool array_is_type(char number, size_t item) {
    bool power = item == 1 || item == 2 || item == 4 || item == 8;
    return number == 'f'   ? item == 2 || item == 4 || item == 8
           : number == 'B' ? item == 2
           : number == 'b' || number == 'n' /* codes of narrow floats */
               ? item == 1
               : (number == 'i' || number == 'u') && power;
}

bool array_count(const int32_t *dims, int32_t rank, size_t item, size_t *elements) {
    /* A dim of 0 makes the product 0 whatever the others are; the others must still not overflow. */
    size_t product = 1;
    bool empty = false;
    for (int32_t i = 0; i < rank; i++) {
        if (dims[i] == 0)
            empty = true;
        else if (__builtin_mul_overflow(product, (size_t)dims[i], &product))
            return false;
    }
    *elements = empty ? 0 : product;
    size_t bytes;
    return !__builtin_mul_overflow(product, item, &bytes) && bytes <= PTRDIFF_MAX;
}

struct array array_new(char number, size_t item, const int32_t *dims, int32_t rank) {
    struct array array = {.number = number, .item = item, .rank = rank};
    memcpy(array.dims, dims, (size_t)rank * sizeof *dims);
    array_count(dims, rank, item, &array.elements);
    array.data = need(array.elements * item);
    return array;
}

const char *array_type_name(char number, size_t item) {
    const char *kind = number == 'f' ? "float" : number == 'i' ? "int" : number == 'u' ? "uint" : "bfloat";
    if (number == 'n')
        return "narrow float";
    return number == 'b' ? "bool" : text_of("%s%zu", kind, item * 8);
}

bool array_is_float(char number) {
    return number == 'f' || number == 'B';
}

const char *array_shape_text(const int32_t *dims, int32_t rank) {
    if (rank < 0)
        return "[...]";
    const char *text = "[";
    for (int32_t i = 0; i < rank; i++) {
        const char *dim = dims[i] < 0 ? "?" : text_of("%d", dims[i]);
        text = text_of("%s%s%s", text, i > 0 ? ", " : "", dim);
    }
    return text_of("%s]", text);
}

int64_t array_integer(const struct array *array, size_t index) {
    const char *at = (const char *)array->data + index * array->item;
    bool is_signed = array->number == 'i';
    uint64_t bits = 0;
    memcpy(&bits, at, array->item); /* little endian */
    switch (array->item) {
    case 1: return is_signed ? (int8_t)bits : (int64_t)bits;
    case 2: return is_signed ? (int16_t)bits : (int64_t)bits;
    case 4: return is_signed ? (int32_t)bits : (int64_t)bits;
    default: return (int64_t)bits;
    }
}

/* IEEE binary16, which not all compilers have a type for: 5 bits of exponent, 10 of fraction. */
static double half_value(uint16_t bits) {
    const int exponent = bits >> 10 & 31;
    const double fraction = bits & 1023;
    const double size = exponent == 31  ? (double)(fraction != 0 ? NAN : INFINITY)
                        : exponent == 0 ? ldexp(fraction, -24)
                                        : ldexp(1024 + fraction, exponent - 25);
    return bits >> 15 ? -size : size;
}

double array_number(const struct array *array, size_t index) {
    if (!array_is_float(array->number))
        return (double)array_integer(array, index);
    const char *at = (const char *)array->data + index * array->item;
    if (array->number == 'B') { /* the upper half of a float32 */
        float value = 0;
        memcpy((char *)&value + 2, at, 2);
        return (double)value;
    }
    if (array->item == 2) {
        uint16_t bits;
        memcpy(&bits, at, sizeof bits);
        return half_value(bits);
    }
    if (array->item == 4) {
        float value;
        memcpy(&value, at, sizeof value);
        return (double)value;
    }
    double value;
    memcpy(&value, at, sizeof value);
    return value;
}

const char *array_element_text(const struct array *array, size_t index) {
    if (!array_is_float(array->number))
        return text_of("%lld", (long long)array_integer(array, index));
    double value = array_number(array, index);
    if (array->item == 8 || !isfinite(value))
        return text_of("%.17g", value);
    if (array->item == 2) /* enough digits to read either kind back */
        return text_of("%.5g", value);
    char text[FLOAT_TEXT_BYTES];
    float_text((float)value, text);
    return text_of("%s", text);
}

void array_set_integer(struct array *array, size_t index, int64_t value) {
    memcpy((char *)array->data + index * array->item, &value, array->item); /* little endian: the low bytes */
}

/* To the nearest bfloat16, ties to even. */
static uint16_t bfloat16_bits(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    if (isnan(value))
        return (uint16_t)(bits >> 16 | 0x40);
    return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

/* To the nearest float16, ties to even. */
static uint16_t half_bits(double value) {
    const unsigned sign = signbit(value) ? 0x8000 : 0;
    const double size = fabs(value);
    if (!(size < 65520)) /* halfway from the largest to the next power of two */
        return (uint16_t)(sign | (isnan(value) ? 0x7e00 : 0x7c00));
    const int exponent = size < 0x1p-14 ? -14 : ilogb(size);
    const unsigned units = (unsigned)nearbyint(ldexp(size, 10 - exponent)); /* 1024 and more for what is no subnormal */
    return (uint16_t)(sign | (((unsigned)(exponent + 14) << 10) + units));
}

void array_set_number(struct array *array, size_t index, double value) {
    char *at = (char *)array->data + index * array->item;
    float single = (float)value;
    uint16_t half = half_bits(value);
    uint16_t brain = bfloat16_bits(single);
    if (array->number == 'B')
        memcpy(at, &brain, sizeof brain);
    else if (array->item == 2)
        memcpy(at, &half, sizeof half);
    else if (array->item == 4)
        memcpy(at, &single, sizeof single);
    else
        memcpy(at, &value, sizeof value);
}

int64_t array_least(char number, size_t item) {
    return number == 'i' ? INT64_MIN >> (64 - 8 * item) : 0;
}

int64_t array_most(char number, size_t item) {
    if (number == 'b')
        return 1;
    if (item == 8)
        return INT64_MAX; /* for uint64 too: JSON and int64_t reach no further */
    return ((int64_t)1 << (8 * item - (number == 'i' ? 1 : 0))) - 1;
}

bool array_widens(char from, size_t from_item, char to, size_t to_item) {
    if (from == to && from_item == to_item)
        return true;
    if (to == 'b' || (array_is_float(from) && !array_is_float(to)) || (from == 'u' && from_item == 8))
        return false;
    if (array_is_float(from))
        return from_item < to_item;
    if (to == 'B')
        return from_item * 8 <= 8U;
    if (to == 'f') /* an integer of 8 n bits fits a significand of 11, 24 or 53 */
        return from_item * 8 <= (to_item == 2 ? 11U : to_item == 4 ? 24U : 53U);
    return array_least(from, from_item) >= array_least(to, to_item) &&
           array_most(from, from_item) <= array_most(to, to_item);
}

struct array array_widened(const struct array *array, char number, size_t item) {
    if (array->number == number && array->item == item)
        return *array;
    struct array wide = array_new(number, item, array->dims, array->rank);
    for (size_t i = 0; i < wide.elements; i++)
        if (array_is_float(number))
            array_set_number(&wide, i, array_number(array, i));
        else
            array_set_integer(&wide, i, array_integer(array, i));
    return wide;
}
