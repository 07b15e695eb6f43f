/* Reads the file of text that lies beside a module (tools/ops_json.c writes ours). */
#include "op_texts.h"

#include <string.h>
#include <unistd.h>

#include "fail.h"
#include "file.h"
#include "json_in.h"

#define HELP_SUFFIX ".ops.json"
#define HELP_NAME "ms_backend_wasm" HELP_SUFFIX /* of all builds of our own */
#define LARGEST_HELP (16U << 20)

struct op_texts {
    json_t *rows;
};

/* The list of {"name", "doc"} beside the module, under its own name or ours, or NULL: text is never needed to run. */
static json_t *read_file(const char *module_path) {
    const char *slash = strrchr(module_path, '/'), *name = slash ? slash + 1 : module_path, *dot = strrchr(name, '.');
    const int folder = (int)(name - module_path), stem = (int)((dot ? dot : name + strlen(name)) - module_path);
    const char *path = text_of("%.*s%s", stem, module_path, HELP_SUFFIX);
    if (access(path, F_OK) != 0)
        path = text_of("%.*s%s", folder, module_path, HELP_NAME);
    if (access(path, F_OK) != 0)
        return NULL;
    size_t bytes;
    const char *text = (const char *)file_read(path, LARGEST_HELP, &bytes);
    json_t *help = json_parse(shown(path), text, bytes, "a JSON list of operators");
    return json_is_object(help) ? json_object_get(help, "operators") : help;
}

static json_t *find(json_t *help, const char *name) {
    size_t i;
    json_t *row;
    json_array_foreach(help, i, row) {
        const char *row_name = json_string_value(json_object_get(row, "name"));
        if (row_name && strcmp(row_name, name) == 0)
            return row;
    }
    return NULL;
}

struct op_texts *op_texts_open(const struct guest *guest) {
    struct op_texts *texts = need(sizeof *texts);
    texts->rows = read_file(guest->file);
    return texts;
}

struct op_text op_texts_of(const struct op_texts *texts, const char *name) {
    const json_t *row = find(texts->rows, name);
    return (struct op_text){.help = json_string_value(json_object_get(row, "doc")),
                            .generated = json_string_value(json_object_get(row, "generated"))};
}
