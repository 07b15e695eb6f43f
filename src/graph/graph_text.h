/* graph_text.h - for tests: graphs as text, read and printed, so that a test of a pass shows the graph before and after.
 *
 *     input x float32[1,3,8,8]
 *     const w float32[4,3,3,3]
 *     y = Conv2D(x, w) strides=2,2
 *     a b = Split(y) axis=1 outputs=2
 *     output a
 *
 * "axis=@v": the elements of v are the attribute (node_add_late). What a node does besides (struct fused) prints behind its attributes: "+ bias + residual, ReLU". A value of a pass, which has no name, prints as %0, %1 ... in order of appearance. A constant's
 * data stands behind its type, or is ones in every byte. */
#ifndef GRAPH_GRAPH_TEXT_H
#define GRAPH_GRAPH_TEXT_H

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "graph/dynamic_ops.h"
#include "graph/graph.h"

struct graph_text {
    struct arena arena;
    struct error err;
    struct graph graph;
};

static inline void skip_spaces(const char **at) {
    *at += strspn(*at, " ");
}

static inline char *text_word(struct graph_text *t, const char **at) {
    skip_spaces(at);
    const size_t length = strcspn(*at, " ()=,\n");
    char *word = arena_string(&t->arena, *at, length, &t->err);
    *at += length;
    return word;
}

static inline struct msw_type text_type(struct graph_text *t, const char **at) {
    struct msw_type type = {.dtype = MSW_ANY};
    skip_spaces(at);
    const size_t length = strcspn(*at, "[");
    for (int32_t d = MSW_ANY + 1; d < DTYPE_END; d++)
        if (strlen(dtype_info(d)->name) == length && strncmp(dtype_info(d)->name, *at, length) == 0)
            type.dtype = d;
    assert(type.dtype != MSW_ANY && (*at)[length] == '[');
    *at += length + 1;
    while (**at != ']') {
        char *end;
        type.dims[type.rank++] = (int32_t)strtol(*at, &end, 10);
        *at = end + (*end == ',');
    }
    ++*at;
    (void)t;
    return type;
}

static inline uint32_t text_find(const struct graph *g, const char *name) {
    for (uint32_t v = 0; v < g->value_count; v++)
        if (g->values[v].name && strcmp(g->values[v].name, name) == 0)
            return v;
    assert(false && "a value that is not defined");
    return NO_VALUE;
}

static inline void text_node(struct graph_text *t, char **results, uint32_t result_count, const char **at) {
    uint32_t inputs[8], count = 0;
    static const struct call on_sequences = {.kind = CALL_SEQUENCE};
    const char *name_of_op = text_word(t, at);
    const bool listed = op_find(name_of_op) != NULL;
    const struct op *op = listed ? op_find(name_of_op) : dynamic_op_find(name_of_op);
    assert(op && **at == '(');
    do {
        ++*at;
        inputs[count++] = text_find(&t->graph, text_word(t, at));
    } while (**at == ',');
    ++*at;
    struct node *node = graph_add_node(&t->graph, op, results[0], count, result_count, &t->err);
    memcpy(node->inputs, inputs, count * sizeof inputs[0]);
    node->call = listed ? NULL : &on_sequences;
    for (uint32_t i = 0; i < result_count; i++)
        t->graph.values[node->outputs[i]].name = results[i];
    for (skip_spaces(at); **at && **at != '\n'; skip_spaces(at)) {
        const char *name = text_word(t, at);
        int64_t ints[8];
        int32_t n = 0;
        assert(op_attr_index(op, name) >= 0);
        if ((*at)[1] == '@') {
            *at += 2;
            node_add_late(&t->graph, node, name, text_find(&t->graph, text_word(t, at)), &t->err);
            continue;
        }
        if (op->about.attrs[op_attr_index(op, name)].kind == MSW_ATTR_FLOAT) {
            char *end;
            node_set_float(&t->graph, node, name, strtod(*at + 1, &end), &t->err);
            *at = end;
            continue;
        }
        do {
            char *end;
            ints[n++] = strtoll(*at + 1, &end, 10);
            *at = end;
        } while (**at == ',');
        node_set_ints(&t->graph, node, name, ints, n, &t->err);
    }
}

/* "1,2": the elements of a constant in order, the last one for all that follow. */
static inline void *text_data(struct graph_text *t, const struct msw_type *type, const char **at) {
    const size_t bytes = type_bytes(type), n = type_elements(type);
    void *data = memset(arena_alloc(&t->arena, 1, bytes, &t->err), 1, bytes);
    skip_spaces(at);
    assert(**at == '\n' || type->dtype == MSW_FLOAT32 || type->dtype == MSW_INT64);
    for (size_t i = 0; **at != '\n' && i < n; i++) {
        char *end;
        const double number = strtod(*at, &end);
        if (type->dtype == MSW_FLOAT32)
            ((float *)data)[i] = (float)number;
        else
            ((int64_t *)data)[i] = (int64_t)number;
        if (*end == ',' || i + 1 == n)
            *at = end + (*end == ',');
    }
    return data;
}

static inline void text_line(struct graph_text *t, const char **at) {
    char *word = text_word(t, at);
    struct graph *g = &t->graph;
    if (strcmp(word, "output") == 0) {
        value_list_add(g, &g->outputs, text_find(g, text_word(t, at)), &t->err);
    } else if (strcmp(word, "input") == 0 || strcmp(word, "const") == 0) {
        struct value value = {.kind = word[0] == 'i' ? VALUE_INPUT : VALUE_CONSTANT, .name = text_word(t, at)};
        value.type = text_type(t, at);
        if (value.kind == VALUE_CONSTANT) {
            value.data = text_data(t, &value.type, at);
        }
        const uint32_t index = graph_add_value(g, &value, &t->err);
        if (value.kind == VALUE_INPUT)
            value_list_add(g, &g->inputs, index, &t->err);
    } else {
        char *results[8] = {word};
        uint32_t count = 1;
        for (skip_spaces(at); **at != '='; skip_spaces(at))
            results[count++] = text_word(t, at);
        ++*at;
        text_node(t, results, count, at);
    }
}

/* Read a graph; graph_text_free ends it. */
static inline void graph_text_read(struct graph_text *t, const char *text) {
    *t = (struct graph_text){.graph = {.arena = NULL}};
    t->graph.arena = t->graph.constants = t->graph.temporary = &t->arena;
    error_clear(&t->err);
    while (*text) {
        text_line(t, &text);
        text += strspn(text, " \n");
    }
    assert(t->err.about.status == MSW_OK);
}

static inline void graph_text_free(struct graph_text *t) {
    arena_free(&t->arena);
}

static inline void print_value(const struct graph *g, uint32_t value, char *to, size_t room) {
    uint32_t number = 0;
    if (g->values[value].name) {
        snprintf(to, room, "%s", g->values[value].name);
        return;
    }
    for (uint32_t n = 0; n < g->node_count; n++) {
        if (g->nodes[n].outputs[0] == value)
            break;
        number += g->values[g->nodes[n].outputs[0]].name == NULL;
    }
    snprintf(to, room, "%%%u", number);
}

static inline void print_text(char *to, size_t room, const char *text) {
    assert(strlen(to) + strlen(text) < room);
    strcat(to, text);
}

static inline void print_fused(const struct fused *fused, char *to, size_t room) {
    if (fused->first) {
        print_text(to, room, " (first");
        print_fused(fused->first, to, room);
        print_text(to, room, ")");
    }
    print_text(to, room, fused->bias ? " + bias" : "");
    print_text(to, room, fused->residual ? " + residual" : "");
    if (fused->activation) {
        print_text(to, room, ", ");
        print_text(to, room, fused->activation->about.name);
    }
}

/* Nodes and outputs, one a line. */
static inline void graph_text_print(const struct graph *g, char *to, size_t room) {
    char word[64];
    *to = '\0';
    for (uint32_t n = 0; n < g->node_count; n++) {
        const struct node *node = &g->nodes[n];
        print_value(g, node->outputs[0], word, sizeof word);
        print_text(to, room, word);
        print_text(to, room, " = ");
        print_text(to, room, node_op(node)->about.name);
        for (uint32_t i = 0; i < node->input_count; i++) {
            print_text(to, room, i ? ", " : "(");
            print_value(g, node->inputs[i], word, sizeof word);
            print_text(to, room, word);
        }
        print_text(to, room, ")");
        for (int32_t a = 0; a < node_op(node)->about.attr_count; a++) {
            if (node->attrs[a].given && node_op(node)->about.attrs[a].kind == MSW_ATTR_FLOAT) {
                snprintf(word, sizeof word, " %s=%g", node_op(node)->about.attrs[a].name, node->attrs[a].floats[0]);
                print_text(to, room, word);
                continue;
            }
            for (int32_t i = 0; node->attrs[a].given && i < node->attrs[a].count; i++) {
                snprintf(word, sizeof word, "%s%s%s%lld", i ? "" : " ", i ? "," : node_op(node)->about.attrs[a].name,
                         i ? "" : "=", (long long)node->attrs[a].ints[i]);
                print_text(to, room, word);
            }
        }
        if (node->fused)
            print_fused(node->fused, to, room);
        print_text(to, room, "\n");
    }
    for (uint32_t i = 0; i < g->outputs.count; i++) {
        print_value(g, g->outputs.at[i], word, sizeof word);
        print_text(to, room, "output ");
        print_text(to, room, word);
        print_text(to, room, "\n");
    }
}

#endif
