/* Float texts read back to the same number, have a point or an exponent, and no shorter text would do. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "float_text.h"

static float from_bits(uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static size_t digits_of(const char *text) {
    char digits[FLOAT_TEXT_BYTES];
    size_t count = 0;
    for (; *text != '\0' && *text != 'e'; text++)
        if (*text >= '0' && *text <= '9' && (count > 0 || *text != '0'))
            digits[count++] = *text;
    while (count > 1 && digits[count - 1] == '0')
        count--;
    return count;
}

/* Is there a text with n significant digits that reads back? By search: the two decimals of n digits around the value. */
static int some_text_reads_back(float value, int n) {
    char text[FLOAT_TEXT_BYTES];
    snprintf(text, sizeof text, "%.*e", n - 1, (double)value);
    double unit = pow(10, (double)(strtol(strchr(text, 'e') + 1, NULL, 10) - n + 1));
    double near = strtod(text, NULL);
    for (int step = -1; step <= 1; step++) {
        snprintf(text, sizeof text, "%.*e", n - 1, near + step * unit);
        if (strtof(text, NULL) == value)
            return 1;
    }
    return 0;
}

static void check(float value) {
    char text[FLOAT_TEXT_BYTES];
    float_text(value, text);
    float back = strtof(text, NULL);
    if (memcmp(&back, &value, sizeof value) != 0)
        fail_msg("%.9g became %s", (double)value, text);
    assert_true(strpbrk(text, ".e") != NULL);
    size_t digits = digits_of(text);
    if (value != 0 && digits > 1 && some_text_reads_back(value, (int)digits - 1))
        fail_msg("%.9g became %s, which could be shorter", (double)value, text);
}

static void reads_back_and_is_shortest(void **state) {
    (void)state;
    for (uint32_t exponent = 0; exponent < 255; exponent++) /* powers of two and their neighbours */
        for (int32_t step = -2; step <= 2; step++) {
            uint32_t bits = (exponent << 23) + (uint32_t)step;
            if (isfinite(from_bits(bits))) {
                check(from_bits(bits));
                check(from_bits(bits | 0x80000000U));
            }
        }
    uint32_t bits = 1; /* every part of the range, subnormals included */
    for (int i = 0; i < 200000; i++) {
        bits = bits * 1664525U + 1013904223U;
        if (isfinite(from_bits(bits)))
            check(from_bits(bits));
    }
    for (uint32_t i = 0; i < 3000; i++)
        check(from_bits(i));
}

static void looks_as_people_expect(void **state) {
    (void)state;
    static const struct {
        float value;
        const char *text;
    } cases[] = {{4, "4.0"},
                 {0.3F, "0.3"},
                 {-0.0F, "-0.0"},
                 {0, "0.0"},
                 {1e20F, "1e20"},
                 {1.5e-7F, "1.5e-7"},
                 {100, "100.0"},
                 {0.00001F, "0.00001"},
                 {1e12F, "1000000000000.0"},
                 {1e13F, "1e13"},
                 {16777216, "16777216.0"},
                 {-12.25F, "-12.25"},
                 {3.4028235e38F, "3.4028235e38"},
                 {1e-45F, "1e-45"},
                 {0.1F + 0.2F, "0.3"}};
    char text[FLOAT_TEXT_BYTES];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        float_text(cases[i].value, text);
        assert_string_equal(text, cases[i].text);
    }
}

static void doubles_read_back_and_have_a_point(void **state) {
    (void)state;
    static const struct {
        double value;
        const char *text;
    } cases[] = {{4, "4.0"}, {0.1, "0.1"}, {0.1 + 0.2, "0.30000000000000004"}, {1e300, "1e+300"}, {-0.0, "-0.0"}};
    char text[FLOAT_TEXT_BYTES];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        double_text(cases[i].value, text);
        assert_string_equal(text, cases[i].text);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_back_and_is_shortest),
        cmocka_unit_test(looks_as_people_expect),
        cmocka_unit_test(doubles_read_back_and_have_a_point),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
