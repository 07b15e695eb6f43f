/* Reads label files. A file is CSV if its second line, or its only one, begins with a number and a comma: the first may be a header. */
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
    return count > 0 && id_length(lines[count > 1]) > 0;
}

/* A line of a file, for messages. */
struct line {
    const char *path;
    size_t number;
    char *text;
};

static _Noreturn void fail_line(const struct line *line, const char *what) {
    fail(EXIT_INPUT, "%s: line %zu: %s", shown(line->path), line->number, what);
}

/* The name in quotes, "" for a quote; what comes after it are other columns. */
static const char *quoted(const struct line *line, char *text) {
    char *to = text;
    const char *name = to;
    for (; *text != '"' || text[1] == '"'; text++) {
        if (*text == '\0')
            fail_line(line, "a quote without its end, expected id,\"name\"");
        text += *text == '"';
        *to++ = *text;
    }
    text += 1 + strspn(text + 1, " ");
    if (*text != '\0' && *text != ',')
        fail_line(line, text_of("'%s' behind the name's closing quote, expected id,\"name\"", shown(text)));
    *to = '\0';
    return name;
}

/* The field after the id: in quotes, or plain to the end or the next comma. */
static const char *field(const struct line *line, char *text) {
    text += strspn(text, " ");
    if (*text == '"')
        return quoted(line, text + 1);
    text[strcspn(text, ",")] = '\0';
    return text;
}

/* `lines_of`: which line each id was in. */
static void add_csv(struct labels *labels, const struct line *line, size_t *lines_of) {
    const size_t skip = id_length(line->text);
    if (line->text[0] == '\0' || (skip == 0 && line->number == 1))
        return; /* the header */
    if (skip == 0)
        fail_line(line, text_of("'%s', expected id,\"name\"", shown(line->text)));
    const size_t id = (size_t)strtoul(line->text, NULL, 10);
    if (id >= MOST_LABELS)
        fail_line(line, text_of("id %zu, expected one below %d", id, MOST_LABELS));
    if (lines_of[id] != 0)
        fail_line(line, text_of("id %zu again, which line %zu has", id, lines_of[id]));
    lines_of[id] = line->number;
    labels->names[id] = field(line, line->text + skip);
    if (id >= labels->count)
        labels->count = id + 1;
}

static struct labels read_csv(const char *path, char **lines, size_t count) {
    struct labels labels = {.path = path, .lines = count, .names = need(MOST_LABELS * sizeof *labels.names)};
    size_t *lines_of = need(MOST_LABELS * sizeof *lines_of);
    for (size_t i = 0; i < count; i++) {
        const struct line line = {path, i + 1, lines[i]};
        add_csv(&labels, &line, lines_of);
    }
    for (size_t id = 0; id < labels.count; id++)
        if (!labels.names[id])
            fail(EXIT_INPUT, "%s: id %zu is in none of its %zu lines, expected all from 0 to %zu", shown(path), id,
                 count, labels.count - 1);
    return labels;
}

/* Which line is no text, 0: none. A NUL ends what was split. */
static size_t bad_line(char **lines, size_t count, size_t line_of_nul) {
    for (size_t i = 0; i < count; i++)
        if (!utf8_is_valid(lines[i]))
            return i + 1;
    return line_of_nul;
}

static size_t find_nul(const char *text, size_t bytes) {
    const char *nul = memchr(text, '\0', bytes);
    size_t line = 1;
    for (const char *c = text; nul && c < nul; c++)
        line += *c == '\n';
    return nul ? line : 0;
}

struct labels labels_read(const char *path) {
    static const char mark[] = "\xef\xbb\xbf"; /* which some programs put before UTF-8 */
    size_t bytes;
    char *text = (char *)file_read(path, LARGEST_FILE, &bytes);
    const size_t line_of_nul = find_nul(text, bytes);
    char **lines = need((bytes + 1) * sizeof *lines);
    const size_t count = split(strncmp(text, mark, 3) == 0 ? text + 3 : text, lines);
    const size_t bad = bad_line(lines, count, line_of_nul);
    if (bad > 0)
        fail(EXIT_INPUT, "%s: line %zu: not UTF-8 text, expected labels, one a line, or CSV id,\"name\"", shown(path),
             bad);
    if (count > MOST_LABELS || count == 0)
        fail(EXIT_INPUT, "%s: %zu labels, expected 1 to %d, one a line", shown(path), count, MOST_LABELS);
    if (is_csv(lines, count))
        return read_csv(path, lines, count);
    return (struct labels){.path = path, .lines = count, .count = count, .names = (const char **)lines};
}

void labels_check_count(const struct labels *labels, size_t classes) {
    if (labels->count > 0 && labels->count != classes)
        fail(EXIT_INPUT, "%s: %zu labels in %zu lines, expected %zu: one for each value of the model's first output",
             shown(labels->path), labels->count, labels->lines, classes);
}

const char *labels_at(const struct labels *labels, size_t index) {
    return index < labels->count ? labels->names[index] : NULL;
}
