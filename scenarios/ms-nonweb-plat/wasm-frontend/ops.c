/* Lists the operators that the module has, with the help that lies beside it where there is one. */
#include "ops.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "contract.h"
#include "fail.h"
#include "file.h"
#include "json_in.h"
#include "json_out.h"
#include "suggest.h"

#define HELP_NAME "ms_backend_wasm.ops.json"
#define LARGEST_HELP (16U << 20)

static const char *const kinds[] = {"?", "int", "ints", "float", "floats"};

/* The list of {"name", "doc"} beside the module, or NULL: text is never needed to run. */
static json_t *read_help(const char *module_path) {
    const char *slash = strrchr(module_path, '/');
    const char *path = text_of("%.*s%s", slash ? (int)(slash - module_path) + 1 : 0, module_path, HELP_NAME);
    if (access(path, F_OK) != 0)
        return NULL;
    size_t bytes;
    const char *text = (const char *)file_read(path, LARGEST_HELP, &bytes);
    json_t *help = json_parse(shown(path), text, bytes, "a JSON list of operators");
    return json_is_object(help) ? json_object_get(help, "operators") : help;
}

static const char *help_of(json_t *help, const char *name) {
    size_t i;
    json_t *row;
    json_array_foreach(help, i, row) {
        const char *row_name = json_string_value(json_object_get(row, "name"));
        if (row_name && strcmp(row_name, name) == 0)
            return json_string_value(json_object_get(row, "doc"));
    }
    return NULL;
}

static size_t dtypes_of(const struct guest *guest, const struct operator_row *row, const char *tags[GUEST_MAX_DTYPES]) {
    size_t count = 0;
    for (size_t i = 0; i < guest->dtype_count; i++)
        if (guest->dtypes[i].id >= 0 && guest->dtypes[i].id < 32 && (row->dtypes >> guest->dtypes[i].id & 1U))
            tags[count++] = guest->dtypes[i].tag;
    return count;
}

static const char *inputs_text(const struct operator_row *row) {
    if (row->inputs_min == row->inputs_max)
        return text_of("%d", row->inputs_min);
    return row->inputs_max == INT32_MAX ? text_of("%d or more", row->inputs_min)
                                        : text_of("%d to %d", row->inputs_min, row->inputs_max);
}

static void print_row(const struct guest *guest, const struct operator_row *row, const char *help, int width) {
    const char *tags[GUEST_MAX_DTYPES];
    size_t count = dtypes_of(guest, row, tags);
    printf("%-*s inputs: %s; %s", width, row->name, inputs_text(row), listed(tags, count));
    for (size_t i = 0; i < row->attr_count; i++)
        printf("%s%s%s", i == 0 ? "; attributes: " : ", ", row->attrs[i].name,
               row->attrs[i].required ? " (required)" : "");
    putchar('\n');
    if (help)
        printf("%*s %s\n", width, "", help);
}

static void print_rows(const struct guest *guest, const struct operator_table *table, json_t *help) {
    int width = 14;
    for (size_t i = 0; i < table->count; i++)
        width = (int)strlen(table->names[i]) > width ? (int)strlen(table->names[i]) : width;
    for (size_t i = 0; i < table->count; i++)
        print_row(guest, &table->rows[i], help_of(help, table->names[i]), width);
}

static void json_attrs(struct json_out *out, const struct operator_row *row) {
    out_key(out, "attributes");
    out_open(out, '[');
    for (size_t i = 0; i < row->attr_count; i++) {
        out_open_inline(out, '{');
        out_key(out, "name");
        out_string(out, row->attrs[i].name);
        out_key(out, "kind");
        out_string(out, kinds[row->attrs[i].kind]);
        out_key(out, "required");
        out_boolean(out, row->attrs[i].required);
        out_close(out, '}');
    }
    out_close(out, ']');
}

static void json_row(struct json_out *out, const struct guest *guest, const struct operator_row *row,
                     const char *help) {
    const char *tags[GUEST_MAX_DTYPES];
    size_t count = dtypes_of(guest, row, tags);
    out_open(out, '{');
    out_key(out, "name");
    out_string(out, row->name);
    if (help) {
        out_key(out, "doc");
        out_string(out, help);
    }
    out_key(out, "data-types");
    out_open_inline(out, '[');
    for (size_t i = 0; i < count; i++)
        out_string(out, tags[i]);
    out_close(out, ']');
    out_key(out, "inputs");
    out_open_inline(out, '[');
    out_integer(out, row->inputs_min);
    out_count(out, row->inputs_max);
    out_close(out, ']');
    out_key(out, "outputs");
    out_count(out, row->outputs);
    json_attrs(out, row);
    out_close(out, '}');
}

void ops_command(struct guest *guest, const struct options *options) {
    struct operator_table table = contract_operators(guest);
    json_t *help = read_help(guest->path);
    struct json_out out = {0};
    if (!option_given(options, FLAG_JSON)) {
        print_rows(guest, &table, help);
        return;
    }
    out_open(&out, '[');
    for (size_t i = 0; i < table.count; i++)
        json_row(&out, guest, &table.rows[i], help_of(help, table.names[i]));
    out_close(&out, ']');
    out_finish(&out);
}
