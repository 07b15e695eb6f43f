/* ops_json.c - prints the operator table as JSON, with the text that never enters the module: help, test families, spellings.
 *
 *     {"operators": [{"name", "inputs": [min, max or null], "outputs" (or null), "dtypes": [..], "native": [..], "answer", "attributes": [{"name", "kind", "required"}],
 *                     "flags": [..], "tests", "doc", "spellings": {"MindIR": [..], "ONNX": [..]}}, ..]} */
#include <stdio.h>
#include <string.h>

#include "base/type.h"
#include "ops/op.h"

/* What the rows hold beyond the table of the engine. */
struct text {
    const char *tests, *doc;
};

static const struct text texts[] = {
#define OP(name, min, max, outputs, dtypes, check, prepare, packing, view, work, kernels, flags, answer, attrs,        \
           tests_, doc_)                                                                                               \
    {.tests = (tests_), .doc = (doc_)},
#include "ops/ops.def"
#undef OP
};

struct spelling {
    const char *op, *name;
};

static const struct spelling mindir[] = {
#define MINDIR(spelling, op_name, operands, more) {.op = #op_name, .name = #spelling},
#define STRUCTURE(spelling, make)
#include "read/mindir.def"
#undef MINDIR
#undef STRUCTURE
};

/* Those that are one operator each; another domain's than ai.onnx has its name before it. */
static const struct spelling onnx[] = {
#define AI ""
#define MS "com.microsoft."
#define ML "ai.onnx.ml."
#define TRAINING "ai.onnx.preview.training."
#define PREVIEW "ai.onnx.preview."
#define ONNX(domain, spelling, since, until, op_name, operands, attributes, more)                                      \
    {.op = #op_name, .name = domain #spelling},
#define COMPOSITE(domain, spelling, since, until, make)
#include "read/onnx.def"
#undef ONNX
#undef COMPOSITE
};

static const char *const answers[] = {"array", "numeric", "max_index"};
static const char *const attr_kinds[] = {"", "int", "ints", "float", "floats"};
static const char *const flag_names[] = {"in_place", "elementwise", "channels_last", "either_layout"};

/* The table is ours and plain ASCII: only quotes need escaping. */
static void print_string(const char *text) {
    putchar('"');
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            putchar('\\');
        putchar(*text);
    }
    putchar('"');
}

static void print_inputs(const struct msw_operator *op) {
    if (op->inputs_max == OP_MANY)
        printf("\"inputs\": [%d, null], ", op->inputs_min);
    else
        printf("\"inputs\": [%d, %d], ", op->inputs_min, op->inputs_max);
}

/* native: those with kernels of their own, the others go through float32 (ops/through_float.c) */
static void print_dtypes(const char *name, uint32_t dtypes) {
    const char *comma = "";
    printf("\"%s\": [", name);
    for (int32_t d = MSW_ANY + 1; d < DTYPE_END; d++) {
        if ((dtypes >> d & 1) == 0)
            continue;
        printf("%s\"%s\"", comma, dtype_info(d)->name);
        comma = ", ";
    }
    printf("], ");
}

static void print_attributes(const struct msw_operator *op) {
    printf("\"attributes\": [");
    for (int32_t i = 0; i < op->attr_count; i++)
        printf("%s{\"name\": \"%s\", \"kind\": \"%s\", \"required\": %s}", i ? ", " : "", op->attrs[i].name,
               attr_kinds[op->attrs[i].kind], op->attrs[i].required ? "true" : "false");
    printf("], ");
}

static void print_flags(uint32_t flags) {
    const char *comma = "";
    printf("\"flags\": [");
    for (size_t i = 0; i < sizeof flag_names / sizeof flag_names[0]; i++) {
        if ((flags >> i & 1) == 0)
            continue;
        printf("%s\"%s\"", comma, flag_names[i]);
        comma = ", ";
    }
    printf("], ");
}

/* Rows of one spelling follow each other: it is named once. */
static void print_format(const char *format, const struct spelling *list, size_t count, const char *op) {
    const char *last = NULL;
    printf("\"%s\": [", format);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(list[i].op, op) != 0 || (last && strcmp(last, list[i].name) == 0))
            continue;
        printf("%s\"%s\"", last ? ", " : "", list[i].name);
        last = list[i].name;
    }
    printf("]");
}

static void print_spellings(const char *op) {
    printf("\"spellings\": {");
    print_format("MindIR", mindir, sizeof mindir / sizeof mindir[0], op);
    printf(", ");
    print_format("ONNX", onnx, sizeof onnx / sizeof onnx[0], op);
    printf("}");
}

int main(void) {
    printf("{\"operators\": [\n");
    for (uint32_t i = 0; i < op_count; i++) {
        const struct msw_operator *op = &op_table[i]->about;
        printf(" {\"name\": \"%s\", ", op->name);
        print_inputs(op);
        if (op->outputs == OP_MANY)
            printf("\"outputs\": null, ");
        else
            printf("\"outputs\": %d, ", op->outputs);
        print_dtypes("dtypes", op->dtypes);
        print_dtypes("native", op_table[i]->native);
        printf("\"answer\": \"%s\", ", answers[op->answer]);
        print_attributes(op);
        print_flags(op_table[i]->flags);
        printf("\"tests\": ");
        print_string(texts[i].tests);
        printf(", \"doc\": ");
        print_string(texts[i].doc);
        printf(",\n  ");
        print_spellings(op->name);
        printf("}%s\n", i + 1 < op_count ? "," : "");
    }
    printf("]}\n");
    return ferror(stdout) ? 1 : 0;
}
