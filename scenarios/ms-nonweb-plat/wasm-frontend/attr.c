/* Reads --attr NAME=VALUE[,VALUE..] by the kind that the module says the attribute has. */
#include "attr.h"

#include <string.h>

#include "fail.h"
#include "suggest.h"

static const struct operator_attr *find(const struct operator_row *row, const char *name) {
    const char **names = need((row->attr_count + 1) * sizeof *names);
    for (size_t i = 0; i < row->attr_count; i++) {
        names[i] = row->attrs[i].name;
        if (strcmp(names[i], name) == 0)
            return &row->attrs[i];
    }
    fail(EXIT_USAGE, "%s: unknown attribute '%s'%s, expected %s", row->name, shown(name),
         did_you_mean(name, names, row->attr_count),
         row->attr_count > 0 ? text_of("one of %s", listed(names, row->attr_count)) : "none");
}

/* Values of 8 bytes each: int64 or double. Returns how many. */
static uint32_t read_values(const char *place, char *text, int32_t kind, int64_t *values) {
    bool real = kind == MSW_ATTR_FLOAT || kind == MSW_ATTR_FLOATS;
    uint32_t count = 0;
    for (char *next; text; text = next, count++) {
        if ((next = strchr(text, ',')) != NULL)
            *next++ = '\0';
        double number = real ? option_number(place, text, -1e300, 1e300) : 0;
        if (real)
            memcpy(&values[count], &number, sizeof number);
        else
            values[count] = option_integer(place, text, INT64_MIN, INT64_MAX);
    }
    if (count != 1 && (kind == MSW_ATTR_INT || kind == MSW_ATTR_FLOAT))
        fail(EXIT_USAGE, "%s: %u values, expected one", place, count);
    return count;
}

/* struct msw_attr of wasm32: ptr name, i32 kind, i32 count, ptr values. */
static void put_one(struct guest *guest, const struct operator_row *row, const char *given, uint32_t attr[4]) {
    char *name = text_of("%s", given);
    char *value = strchr(name, '=');
    if (!value)
        fail(EXIT_USAGE, "--attr: '%s', expected NAME=VALUE", shown(given));
    *value++ = '\0';
    int64_t *values = need((strlen(value) + 1) * sizeof *values);
    attr[1] = (uint32_t)find(row, name)->kind;
    attr[2] = read_values(text_of("%s: attribute %s", row->name, name), value, (int32_t)attr[1], values);
    attr[0] = guest_put(guest, name, strlen(name) + 1);
    attr[3] = guest_put(guest, values, attr[2] * sizeof *values);
}

static void require(const struct options *options, const struct operator_row *row) {
    const struct option_values *given = &options->given[FLAG_ATTR];
    for (size_t i = 0; i < row->attr_count; i++) {
        const char *name = row->attrs[i].name;
        bool found = !row->attrs[i].required || (strcmp(name, "axis") == 0 && option_given(options, FLAG_AXIS));
        for (size_t k = 0; k < given->count; k++)
            found =
                found || (strncmp(given->values[k], name, strlen(name)) == 0 && given->values[k][strlen(name)] == '=');
        if (!found)
            fail(EXIT_USAGE, "%s: attribute '%s' not given, expected --attr %s=VALUE[,VALUE..]", row->name, name, name);
    }
}

uint32_t attr_put(struct guest *guest, const struct options *options, const struct operator_row *row, uint32_t *count) {
    const struct option_values *given = &options->given[FLAG_ATTR];
    const char *axis = option_text(options, FLAG_AXIS, NULL);
    *count = (uint32_t)given->count + (axis ? 1 : 0);
    uint32_t (*attrs)[4] = need((*count + 1) * sizeof *attrs);
    for (size_t i = 0; i < given->count; i++)
        put_one(guest, row, given->values[i], attrs[i]);
    if (axis)
        put_one(guest, row, text_of("axis=%s", axis), attrs[given->count]);
    require(options, row);
    return *count > 0 ? guest_put(guest, attrs, *count * sizeof *attrs) : 0;
}
