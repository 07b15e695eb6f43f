/* Prints float32 with as few digits as tell it from its neighbours. */
#include "float_text.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* 9 significant digits tell every float32 from its neighbours, so the loop ends there at the latest. */
#define MOST_DIGITS 9
#define MOST_DIGITS_OF_DOUBLE 17
#define POSITIONAL_MOST 13
#define POSITIONAL_LEAST (-5)

static bool reads_back(const char *text, float value) {
    return strtof(text, NULL) == value;
}

/* At a power of two the neighbour below is half as far as the one above. The closest decimal of n digits may then miss on the near
 * side while the next one up still reads back. */
static bool reads_back_above(char *text, float value) {
    char *digit = strchr(text, 'e') - 1;
    if (*digit == '9' || *digit == '.')
        return false;
    ++*digit;
    return reads_back(text, value);
}

/* Digits and decimal exponent of |value|: 0.d1d2d3... x 10^point. */
static int shortest(float value, char digits[MOST_DIGITS + 1], int *point) {
    char text[FLOAT_TEXT_BYTES];
    for (int n = 1; n <= MOST_DIGITS; n++) {
        snprintf(text, sizeof text, "%.*e", n - 1, (double)value);
        if (reads_back(text, value) || reads_back_above(text, value))
            break;
    }
    *point = (int)strtol(strchr(text, 'e') + 1, NULL, 10) + 1;
    int count = 0;
    for (const char *c = text; *c != 'e'; c++)
        if (*c != '.')
            digits[count++] = *c;
    while (count > 1 && digits[count - 1] == '0')
        count--;
    digits[count] = '\0';
    return count;
}

void float_text(float value, char text[FLOAT_TEXT_BYTES]) {
    char digits[MOST_DIGITS + 1];
    int point;
    const char *sign = __builtin_signbit(value) ? "-" : "";
    float size = sign[0] ? -value : value;
    if (size == 0.0F) {
        snprintf(text, FLOAT_TEXT_BYTES, "%s0.0", sign);
        return;
    }
    int count = shortest(size, digits, &point);
    if (point > POSITIONAL_MOST || point <= POSITIONAL_LEAST)
        snprintf(text, FLOAT_TEXT_BYTES, "%s%c%s%se%d", sign, digits[0], count > 1 ? "." : "", digits + 1, point - 1);
    else if (point <= 0)
        snprintf(text, FLOAT_TEXT_BYTES, "%s0.%.*s%s", sign, -point, "00000", digits);
    else if (point >= count)
        snprintf(text, FLOAT_TEXT_BYTES, "%s%s%.*s.0", sign, digits, point - count, "0000000000000");
    else
        snprintf(text, FLOAT_TEXT_BYTES, "%s%.*s.%s", sign, point, digits, digits + point);
}

void double_text(double value, char text[FLOAT_TEXT_BYTES]) {
    for (int n = 1; n <= MOST_DIGITS_OF_DOUBLE; n++) {
        snprintf(text, FLOAT_TEXT_BYTES, "%.*g", n, value);
        if (strtod(text, NULL) == value)
            break;
    }
    if (!strpbrk(text, ".e"))
        memcpy(text + strlen(text), ".0", 3);
}
