/* equation.c - reading equations character by character. */
#include "ops/equation.h"

/* Names of the axes of '...' are -1, -2 ... from the last one. */
static struct label *find_label(struct equation *e, int64_t name) {
    for (int32_t i = 0; i < e->count; i++)
        if (e->labels[i].name == name)
            return &e->labels[i];
    return NULL;
}

static bool is_letter(int64_t c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool bad_equation(const char *what, int32_t at, struct error *err) {
    return error_set(err, MSW_INVALID, "character %d of the equation: %s", at, what);
}

/* One label of tensor `t`, which is the operand `x` or, where x is NULL, the answer. */
static bool take_label(struct equation *e, int64_t name, int32_t t, const struct msw_type *x, int32_t at,
                       struct error *err) {
    struct label *l = find_label(e, name);
    const int32_t axis = e->rank[t];
    if (x && axis >= x->rank)
        return error_set(err, MSW_INVALID, "the equation has more letters than %x has dims", x);
    if (!x && (!l || axis >= MSW_MAX_RANK))
        return bad_equation("a letter of no operand, or one too many", at, err);
    if (!x && l->axes[t])
        return bad_equation("a letter that the answer has twice", at, err);
    if (!l) {
        l = &e->labels[e->count++]; /* at most one for each axis of each operand */
        *l = (struct label){.name = name, .size = x->dims[axis]};
    }
    const bool gives_way = x && name < 0 && (l->size == 1 || x->dims[axis] == 1);
    if (x && l->size != x->dims[axis] && !gives_way)
        return error_set(err, MSW_INVALID, "a letter stands for %d and for %d elements", l->size, x->dims[axis]);
    if (gives_way && l->size == 1)
        l->size = x->dims[axis];
    l->axes[t] |= (uint8_t)(1u << axis);
    e->rank[t]++;
    return true;
}

/* How many letters follow in the same tensor. */
static int32_t letters_left(const struct attr *text, int32_t i) {
    int32_t letters = 0;
    for (; i < text->count && text->ints[i] != ',' && text->ints[i] != '-'; i++)
        letters += is_letter(text->ints[i]);
    return letters;
}

/* '...' is all axes of an operand that have no letter; in the answer, all that any operand has. */
static bool take_ellipsis(struct equation *e, int32_t t, const struct msw_type *x, int32_t letters, int32_t at,
                          struct error *err) {
    int32_t axes = x ? x->rank - e->rank[t] - letters : 0;
    while (!x && find_label(e, -axes - 1))
        axes++;
    for (int32_t i = axes; i > 0; i--)
        if (!take_label(e, -i, t, x, at, err))
            return false;
    return true;
}

/* Without an arrow: the axes of '...', and the letters that occur once, in alphabetical order. */
static bool imply_answer(struct equation *e, int32_t at, struct error *err) {
    if (!take_ellipsis(e, EQUATION_ANSWER, NULL, 0, at, err))
        return false;
    for (int64_t c = 'A'; c <= 'z'; c++) {
        const struct label *l = find_label(e, c);
        int uses = 0;
        for (int32_t t = 0; l && t < e->operands; t++)
            uses += __builtin_popcount(l->axes[t]);
        if (uses == 1 && !take_label(e, c, EQUATION_ANSWER, NULL, at, err))
            return false;
    }
    return true;
}

static bool read_characters(const struct op_site *site, struct equation *e, int32_t *tensor, struct error *err) {
    const struct attr *text = site_attr(site, "equation");
    int32_t t = 0;
    for (int32_t i = 0; i < text->count; i++) {
        const int64_t c = text->ints[i];
        const struct msw_type *x = t == EQUATION_ANSWER ? NULL : &site->inputs[t];
        if (c == ' ')
            continue;
        if (c == ',' && t + 1 < e->operands) {
            t++;
        } else if (c == '-' && i + 1 < text->count && text->ints[i + 1] == '>' && t + 1 == e->operands) {
            t = EQUATION_ANSWER;
            i++;
        } else if (c == '.' && i + 2 < text->count && text->ints[i + 1] == '.' && text->ints[i + 2] == '.') {
            i += 2;
            if (!take_ellipsis(e, t, x, letters_left(text, i), i, err))
                return false;
        } else if (!is_letter(c)) {
            return bad_equation("neither a letter nor a comma between operands nor ->", i, err);
        } else if (!take_label(e, c, t, x, i, err)) {
            return false;
        }
    }
    *tensor = t;
    return true;
}

bool equation_read(const struct op_site *site, struct equation *e, struct error *err) {
    int32_t t = 0;
    *e = (struct equation){.operands = (int32_t)site->input_count};
    if (!read_characters(site, e, &t, err))
        return false;
    if (t != EQUATION_ANSWER && t + 1 == e->operands) {
        if (!imply_answer(e, site_attr(site, "equation")->count, err))
            return false;
    } else if (t != EQUATION_ANSWER) {
        return error_set(err, MSW_INVALID, "the equation has %d operands, the inputs are %d", t + 1, e->operands);
    }
    for (int32_t i = 0; i < e->operands; i++)
        if (e->rank[i] != site->inputs[i].rank)
            return error_set(err, MSW_INVALID, "the equation has %d letters for %x", e->rank[i], &site->inputs[i]);
    return true;
}

ptrdiff_t label_step(const struct label *l, int32_t t, const struct msw_type *type) {
    ptrdiff_t step = 0;
    for (int32_t i = 0; i < type->rank; i++)
        if ((l->axes[t] >> i & 1) && type->dims[i] == l->size)
            step += (ptrdiff_t)type_extent(type, i + 1, type->rank);
    return step;
}
