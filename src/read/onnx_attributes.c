/* onnx_attributes.c - attributes of ONNX's nodes as those of our operators: by the words of onnx.def, or one by one. */
#include <string.h>

#include "read/onnx_build.h"
#include "read/onnx_rows.h"

const struct onnx_attribute *onnx_attribute(const struct onnx_node *source, const char *name) {
    for (uint32_t i = 0; i < source->attribute_count; i++)
        if (text_is(source->attributes[i].name, name))
            return &source->attributes[i];
    return NULL;
}

static bool is_kind(struct onnx *o, const struct onnx_attribute *a, int64_t kind, const char *what) {
    if (a->kind == kind)
        return true;
    const char *name = onnx_string(o, a->name);
    return name && error_set_at_byte(o->err, MSW_INVALID, (int64_t)a->at, "attribute '%s' must be %s", name, what);
}

bool onnx_attr_int(struct onnx *o, const struct onnx_node *source, const char *name, int64_t absent, int64_t *value) {
    const struct onnx_attribute *a = onnx_attribute(source, name);
    *value = a ? a->i : absent;
    return !a || is_kind(o, a, ONNX_INT, "a whole number");
}

bool onnx_attr_float(struct onnx *o, const struct onnx_node *source, const char *name, float absent, float *value) {
    const struct onnx_attribute *a = onnx_attribute(source, name);
    *value = a ? a->f : absent;
    return !a || is_kind(o, a, ONNX_FLOAT, "a float");
}

bool onnx_attr_ints(struct onnx *o, const struct onnx_node *source, const char *name, const int64_t **ints,
                    uint32_t *count) {
    const struct onnx_attribute *a = onnx_attribute(source, name);
    *ints = a ? a->ints : NULL;
    *count = a ? a->count : 0;
    return !a || is_kind(o, a, ONNX_INTS, "a list of whole numbers");
}

bool onnx_attr_floats(struct onnx *o, const struct onnx_node *source, const char *name, const float **floats,
                      uint32_t *count) {
    const struct onnx_attribute *a = onnx_attribute(source, name);
    *floats = a ? a->floats : NULL;
    *count = a ? a->count : 0;
    return !a || is_kind(o, a, ONNX_FLOATS, "a list of floats");
}

bool onnx_attr_text(struct onnx *o, const struct onnx_node *source, const char *name, const char *absent,
                    const char **text) {
    const struct onnx_attribute *a = onnx_attribute(source, name);
    if (a && !is_kind(o, a, ONNX_STRING, "text"))
        return false;
    *text = a ? onnx_string(o, a->s) : absent ? absent : "";
    return *text != NULL;
}

/* Words */

static bool is_one_of(char c, const char *ends) {
    while (*ends && *ends != c)
        ends++;
    return *ends != '\0';
}

static size_t word_length(const char *at, const char *ends) {
    size_t length = 0;
    while (at[length] && !is_one_of(at[length], ends))
        length++;
    return length;
}

/* A word of `attributes`: [-]name[>ours][=default or {a:0,b:1}] */
struct word {
    struct text name, ours, absent, map;
    bool passed_over;
};

static bool next_word(const char **at, struct word *w) {
    while (**at == ' ')
        ++*at;
    if (!**at)
        return false;
    *w = (struct word){.absent = {.at = ""}, .map = {.at = ""}};
    w->passed_over = **at == '-';
    *at += w->passed_over;
    w->name = (struct text){*at, word_length(*at, " >={")};
    *at += w->name.length;
    w->ours = w->name;
    if (**at == '>') {
        w->ours = (struct text){*at + 1, word_length(*at + 1, " ={")};
        *at = w->ours.at + w->ours.length;
    }
    if (**at == '=') {
        w->absent = (struct text){*at + 1, word_length(*at + 1, " ")};
        *at = w->absent.at + w->absent.length;
    } else if (**at == '{') {
        w->map = (struct text){*at + 1, word_length(*at + 1, "}")};
        *at = w->map.at + w->map.length + 1;
    }
    return true;
}

static bool same_text(struct text x, struct text y) {
    return x.length == y.length && memcmp(x.at, y.at, x.length) == 0;
}

/* A number of onnx.def: -12, 0.5, 1e-5. */
static double number_of(const char *at) {
    double n = 0, scale = 1;
    const bool negative = *at == '-';
    at += negative;
    for (; *at >= '0' && *at <= '9'; at++)
        n = n * 10 + (double)(*at - '0');
    if (*at == '.')
        for (at++; *at >= '0' && *at <= '9'; at++)
            n += (double)(*at - '0') * (scale /= 10);
    if (at[0] == 'e' && at[1] == '-')
        for (int power = (int)number_of(at + 2); power > 0; power--)
            n /= 10;
    return negative ? -n : n;
}

/* The number of a word in a{0,b:1}; length 0: of the first. False: none. */
static bool mapped(struct text map, struct text word, int64_t *number) {
    const char *at = map.at, *end = map.at + map.length;
    while (at < end) {
        const struct text key = {at, word_length(at, ":")};
        *number = (int64_t)number_of(key.at + key.length + 1);
        if (word.length == 0 || same_text(key, word))
            return true;
        at = key.at + key.length + 1;
        at += word_length(at, ",}");
        at += *at == ',';
    }
    return false;
}

static bool set_text(struct onnx *o, struct node *node, const struct onnx_attribute *a, const struct word *w,
                     const char *ours, int32_t kind) {
    int64_t number;
    if (w->map.length > 0) {
        if (mapped(w->map, a->s, &number))
            return node_set_int(o->scope->graph, node, ours, number, o->err);
        const char *text = onnx_string(o, a->s);
        return text && error_set_at_byte(o->err, MSW_INVALID, (int64_t)a->at, "attribute is '%s', expected one of %s",
                                         text, onnx_string(o, w->map));
    }
    if (kind != MSW_ATTR_INTS)
        return is_kind(o, a, ONNX_INT, "a number");
    int64_t *letters = arena_alloc(o->scratch, a->s.length, sizeof *letters, o->err);
    for (size_t i = 0; letters && i < a->s.length; i++)
        letters[i] = (unsigned char)a->s.at[i];
    return letters && node_set_ints(o->scope->graph, node, ours, letters, (int32_t)a->s.length, o->err);
}

static bool set_floats(struct onnx *o, struct node *node, const struct onnx_attribute *a, const char *ours) {
    double *wide = arena_alloc(o->arena, a->count, sizeof *wide, o->err);
    if (!wide)
        return false;
    for (uint32_t i = 0; i < a->count; i++)
        wide[i] = (double)a->floats[i];
    node->attrs[op_attr_index(node_op(node), ours)] =
        (struct attr){.given = true, .count = (int32_t)a->count, .floats = wide};
    return true;
}

static bool set_int(struct onnx *o, struct node *node, const struct onnx_attribute *a, const char *ours) {
    int32_t dtype;
    if (strcmp(ours, "dtype") != 0)
        return node_set_int(o->scope->graph, node, ours, a->i, o->err);
    return onnx_dtype(a->i, a->at, &dtype, o->err) && node_set_int(o->scope->graph, node, ours, dtype, o->err);
}

static bool set_one(struct onnx *o, struct node *node, const struct onnx_attribute *a, const struct word *w,
                    const char *ours) {
    const int32_t kind = node_op(node)->about.attrs[op_attr_index(node_op(node), ours)].kind;
    if (a->kind == ONNX_STRING)
        return set_text(o, node, a, w, ours, kind);
    switch (kind) {
    case MSW_ATTR_INT: return is_kind(o, a, ONNX_INT, "a whole number") && set_int(o, node, a, ours);
    case MSW_ATTR_INTS:
        if (a->kind == ONNX_INT)
            return node_set_ints(o->scope->graph, node, ours, &a->i, 1, o->err);
        return is_kind(o, a, ONNX_INTS, "a list of whole numbers") &&
               node_set_ints(o->scope->graph, node, ours, a->ints, (int32_t)a->count, o->err);
    case MSW_ATTR_FLOAT:
        return is_kind(o, a, ONNX_FLOAT, "a float") &&
               node_set_float(o->scope->graph, node, ours, (double)a->f, o->err);
    default: return is_kind(o, a, ONNX_FLOATS, "a list of floats") && set_floats(o, node, a, ours);
    }
}

static bool set_absent(struct onnx *o, struct node *node, const struct word *w, const char *ours) {
    const int32_t kind = node_op(node)->about.attrs[op_attr_index(node_op(node), ours)].kind;
    int64_t number;
    if (w->map.length > 0)
        return mapped(w->map, (struct text){.at = ""}, &number) &&
               node_set_int(o->scope->graph, node, ours, number, o->err);
    if (w->absent.length == 0)
        return true;
    if (kind == MSW_ATTR_FLOAT) /* the nearest float, as a file would have it */
        return node_set_float(o->scope->graph, node, ours, (double)(float)number_of(w->absent.at), o->err);
    number = (int64_t)number_of(w->absent.at);
    return kind == MSW_ATTR_INT ? node_set_int(o->scope->graph, node, ours, number, o->err)
                                : node_set_ints(o->scope->graph, node, ours, &number, 1, o->err);
}

static bool unknown_attribute(struct onnx *o, const struct onnx_attribute *a) {
    const char *name = onnx_string(o, a->name);
    return name && error_set_at_byte(o->err, MSW_UNSUPPORTED, (int64_t)a->at, "attribute '%s' is not supported", name);
}

bool onnx_set_attributes(struct onnx *o, const struct onnx_node *source, struct node *node, const char *words) {
    struct word w;
    for (const char *at = words; next_word(&at, &w);) {
        char name[64] = {0}, ours[64] = {0};
        memcpy(name, w.name.at, w.name.length);
        memcpy(ours, w.ours.at, w.ours.length);
        const struct onnx_attribute *a = w.passed_over ? NULL : onnx_attribute(source, name);
        if (!w.passed_over && !(a ? set_one(o, node, a, &w, ours) : set_absent(o, node, &w, ours)))
            return false;
    }
    for (uint32_t i = 0; i < source->attribute_count; i++) {
        bool listed = false;
        for (const char *at = words; !listed && next_word(&at, &w);)
            listed = same_text(w.name, source->attributes[i].name);
        if (!listed)
            return unknown_attribute(o, &source->attributes[i]);
    }
    return true;
}

bool onnx_attrs_only(struct onnx *o, const struct onnx_node *source, const char *known) {
    struct word w;
    for (uint32_t i = 0; i < source->attribute_count; i++) {
        bool listed = false;
        for (const char *at = known; !listed && next_word(&at, &w);)
            listed = same_text(w.name, source->attributes[i].name);
        if (!listed)
            return unknown_attribute(o, &source->attributes[i]);
    }
    return true;
}

ONNX_READ(plain) {
    (void)o;
    (void)source;
    (void)node;
    return true;
}
