/* Lists the operators that the module has, with their help where there is one, and behind those of our own the generated ones. */
#include "ops.h"

#include <stdio.h>
#include <string.h>

#include "contract.h"
#include "fail.h"
#include "json_out.h"
#include "module.h"
#include "op_texts.h"
#include "suggest.h"

static const char *const kinds[] = {"?", "int", "ints", "float", "floats"};

/* An operator, the module that has it, and what is known of it besides. */
struct listed_row {
    const struct guest *guest;
    const struct operator_row *row;
    struct op_text texts;
};

struct list {
    size_t count;
    struct listed_row *rows;
};

static bool has(const struct list *list, const char *name) {
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->rows[i].row->name, name) == 0)
            return true;
    return false;
}

/* Add the operators of a module that no module before has. */
static void add_operators(struct list *list, struct guest *guest) {
    const struct operator_table table = contract_operators(guest);
    struct op_texts *texts = op_texts_open(guest);
    struct listed_row *rows = need((list->count + table.count + 1) * sizeof *rows);
    if (list->count > 0)
        memcpy(rows, list->rows, list->count * sizeof *rows);
    list->rows = rows;
    for (size_t i = 0; i < table.count; i++) {
        if (!has(list, table.names[i]))
            rows[list->count++] =
                (struct listed_row){.guest = guest, .row = &table.rows[i], .texts = op_texts_of(texts, table.names[i])};
    }
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

static void print_row(const struct listed_row *listed_row, int width) {
    const char *tags[GUEST_MAX_DTYPES];
    const struct operator_row *row = listed_row->row;
    size_t count = dtypes_of(listed_row->guest, row, tags);
    printf("%-*s inputs: %s; %s", width, row->name, inputs_text(row), listed(tags, count));
    for (size_t i = 0; i < row->attr_count; i++)
        printf("%s%s%s", i == 0 ? "; attributes: " : ", ", row->attrs[i].name,
               row->attrs[i].required ? " (required)" : "");
    puts(listed_row->texts.generated ? "; generated" : "");
    if (listed_row->texts.help)
        printf("%*s %s\n", width, "", listed_row->texts.help);
}

static void print_rows(const struct list *list) {
    int width = 14;
    for (size_t i = 0; i < list->count; i++)
        width = (int)strlen(list->rows[i].row->name) > width ? (int)strlen(list->rows[i].row->name) : width;
    for (size_t i = 0; i < list->count; i++)
        print_row(&list->rows[i], width);
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

static void json_text(struct json_out *out, const char *key, const char *text) {
    if (!text)
        return;
    out_key(out, key);
    out_string(out, text);
}

static void json_row(struct json_out *out, const struct listed_row *listed_row) {
    const char *tags[GUEST_MAX_DTYPES];
    const struct operator_row *row = listed_row->row;
    size_t count = dtypes_of(listed_row->guest, row, tags);
    out_open(out, '{');
    json_text(out, "name", row->name);
    json_text(out, "doc", listed_row->texts.help);
    json_text(out, "generated", listed_row->texts.generated);
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
    struct list list = {0};
    struct json_out out = {0};
    struct guest *generated = option_given(options, FLAG_CONFIG) ? NULL : module_open_generated(guest);
    add_operators(&list, guest);
    if (generated)
        add_operators(&list, generated);
    if (option_given(options, FLAG_JSON)) {
        out_open(&out, '[');
        for (size_t i = 0; i < list.count; i++)
            json_row(&out, &list.rows[i]);
        out_close(&out, ']');
        out_finish(&out);
    } else {
        print_rows(&list);
    }
    if (generated)
        guest_free(generated);
}
