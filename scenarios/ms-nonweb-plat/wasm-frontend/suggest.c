/* Finds the name that was probably meant, by edit distance without regard to case. */
#include "suggest.h"

#include <ctype.h>
#include <string.h>

#include "fail.h"

#define LONGEST 64

/* Levenshtein's distance, one row at a time. */
static size_t distance(const char *a, const char *b) {
    size_t row[LONGEST + 1];
    size_t n = strlen(b);
    for (size_t j = 0; j <= n; j++)
        row[j] = j;
    for (size_t i = 1; a[i - 1] != '\0'; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= n; j++) {
            size_t change = diagonal + (tolower((unsigned char)a[i - 1]) != tolower((unsigned char)b[j - 1]));
            size_t shorter = row[j] < row[j - 1] ? row[j] + 1 : row[j - 1] + 1;
            diagonal = row[j];
            row[j] = change < shorter ? change : shorter;
        }
    }
    return row[n];
}

const char *did_you_mean(const char *given, const char *const *names, size_t count) {
    size_t length = strlen(given);
    if (length > LONGEST)
        return "";
    const char *best = NULL;
    size_t best_distance = length / 3 + 1; /* a third of the letters may be wrong, and at least one */
    for (size_t i = 0; i < count; i++) {
        size_t d = strlen(names[i]) > LONGEST ? LONGEST : distance(given, names[i]);
        if (d < best_distance || (d == best_distance && !best)) {
            best = names[i];
            best_distance = d;
        }
    }
    return best ? text_of(" (did you mean '%s'?)", best) : "";
}

const char *listed(const char *const *names, size_t count) {
    const char *all = "";
    for (size_t i = 0; i < count; i++)
        all = text_of("%s%s%s", all, i > 0 ? ", " : "", names[i]);
    return all;
}
