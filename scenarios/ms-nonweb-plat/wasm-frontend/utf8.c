/* Text from outside: names of modules and models, arguments. It must be UTF-8 before it is shown or written as JSON. */
#include "utf8.h"

#include <ctype.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "fail.h"

/* Length of the character at `s`, 0 where there is none (RFC 3629, table in section 4). */
static size_t character(const unsigned char *s) {
    if (s[0] < 0x80)
        return 1;
    size_t length = s[0] >= 0xc2 && s[0] <= 0xdf ? 2 : (s[0] & 0xf0) == 0xe0 ? 3 : s[0] >= 0xf0 && s[0] <= 0xf4 ? 4 : 0;
    if (length == 0)
        return 0;
    unsigned low = s[0] == 0xe0 ? 0xa0 : s[0] == 0xf0 ? 0x90 : 0x80;
    unsigned high = s[0] == 0xed ? 0x9f : s[0] == 0xf4 ? 0x8f : 0xbf;
    if (s[1] < low || s[1] > high)
        return 0;
    for (size_t i = 2; i < length; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    return length;
}

bool utf8_is_valid(const char *text) {
    const unsigned char *s = (const unsigned char *)text;
    while (*s != '\0') {
        size_t length = character(s);
        if (length == 0)
            return false;
        s += length;
    }
    return true;
}

void utf8_make_printable(char *text) {
    unsigned char *s = (unsigned char *)text;
    while (*s != '\0') {
        size_t length = character(s);
        const bool control = *s < 0x20 || *s == 0x7f || (*s == 0xc2 && s[1] < 0xa0); /* ASCII's, and C1 */
        if (length == 0 || control) {
            length = length > 0 ? length : 1;
            memset(s, '?', length);
        }
        s += length;
    }
}

const char *utf8_capitals(const char *text) {
    size_t length = strlen(text);
    char *capitals = need(length + 1);
    for (size_t i = 0; i < length; i++)
        capitals[i] = (char)toupper((unsigned char)text[i]);
    return capitals;
}
