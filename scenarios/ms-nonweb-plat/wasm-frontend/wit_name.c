/* Makes and checks names of the component model. Its grammar: https://github.com/WebAssembly/component-model/blob/main/design/mvp/Explainer.md#import-and-export-definitions
 * Words that begin with a digit are allowed there since 2025 but not by all tools, and capital words are no help to anyone: neither is made here. */
#include "wit_name.h"

#include <string.h>

#include "fail.h"

#define LONGEST_NAME 64

/* ASCII alone: what ctype.h says depends on the locale, and negative chars are none of its business. */
static bool is_small(char c) {
    return c >= 'a' && c <= 'z';
}

static bool is_capital(char c) {
    return c >= 'A' && c <= 'Z';
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool is_letter(char c) {
    return is_small(c) || is_capital(c);
}

bool wit_name_is_legal(const char *text) {
    for (;; text++) {
        if (!is_small(*text))
            return false;
        while (is_small(*text) || is_digit(*text))
            text++;
        if (*text != '-')
            return *text == '\0';
    }
}

/* The last words that fit, or the beginning of the last one. */
static const char *shortened(const char *name) {
    const size_t length = strlen(name);
    if (length <= LONGEST_NAME)
        return name;
    const char *tail = name + length - LONGEST_NAME;
    const char *dash = tail[-1] == '-' ? tail - 1 : strchr(tail, '-');
    return dash ? dash + 1 : text_of("%.*s", LONGEST_NAME, strrchr(name, '-') ? strrchr(name, '-') + 1 : name);
}

/* A byte of another script, too, parts words. */
static bool parts_words(const char *text, size_t at) {
    return !(is_letter(text[at]) || is_digit(text[at])) || (at > 0 && is_small(text[at - 1]) && is_capital(text[at]));
}

const char *wit_name_of(const char *text, const char *fallback) {
    const size_t length = strlen(text);
    char *name = need(strlen(fallback) + length * 2 + 1);
    size_t used = 0;
    bool parted = false;
    for (size_t i = 0; i < length; i++) {
        parted |= parts_words(text, i);
        if (!is_letter(text[i]) && !is_digit(text[i]))
            continue;
        if (used == 0 && is_digit(text[i])) {
            memcpy(name, fallback, strlen(fallback));
            used = strlen(fallback);
        } else if (used > 0 && parted && is_letter(text[i])) {
            name[used++] = '-';
        }
        parted = false;
        name[used++] = is_capital(text[i]) ? (char)(text[i] - 'A' + 'a') : text[i];
    }
    return used == 0 ? fallback : shortened(name);
}

/* Readers of components refuse two names in one list that differ only in their dashes. */
static bool is_same(const char *a, const char *b) {
    for (;; a++, b++) {
        a += strspn(a, "-");
        b += strspn(b, "-");
        if (*a != *b)
            return false;
        if (*a == '\0')
            return true;
    }
}

static bool is_among(const char *name, const char *const *names, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (is_same(name, names[i]))
            return true;
    return false;
}

const char **wit_names_of(const char *const *texts, size_t count, const char *fallback) {
    const char **names = need((count + 1) * sizeof *names);
    for (size_t i = 0; i < count; i++) {
        const char *name = wit_name_of(texts[i], fallback);
        names[i] = name;
        for (unsigned n = 2; is_among(names[i], names, i); n++)
            names[i] = text_of("%s-n%u", name, n);
    }
    return names;
}

/* A number without needless zeros; NULL: there is none. */
static const char *after_number(const char *text) {
    const size_t digits = strspn(text, "0123456789");
    return digits == 0 || (digits > 1 && text[0] == '0') || digits > 9 ? NULL : text + digits;
}

static bool version_is_legal(const char *text) {
    for (int i = 0; i < 3; i++) {
        text = after_number(text);
        if (!text || *text != (i < 2 ? '.' : '\0'))
            return false;
        text++;
    }
    return true;
}

/* "1.2.0" of "1.2", and of "v1.2"; NULL where there is no number. */
static const char *nearest_version(const char *text) {
    unsigned long numbers[3] = {0};
    size_t count = 0;
    for (text = strpbrk(text, "0123456789"); text && count < 3; text = strpbrk(text, "0123456789")) {
        for (numbers[count] = 0; is_digit(*text); text++)
            numbers[count] = (numbers[count] * 10 + (unsigned long)(*text - '0')) % 1000000000;
        count++;
    }
    return count == 0 ? NULL : text_of("%lu.%lu.%lu", numbers[0], numbers[1], numbers[2]);
}

/* NAMESPACE:PACKAGE@VERSION in its parts; what is not there is NULL. */
struct parts {
    const char *namespace, *package, *version;
};

static struct parts split(const char *given) {
    struct parts parts = {.package = given};
    const char *at = strrchr(given, '@');
    if (at) {
        parts.version = at + 1;
        parts.package = text_of("%.*s", (int)(at - given), given);
    }
    const char *colon = strchr(parts.package, ':');
    if (colon) {
        parts.namespace = text_of("%.*s", (int)(colon - parts.package), parts.package);
        parts.package = colon + 1;
    }
    return parts;
}

static const char *nearest(const struct parts *parts) {
    const char *namespace = parts->namespace ? wit_name_of(parts->namespace, "local") : "local";
    const char *version = parts->version ? nearest_version(parts->version) : NULL;
    return text_of("%s:%s%s%s", namespace, wit_name_of(parts->package, "model"), version ? "@" : "",
                   version ? version : "");
}

static _Noreturn void refuse(const char *given, const struct parts *parts, const char *what) {
    fail(EXIT_USAGE,
         "--name '%s': %s, expected NAMESPACE:PACKAGE or NAMESPACE:PACKAGE@MAJOR.MINOR.PATCH, such as '%s' (a name is "
         "words of a-z and 0-9 that begin with a letter, joined by '-')",
         shown(given), what, nearest(parts));
}

const char *wit_package(const char *given) {
    const struct parts parts = split(given);
    if (!parts.namespace)
        refuse(given, &parts, "no namespace");
    if (!wit_name_is_legal(parts.namespace))
        refuse(given, &parts, text_of("'%s' is no name of a namespace", shown(parts.namespace)));
    if (!wit_name_is_legal(parts.package))
        refuse(given, &parts, text_of("'%s' is no name of a package", shown(parts.package)));
    if (parts.version && !version_is_legal(parts.version))
        refuse(given, &parts, text_of("'%s' is no version", shown(parts.version)));
    if (strlen(parts.namespace) > LONGEST_NAME || strlen(parts.package) > LONGEST_NAME)
        refuse(given, &parts, text_of("a name longer than %d bytes", LONGEST_NAME));
    return given;
}

const char *wit_package_of_file(const char *path) {
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    const char *dot = strrchr(name, '.');
    const size_t length = dot && dot > name ? (size_t)(dot - name) : strlen(name);
    return text_of("local:%s", wit_name_of(text_of("%.*s", (int)length, name), "model"));
}
