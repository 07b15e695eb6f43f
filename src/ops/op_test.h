/* op_test.h - a use of an operator from a line of text, for tests: "Conv2D float32[1,3,5,5] float32[8,3,3,3] strides=2,2".
 *
 * Behind the operator's name stand its inputs' types and its attributes. "int64[2]:6,-1" is a constant with its numbers. */
#ifndef OPS_OP_TEST_H
#define OPS_OP_TEST_H

#include <stdio.h>

#include "base/test.h"
#include "kernels/cast.h"
#include "ops/op.h"

enum { USE_INPUTS = 9, USE_OUTPUTS = 4, USE_NUMBERS = 12 };

struct use {
    const char *line;
    struct op_site site;
    struct msw_type inputs[USE_INPUTS], outputs[USE_OUTPUTS];
    const void *constants[USE_INPUTS];
    bool packed[USE_INPUTS];
    struct attr attrs[OP_MAX_ATTRS];
    int64_t numbers[OP_MAX_ATTRS + USE_INPUTS][USE_NUMBERS]; /* of attributes, then of constants */
    struct arena arena;
    struct error err;
    struct step step;
};

/* Numbers separated by commas, up to a character that is none. Returns how many; *text moves behind them. */
static inline int32_t use_numbers(const char **text, int64_t *numbers) {
    int32_t count = 0;
    while (**text && strchr("-0123456789", **text)) {
        char *end;
        assert_true(count < USE_NUMBERS);
        numbers[count++] = strtoll(*text, &end, 10);
        *text = *end == ',' ? end + 1 : end;
    }
    return count;
}

static inline void use_input(struct use *u, const char *word) {
    const uint32_t index = u->site.input_count++;
    int64_t dims[USE_NUMBERS];
    const char *bracket = strchr(word, '[');
    for (int32_t d = MSW_ANY + 1; d < DTYPE_END; d++)
        if (strncmp(word, dtype_info(d)->name, (size_t)(bracket - word)) == 0)
            u->inputs[index].dtype = d;
    bracket++;
    u->inputs[index].rank = use_numbers(&bracket, dims);
    for (int32_t i = 0; i < u->inputs[index].rank; i++)
        u->inputs[index].dims[i] = (int32_t)dims[i];
    if (bracket[1] != ':')
        return;
    bracket += 2;
    int64_t *values = u->numbers[OP_MAX_ATTRS + index];
    const int32_t count = use_numbers(&bracket, values);
    const int32_t dtype = u->inputs[index].dtype;
    void *exact = test_bytes((size_t)count * dtype_info(dtype)->bytes); /* so that reading past the constant is seen */
    cast_elements(values, MSW_INT64, exact, dtype, (size_t)count);
    u->constants[index] = exact;
}

static inline void use_attribute(struct use *u, const char *word) {
    char name[32] = {0};
    const char *text = strchr(word, '=');
    memcpy(name, word, (size_t)(text - word));
    const int32_t index = op_attr_index(u->site.op, name);
    if (index < 0)
        fail_msg("%s has no attribute %s", u->site.op->about.name, name);
    text++;
    u->attrs[index] =
        (struct attr){.given = true, .count = use_numbers(&text, u->numbers[index]), .ints = u->numbers[index]};
}

/* Begin a use; every one ends with use_end. */
static inline void use_begin(struct use *u, const char *line) {
    char word[128];
    *u = (struct use){.line = line};
    error_clear(&u->err);
    u->site = (struct op_site){.attrs = u->attrs,
                               .inputs = u->inputs,
                               .constants = u->constants,
                               .packed = u->packed,
                               .output_count = 1,
                               .outputs = u->outputs};
    for (size_t used = 0; *line; line += used + (line[used] == ' ')) {
        used = strcspn(line, " ");
        assert_true(used < sizeof word);
        memcpy(word, line, used);
        word[used] = '\0';
        if (!u->site.op)
            assert_non_null(u->site.op = op_find(word));
        else if (strchr(word, '='))
            use_attribute(u, word);
        else
            use_input(u, word);
    }
    for (size_t i = 0; i < USE_OUTPUTS; i++)
        u->outputs[i].dtype = 77; /* so that a check that forgets it is seen */
}

/* As many outputs; where the row leaves that open, its attribute says the same. */
static inline void use_set_outputs(struct use *u, uint32_t count) {
    static const int64_t counts[USE_OUTPUTS + 1] = {0, 1, 2, 3, 4};
    const int32_t index = op_attr_index(u->site.op, "outputs");
    assert_in_range(count, 1, USE_OUTPUTS);
    u->site.output_count = count;
    if (index >= 0)
        u->attrs[index] = (struct attr){.given = true, .count = 1, .ints = &counts[count]};
}

static inline void use_end(struct use *u) {
    arena_free(&u->arena);
    for (size_t i = 0; i < USE_INPUTS; i++)
        free((void *)(uintptr_t)u->constants[i]);
}

static inline bool use_check(struct use *u) {
    return u->site.op->check(&u->site, &u->err);
}

/* Check that must succeed; then prepare, which must too. */
static inline void use_prepare(struct use *u) {
    if (!use_check(u) || !u->site.op->prepare(&u->site, &u->step, &u->arena, &u->err))
        fail_msg("%s: %s", u->line, u->err.text);
}

/* Run a prepared use of one output, any number of times. The scratch is exactly as large as the step wanted, and holds no zeros. */
static inline void use_run(struct use *u, const void *const *in, void *out) {
    u->step.in = in;
    u->step.out = &out;
    u->step.scratch = test_bytes(u->step.scratch_bytes);
    u->step.run(&u->step);
    free(u->step.scratch);
}

static inline size_t use_output_elements(const struct use *u) {
    return type_elements(&u->outputs[0]);
}

/* Constant input `input` in the form that its kernel reads, from ranges of `at_once` rows, as a loader hands them over. To be freed. */
static inline void *use_pack(struct use *u, uint32_t input, const void *source, size_t at_once) {
    struct packing p;
    if (!u->site.op->packing(&u->site, input, &p))
        fail_msg("%s: input %u is not packed", u->line, input);
    size_t elements, bytes;
    assert_true(type_sizes(&u->inputs[input], &elements, &bytes));
    assert_int_equal(p.rows * p.row_bytes, bytes);
    void *packed = memset(test_bytes(p.bytes), 0, p.bytes);
    for (size_t row = 0; row < p.rows; row += at_once)
        p.pack(&p, (const unsigned char *)source + row * p.row_bytes, row,
               p.rows - row < at_once ? p.rows - row : at_once, packed);
    u->packed[input] = true;
    return packed;
}

/* Has the operator a packed form for input `input` of this use? Asked before check has seen it. */
static inline bool use_packs(const char *line, uint32_t input) {
    struct use u;
    struct packing packing;
    use_begin(&u, line);
    const bool yes = u.site.op->packing(&u.site, input, &packing);
    use_end(&u);
    return yes;
}

/* What check says: with MSW_OK the output's type, else the message. */
struct use_case {
    const char *line;
    enum msw_status status;
    const char *text;
};

static inline void use_assert_cases(const struct use_case *cases, size_t count) {
    for (size_t i = 0; i < count; i++) {
        struct use u;
        use_begin(&u, cases[i].line);
        const bool ok = use_check(&u);
        if (ok) {
            size_t elements, bytes;
            assert_true(type_sizes(&u.outputs[0], &elements, &bytes));
            error_set(&u.err, MSW_INVALID, "%t", &u.outputs[0]); /* the type as text */
        }
        if (ok != (cases[i].status == MSW_OK) || (!ok && u.err.about.status != (int32_t)cases[i].status) ||
            strcmp(u.err.text, cases[i].text) != 0)
            fail_msg("%s\n  gives %d: %s\n  expected: %s", cases[i].line, ok ? 0 : (int)u.err.about.status, u.err.text,
                     cases[i].text);
        use_end(&u);
    }
}

#endif
