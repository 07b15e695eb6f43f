/* Reads label files. A file is CSV if each line (but perhaps the first) begins with a number and a comma. */
#include "labels.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "file.h"
#include "utf8.h"

#define LARGEST_FILE (16U << 20)
#define MOST_LABELS 1000000

/* Length of "12," at the start of a line, 0 where there is none. */
static size_t id_length(const char *line) {
    size_t digits = strspn(line, "0123456789");
    return digits > 0 && digits < 10 && line[digits] == ',' ? digits + 1 : 0;
}

/* Split into lines in place; a last line without an end counts, an empty last one does not. */
static size_t split(char *text, char **lines) {
    size_t count = 0;
    while (*text != '\0') {
        lines[count++] = text;
        text += strcspn(text, "\n");
        char *end = text;
        if (*text != '\0')
            *text++ = '\0';
        if (end > lines[count - 1] && end[-1] == '\r')
            end[-1] = '\0';
    }
    return count;
}

static bool is_csv(char **lines, size_t count) {
    for (size_t i = 1; i < count; i++)
        if (id_length(lines[i]) == 0)
            return false;
    return count > 1 || (count == 1 && id_length(lines[0]) > 0);
}

/* The field after the id: "name" with "" for a quote, or plain to the end or the next comma. */
static const char *field(char *text) {
    if (*text != '"') {
        text[strcspn(text, ",")] = '\0';
        return text;
    }
    char *to = text++;
    char *name = to;
    for (; *text != '\0' && (*text != '"' || text[1] == '"'); text++) {
        text += *text == '"';
        *to++ = *text;
    }
    *to = '\0';
    return name;
}

static void add_csv(struct labels *labels, const char *path, size_t number, char *line) {
    size_t skip = id_length(line);
    if (skip == 0)
        return; /* the header */
    size_t id = (size_t)strtoul(line, NULL, 10);
    if (id >= MOST_LABELS)
        fail(EXIT_INPUT, "%s: line %zu: id %zu, expected one below %d", shown(path), number, id, MOST_LABELS);
    labels->names[id] = field(line + skip);
    if (id >= labels->count)
        labels->count = id + 1;
}

struct labels labels_read(const char *path) {
    size_t bytes;
    char *text = (char *)file_read(path, LARGEST_FILE, &bytes);
    if (strlen(text) != bytes || !utf8_is_valid(text))
        fail(EXIT_INPUT, "%s: not UTF-8 text, expected labels, one a line, or CSV id,\"name\"", shown(path));
    char **lines = need((bytes + 1) * sizeof *lines);
    size_t count = split(text, lines);
    if (count > MOST_LABELS || count == 0)
        fail(EXIT_INPUT, "%s: %zu labels, expected 1 to %d, one a line", shown(path), count, MOST_LABELS);
    if (!is_csv(lines, count))
        return (struct labels){.count = count, .names = (const char **)lines};
    struct labels labels = {.names = need(MOST_LABELS * sizeof *labels.names)};
    for (size_t i = 0; i < count; i++)
        add_csv(&labels, path, i + 1, lines[i]);
    return labels;
}

const char *labels_at(const struct labels *labels, size_t index) {
    return index < labels->count ? labels->names[index] : NULL;
}
