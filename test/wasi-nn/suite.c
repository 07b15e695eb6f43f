/* suite.c - a conformance suite for wasi:nn 0.2.0-rc-2024-10-28, as a WASI program that imports it: see README.md.
 *
 *     suite [--codes] FOLDER [CASE...]     FOLDER has suite.txt and models; without CASE, all. Answers in TAP, exits with 1 where a case failed.
 *     suite --list */
#include "suite.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_MODELS 32

uint32_t encoding;
static struct model models[MOST_MODELS];
static size_t model_count;
static bool strict_codes, failed;
static const char *missing; /* model that the present case would need */

static _Noreturn void stop(const char *what, const char *name) {
    printf("Bail out! %s: %s\n", what, name);
    exit(2);
}

bool check(bool good, const char *format, ...) {
    if (good)
        return true;
    failed = true;
    va_list args;
    va_start(args, format);
    printf("# ");
    vprintf(format, args);
    printf("\n");
    va_end(args);
    return false;
}

static void *read_file(const char *folder, const char *name, uint32_t *bytes) {
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END) != 0)
        stop("cannot be read", path);
    const long size = ftell(file);
    char *content = calloc(1, (size_t)size + 1);
    rewind(file);
    if (!content || fread(content, 1, (size_t)size, file) != (size_t)size)
        stop("cannot be read", path);
    fclose(file);
    *bytes = (uint32_t)size;
    return content;
}

/* NAME FILE in INPUT... out OUTPUT... */
static void read_model(const char *folder, char *name) {
    struct model *model = &models[model_count++];
    const char **to = model->inputs;
    size_t count = 0;
    char *file = strtok(NULL, " "), *word = file ? strtok(NULL, " ") : NULL;
    if (!word || strcmp(word, "in") != 0 || model_count == MOST_MODELS)
        stop("suite.txt: expected 'NAME FILE in INPUT... out OUTPUT...'", name);
    model->name = name;
    model->bytes.data = read_file(folder, file, &model->bytes.count);
    while ((word = strtok(NULL, " ")))
        if (strcmp(word, "out") == 0) {
            to = model->outputs;
            count = 0;
        } else if (count < 2)
            to[count++] = word;
}

static uint32_t encoding_of(const char *name) {
    static const char *const names[] = {"openvino",       "onnx", "tensorflow", "pytorch",
                                        "tensorflowlite", "ggml", "autodetect"};
    for (uint32_t i = 0; i < COUNT(names); i++)
        if (name && strcmp(names[i], name) == 0)
            return i;
    stop("suite.txt: no encoding of wasi:nn", name ? name : "");
}

static void read_suite(const char *folder) {
    uint32_t bytes;
    char *next = read_file(folder, "suite.txt", &bytes);
    while (*next) {
        char *line = next;
        next += strcspn(next, "\n");
        if (*next)
            *next++ = '\0';
        char *word = strtok(line, " ");
        if (word && strcmp(word, "encoding") == 0)
            encoding = encoding_of(strtok(NULL, " "));
        else if (word)
            read_model(folder, word);
    }
}

const struct model *model_of(const char *name) {
    for (size_t i = 0; i < model_count; i++)
        if (strcmp(models[i].name, name) == 0)
            return &models[i];
    missing = name;
    return NULL;
}

bool check_error(const char *what, bool is_error, uint32_t handle, uint32_t codes) {
    if (!check(is_error, "%s: went well, expected an error", what))
        return false;
    const uint32_t code = wasi_nn_error_code(handle);
    wasi_nn_drop_error(handle);
    if (codes >> code & 1)
        return true;
    if (strict_codes)
        return check(false, "%s: code %s", what, wasi_nn_code_name(code));
    printf("# note: %s: code %s, which says less than it could\n", what, wasi_nn_code_name(code));
    return true;
}

static const struct suite_case *const parts[] = {loading_cases, tensor_cases, computing_cases, ownership_cases};

static void run_case(const struct suite_case *one, size_t number) {
    failed = false;
    missing = NULL;
    printf("# %s\n", one->name); /* a trap leaves this as the last line */
    fflush(stdout);
    one->run();
    printf("%sok %zu - %s", failed ? "not " : "", number, one->name);
    if (missing && !failed)
        printf(" # SKIP no model %s", missing);
    printf("\n");
    fflush(stdout);
}

static bool chosen(const char *name, int count, char **names) {
    for (int i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return count == 0;
}

int main(int argc, char **argv) {
    const bool list = argc == 2 && strcmp(argv[1], "--list") == 0;
    strict_codes = argc > 1 && strcmp(argv[1], "--codes") == 0;
    const int first = strict_codes ? 2 : 1;
    if (argc <= first)
        stop("usage", "suite [--codes] FOLDER [CASE...] | suite --list");
    if (!list)
        read_suite(argv[first]);
    size_t cases = 0, failures = 0;
    for (size_t part = 0; part < COUNT(parts); part++)
        for (const struct suite_case *one = parts[part]; one->name; one++) {
            if (!list && !chosen(one->name, argc - first - 1, argv + first + 1))
                continue;
            cases++;
            if (list)
                printf("%s\n", one->name);
            else
                run_case(one, cases);
            failures += failed;
        }
    if (!list)
        printf("1..%zu\n", cases);
    return failures > 0 || cases == 0;
}
