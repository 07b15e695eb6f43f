/* bad_nodes_test.c - nodes of every spelling of mindir.def whose inputs, attributes and declared results are drawn by chance: a refusal that
 * names the node and its primitive, or a model that runs. A new row needs nothing here. */
#include <stdio.h>

#include "base/test.h"
#include "ops/op.h"
#include "read/mindir_writer.h"
/* mindir_writer.h first: its names are short */
#include "read/load_driver.h"

enum { DRAWS = 200, MAX_LOOPS = 100 };

static const struct row {
    const char *spelling, *op, *words, *more;
} rows[] = {
#define MINDIR(spelling, op, words, more) {#spelling, #op, words, #more},
#define STRUCTURE(spelling, make) {#spelling, NULL, "x y z", "plain"},
#include "read/mindir.def"
#undef MINDIR
#undef STRUCTURE
};

/* Names that the model below defines, by what they stand for. */
static const char *const tensors[] = {"image", "matrix",     "vector", "scalar", "halves", "bytes",
                                      "truth", "none_of_it", "image",  "matrix", "kernel", "volume"};
static const char *const numbers[] = {"zero", "one", "two", "minus_one", "huge", "lowest", "float32_id", "true"};
static const char *const lists[] = {"no_ints", "int1", "ints2", "ints4", "ints6", "ints9", "hostile_ints", "places"};
static const char *const reals[] = {"half", "nan", "zero", "one", "infinity"};
static const char *const others[] = {"nothing", "monad", "text", "pair", "mixed", "nested", "f", "odd_kind", "weights"};
static const char *const texts[] = {"", "NHWC", "ii->", "....", "a", "\xe2\x86\x92", "ij,jk->ik"};

/* What a primitive may hold: a word, or numbers, and how many by the kind of images that a draw is about: 0 is one that is no list. */
enum { FLAT, DEEP, DEEP_TOO, IMAGES };
static const struct {
    const char *name, *word;
    size_t counts[IMAGES];
} attributes[] = {
    {"axis", NULL, {0}},
    {"bidirectional", NULL, {0}},
    {"ceil_mode", NULL, {0}},
    {"count_include_pad", NULL, {0}},
    {"descending", NULL, {0}},
    {"diagonal", NULL, {0}},
    {"dilation", NULL, {4, 5, 3}},
    {"dilations", NULL, {4, 5, 3}},
    {"divisor_override", NULL, {0}},
    {"epsilon", NULL, {0}},
    {"equation", "ij,kj->ik", {0}},
    {"format", "NCHW", {0}},
    {"group", NULL, {0}},
    {"has_bias", NULL, {0}},
    {"keep_dims", NULL, {0}},
    {"kernel_size", NULL, {4, 5, 5}},
    {"ksize", NULL, {4, 5, 3}},
    {"mode", "constant", {0}},
    {"num_layers", NULL, {0}},
    {"output_size", NULL, {2, 2, 2}},
    {"p", NULL, {0}},
    {"pad", NULL, {4, 6, 6}},
    {"pad_list", NULL, {4, 6, 6}},
    {"pad_mode", "VALID", {0}},
    {"paddings", NULL, {4, 4, 4}},
    {"paddings_contiguous", NULL, {0}},
    {"pads", NULL, {4, 6, 3}},
    {"proj_size", NULL, {0}},
    {"stride", NULL, {4, 5, 5}},
    {"strides", NULL, {4, 5, 3}},
};

static uint64_t random_state;
static size_t images; /* what this draw is about */

static bool one_in(size_t n) {
    return test_below(&random_state, n) == 0;
}

#define PICK(list) list[test_below(&random_state, COUNT(list))]

static int64_t any_int(void) {
    static const int64_t plain[] = {0, 1, 1, 2, 2, 3, -1}, hostile[] = {INT64_MAX, INT64_MIN, INT32_MAX, 1LL << 31, -9};
    return one_in(10) ? PICK(hostile) : PICK(plain);
}

static void put_all(struct bytes *b, const struct bytes *more) {
    memcpy(b->data + b->used, more->data, more->used);
    b->used += more->used;
}

static void add_typed_input(struct model_writer *w, const char *name, int64_t data_type, const int64_t *dims,
                            size_t rank) {
    struct bytes info = {.used = 0};
    const struct bytes tensor = tensor_message(NULL, data_type, dims, rank, NULL, 0);
    put_text(&info, VALUE_INFO_NAME, name);
    put_message(&info, VALUE_INFO_TENSOR, &tensor);
    put_message(&w->graph, GRAPH_INPUT, &info);
}

/* Everything that a node may be given. */
static void add_pool(struct model_writer *w) {
    static const float weights[6] = {1, 2, 3, 4, 5, 6};
    static const int64_t places[2] = {1, 0}, hostile[3] = {INT64_MAX, -1, INT64_MIN},
                         ints[9] = {1, 2, 1, 1, 0, 2, 1, 1, 1};
    const struct bytes matrix = tensor_message(NULL, 1, (int64_t[]){2, 3}, 2, weights, sizeof weights);
    const struct bytes vector = tensor_message(NULL, 7, (int64_t[]){2}, 1, places, sizeof places);
    struct bytes nested = kind_attribute("value", 20);
    const struct bytes pair = ints_attribute("", ints, 2);
    add_typed_input(w, "image", 1, (int64_t[]){1, 2, 4, 3}, 4);
    add_typed_input(w, "matrix", 1, (int64_t[]){2, 3}, 2);
    add_typed_input(w, "vector", 1, (int64_t[]){2}, 1);
    add_typed_input(w, "scalar", 1, NULL, 0);
    add_typed_input(w, "halves", 10, (int64_t[]){2, 3}, 2);
    add_typed_input(w, "bytes", 2, (int64_t[]){3}, 1);
    add_typed_input(w, "volume", 1, (int64_t[]){1, 2, 2, 4, 3}, 5);
    add_typed_input(w, "state", 1, (int64_t[]){1, 1, 1}, 3);
    add_typed_input(w, "kernel", 1, (int64_t[]){2, 2, 1, 1}, 4);
    add_typed_input(w, "truth", 9, (int64_t[]){2, 1}, 2);
    add_typed_input(w, "none_of_it", 7, (int64_t[]){0, 3}, 2);
    add_constant(w, "zero", int_attribute("value", 0));
    add_constant(w, "one", int_attribute("value", 1));
    add_constant(w, "two", int_attribute("value", 2));
    add_constant(w, "true", int_attribute("value", 1));
    add_constant(w, "minus_one", int_attribute("value", -1));
    add_constant(w, "huge", int_attribute("value", INT64_MAX));
    add_constant(w, "lowest", int_attribute("value", INT64_MIN));
    add_constant(w, "float32_id", int_attribute("value", 43));
    add_constant(w, "half", float_attribute("value", 0.5f));
    add_constant(w, "nan", float_attribute("value", __builtin_nanf("")));
    add_constant(w, "infinity", float_attribute("value", __builtin_inff()));
    add_constant(w, "no_ints", ints_attribute("value", ints, 0));
    add_constant(w, "int1", ints_attribute("value", ints, 1));
    add_constant(w, "ints2", ints_attribute("value", ints, 2));
    add_constant(w, "origin", ints_attribute("value", (int64_t[]){0, 0}, 2));
    add_constant(w, "ints4", ints_attribute("value", ints, 4));
    add_constant(w, "ints6", ints_attribute("value", ints, 6));
    add_constant(w, "ints9", ints_attribute("value", ints, 9));
    add_constant(w, "hostile_ints", ints_attribute("value", hostile, 3));
    add_constant(w, "places", tensor_attribute("value", &vector));
    add_constant(w, "nothing", kind_attribute("value", 25));
    add_constant(w, "monad", kind_attribute("value", 23));
    add_constant(w, "odd_kind", kind_attribute("value", 99));
    add_constant(w, "text", text_attribute("value", "same"));
    put_message(&nested, 17, &pair);
    put_message(&nested, 17, &pair);
    add_constant(w, "nested", nested);
    add_constant(w, "weights", tensor_attribute("value", &matrix));
    add_op(w, "pair", "MakeTuple", "matrix matrix");
    add_op(w, "mixed", "MakeTuple", "one half text");
}

static const char *sensible_input(const struct op *op, const char *word) {
    static const struct {
        const char *words, *input;
    } usual[] = {{"x* ", "pair"},
                 {"gamma beta mean variance b ", "vector"},
                 {"w ", "kernel"},
                 {"c mask ", "truth"},
                 {"value on off ", "scalar"},
                 {"indices ", "places"},
                 {"shape size end strides multiples ", "ints2"},
                 {"begin ", "origin"},
                 {"h c ", "state"}};
    const int32_t index = op ? op_attr_index(op, word) : -1;
    if (strcmp(word, "x") == 0 && one_in(3))
        return images == FLAT ? "image" : "volume";
    for (size_t i = 0; index < 0 && i < COUNT(usual); i++) {
        const char *found = strstr(usual[i].words, word);
        if (found && found[strlen(word)] == ' ' && !one_in(4))
            return usual[i].input;
    }
    if (index < 0)
        return PICK(tensors);
    switch (op->about.attrs[index].kind) {
    case MSW_ATTR_FLOAT:
    case MSW_ATTR_FLOATS: return PICK(reals);
    case MSW_ATTR_INT: return PICK(numbers);
    default: return PICK(lists);
    }
}

static const char *any_input(const struct op *op, const char *word) {
    if (!one_in(4))
        return sensible_input(op, word);
    switch (test_below(&random_state, 5)) {
    case 0: return PICK(tensors);
    case 1: return PICK(numbers);
    case 2: return PICK(lists);
    case 3: return PICK(reals);
    default: return PICK(others);
    }
}

/* The node's inputs, one a word of its row, or some too few, or one too many. */
static void draw_inputs(const struct row *row, char *inputs, size_t room) {
    const struct op *op = row->op ? op_find(row->op) : NULL;
    size_t used = 0;
    inputs[0] = '\0';
    for (const char *at = row->words; *at;) {
        char word[32] = {0};
        const size_t length = strcspn(at, " ");
        memcpy(word, at, length);
        at += length + (at[length] == ' ');
        if (word[length - 1] == '?')
            word[length - 1] = '\0';
        if (one_in(20))
            return;
        used += (size_t)snprintf(inputs + used, room - used, "%s ", any_input(op, word));
    }
    if (one_in(20))
        snprintf(inputs + used, room - used, "%s", one_in(2) ? "matrix" : "monad");
}

static struct bytes any_ints(const char *name, size_t count) {
    int64_t ints[6];
    for (size_t i = 0; i < COUNT(ints); i++)
        ints[i] = one_in(10) ? any_int() : 1;
    return ints_attribute(name, ints, count);
}

static struct bytes any_attribute(size_t which) {
    const char *name = attributes[which].name;
    if (!one_in(12)) {
        if (attributes[which].word)
            return text_attribute(name, attributes[which].word);
        if (attributes[which].counts[images] > 0)
            return any_ints(name, attributes[which].counts[images]);
        return strcmp(name, "epsilon") == 0 ? float_attribute(name, 1e-5f) : int_attribute(name, any_int());
    }
    switch (test_below(&random_state, 5)) {
    case 0: return int_attribute(name, any_int());
    case 1: return float_attribute(name, test_float(&random_state));
    case 2: return text_attribute(name, PICK(texts));
    case 3: return kind_attribute(name, one_in(2) ? 25 : 99);
    default: return any_ints(name, test_below(&random_state, 7));
    }
}

static void draw_primitive(struct model_writer *w, const struct row *row) {
    struct bytes primitive = {.used = 0};
    put_text(&primitive, PRIMITIVE_NAME, "p");
    put_text(&primitive, PRIMITIVE_OP_TYPE, row->spelling);
    for (size_t i = 0; i < COUNT(attributes) && strcmp(row->more, "plain") != 0; i++) {
        if (one_in(20))
            continue;
        const struct bytes attribute = any_attribute(i);
        put_message(&primitive, PRIMITIVE_ATTRIBUTE, &attribute);
    }
    put_message(&w->primitives, MODEL_PRIMITIVES, &primitive);
}

/* What the file says the node gives: mostly that nobody knows. */
static struct bytes any_declaration(void) {
    static const int64_t unknown[] = {-2}, open[] = {-1, -1, -1};
    const int64_t hostile[] = {any_int(), 3, any_int()};
    const int64_t *dims = one_in(2) ? unknown : one_in(8) ? hostile : open;
    const size_t rank = dims == unknown ? 1 : test_below(&random_state, 4);
    const struct bytes tensor = tensor_message(NULL, one_in(8) ? any_int() : 1, dims, rank, NULL, 0);
    const struct bytes one = tensor_attribute(one_in(4) ? "" : "shape", &tensor);
    if (!one_in(3))
        return one;
    struct bytes tuple = kind_attribute("shape", 20);
    const struct bytes element = tensor_attribute("", &tensor);
    for (size_t i = test_below(&random_state, 4); i > 0; i--)
        put_message(&tuple, 17, &element);
    return tuple;
}

static struct bytes draw_model(const struct row *row) {
    static struct model_writer pool, w, f;
    char inputs[200];
    if (pool.graph.used == 0) {
        put_text(&f.graph, GRAPH_NAME, "f");
        add_input(&f, "f:x", (int64_t[]){2}, 1);
        add_output(&f, "f:x");
        put_text(&pool.graph, GRAPH_NAME, "g");
        add_pool(&pool);
    }
    w.graph.used = w.primitives.used = 0;
    put_all(&w.graph, &pool.graph);
    put_all(&w.primitives, &pool.primitives);
    images = test_below(&random_state, IMAGES);
    draw_primitive(&w, row);
    draw_inputs(row, inputs, sizeof inputs);
    const struct bytes declared = any_declaration();
    add_shaped_node(&w, "n", "p", inputs, one_in(5) && row->op ? NULL : &declared);
    add_output(&w, "n");
    struct bytes file = finish_model(&w);
    put_message(&file, MODEL_FUNCTIONS, &f.graph);
    return file;
}

/* The refusal must say where: the node, as this file calls it, or what it makes. */
static void check_refusal(const struct row *row) {
    const struct msw_error *error = msw_error();
    if (error->status < MSW_USAGE || error->status > MSW_UNSUPPORTED)
        fail_msg("%s: status %d", row->spelling, (int)error->status);
    if (row->op && !strstr(error->text, "node '") && error->offset < 0)
        fail_msg("%s: '%s' does not say where", row->spelling, error->text);
    if (error->text[0] == '\0')
        fail_msg("%s: refused without a word", row->spelling);
}

static bool run(const struct row *row, const struct msw_model *model) {
    struct msw_run *run = msw_run_new(model, NULL);
    if (!run) {
        check_refusal(row);
        return false;
    }
    for (uint32_t i = 0; msw_run_input(run, i); i++)
        memset(msw_run_input(run, i)->data, 0, msw_run_input(run, i)->bytes);
    enum msw_status status = MSW_MORE;
    for (int i = 0; status == MSW_MORE && i < MAX_LOOPS; i++)
        status = msw_run_some(run, 10);
    if (status != MSW_OK)
        check_refusal(row);
    msw_run_free(run);
    return status == MSW_OK;
}

/* Returns whether it ran. */
static bool try_model(const struct row *row, const struct bytes *file) {
    unsigned char *exact = test_bytes(file->used);
    memcpy(exact, file->data, file->used);
    struct msw_model *model = msw_model_open(file->used);
    bool ran = false;
    if (drive_load(model, exact, file->used) == MSW_OK)
        ran = run(row, model);
    else
        check_refusal(row);
    msw_model_free(model);
    free(exact);
    return ran;
}

static void every_node_is_refused_by_name_or_runs(void **state) {
    (void)state;
    size_t rows_that_ran = 0;
    for (size_t i = 0; i < COUNT(rows); i++) {
        size_t ran = 0;
        random_state = i + 1;
        for (int k = 0; k < DRAWS; k++) {
            const struct bytes file = draw_model(&rows[i]);
            ran += try_model(&rows[i], &file);
        }
        rows_that_ran += ran > 0;
    }
    assert_true(rows_that_ran > COUNT(rows) * 3 / 4); /* or the test would be about refusals alone */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_node_is_refused_by_name_or_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
