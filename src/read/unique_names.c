/* unique_names.c - a table for the inputs, another for the outputs. */
#include "read/unique_names.h"

#include <string.h>

#include "read/names.h"

/* "name.place" */
static char *with_place(struct arena *arena, const char *name, uint32_t place, struct error *err) {
    const size_t length = strlen(name);
    char digits[10];
    size_t count = 0;
    do
        digits[count++] = (char)('0' + place % 10);
    while ((place /= 10) > 0);
    char *text = arena_alloc(arena, length + 1 + count + 1, 1, err);
    if (!text)
        return NULL;
    memcpy(text, name, length);
    text[length] = '.';
    for (size_t i = 0; i < count; i++)
        text[length + 1 + i] = digits[count - 1 - i];
    return text;
}

/* The name, or the first one made of it that is not in the table yet. NULL: out of memory. */
static const char *take_name(struct names *names, struct arena *arena, const char *name, uint32_t place,
                             struct error *err) {
    bool taken = true;
    while (name && !names_add(names, name, strlen(name), place, &taken, err))
        name = taken ? with_place(arena, name, place, err) : NULL;
    return name;
}

static bool name_inputs(struct graph *graph, struct arena *arena, struct error *err) {
    struct names names = {.arena = arena};
    for (uint32_t i = 0; i < graph_visible_inputs(graph); i++) {
        struct value *value = &graph->values[graph->inputs.at[i]];
        value->name = take_name(&names, graph->arena, value_name(graph, graph->inputs.at[i]), i, err);
        if (!value->name)
            return false;
    }
    return true;
}

static bool name_outputs(struct graph *graph, struct arena *arena, struct error *err) {
    struct names names = {.arena = arena};
    const char **all = arena_alloc(graph->arena, graph->outputs.count, sizeof *all, err);
    for (uint32_t i = 0; all && i < graph->outputs.count; i++) {
        all[i] = value_name(graph, graph->outputs.at[i]);
        if (i < graph_visible_outputs(graph))
            all[i] = take_name(&names, graph->arena, all[i], i, err);
        if (!all[i])
            return false;
    }
    graph->output_names = all;
    return all != NULL;
}

bool unique_names(struct graph *graph, struct error *err) {
    struct arena arena = {0};
    const bool ok = name_inputs(graph, &arena, err) && name_outputs(graph, &arena, err);
    arena_free(&arena);
    return ok;
}
