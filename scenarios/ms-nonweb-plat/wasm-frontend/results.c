/* Shows and writes the outputs of a run. */
#include "results.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "caption.h"
#include "fail.h"
#include "json_out.h"
#include "npy.h"
#include "process.h"

#define FIRST_VALUES 10

const char *results_path(const char *directory, size_t index, const char *name) {
    char *safe = text_of("%.100s", name);
    for (char *c = safe; *c != '\0'; c++)
        if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.", *c))
            *c = '_';
    return text_of("%s/%zu_%s.npy", directory, index, safe);
}

void results_write(const struct results *results, const char *directory) {
    struct stat status;
    if (mkdir(directory, 0777) == -1 && errno != EEXIST)
        fail(EXIT_OURS, "%s: %s", shown(directory), process_error(directory, errno));
    if (stat(directory, &status) == 0 && !S_ISDIR(status.st_mode))
        fail(EXIT_OURS, "%s: %s, expected a directory", shown(directory), strerror(ENOTDIR));
    for (size_t i = 0; i < results->count; i++) {
        const char *path = results_path(directory, i, results->names[i]);
        int error = npy_write(path, &results->arrays[i]);
        if (error != 0)
            fail(EXIT_OURS, "%s: %s", shown(path), process_error(path, error));
    }
}

static void print_top(const struct results *results, const struct top *top) {
    const struct array *array = &results->arrays[0];
    size_t classes = array->elements / results->samples;
    struct top_place *places = need((classes + 1) * sizeof *places);
    for (size_t s = 0; s < results->samples; s++) {
        top_rank(array, s * classes, classes, places);
        for (size_t i = 0; i < classes && i < top->most; i++) {
            size_t index = places[i].index;
            const char *label = labels_at(&top->labels, index);
            if (results->each)
                printf("%zu: ", s);
            printf("%-12s %zu%s%s\n", array_element_text(array, s * classes + index), index, label ? " " : "",
                   label ? label : "");
        }
    }
}

static void print_values(const struct results *results) {
    for (size_t i = 0; i < results->count; i++) {
        const struct array *array = &results->arrays[i];
        printf("%zu %s %s %s:", i, results->names[i], array_type_name(array->number, array->item),
               array_shape_text(array->dims, array->rank));
        for (size_t k = 0; k < array->elements && k < FIRST_VALUES; k++)
            printf(" %s", array_element_text(array, k));
        puts(array->elements > FIRST_VALUES ? " ..." : "");
    }
}

static void json_places(struct json_out *out, const struct array *array, size_t first, size_t classes,
                        const struct top *top, struct top_place *places) {
    top_rank(array, first, classes, places);
    out_open(out, '[');
    for (size_t i = 0; i < classes && i < top->most; i++) {
        const char *label = labels_at(&top->labels, places[i].index);
        out_open_inline(out, '{');
        out_key(out, "index");
        out_integer(out, (int64_t)places[i].index);
        if (label) {
            out_key(out, "label");
            out_string(out, label);
        }
        out_key(out, "value");
        out_element(out, array, first + places[i].index);
        out_close(out, '}');
    }
    out_close(out, ']');
}

/* The list of places; with --each a list of such lists. */
static void json_top(struct json_out *out, const struct results *results, const struct top *top) {
    const struct array *array = &results->arrays[0];
    size_t classes = array->elements / results->samples;
    struct top_place *places = need((classes + 1) * sizeof *places);
    out_key(out, "top");
    if (results->each)
        out_open(out, '[');
    for (size_t s = 0; s < results->samples; s++)
        json_places(out, array, s * classes, classes, top, places);
    if (results->each)
        out_close(out, ']');
}

static void json_output(struct json_out *out, const char *name, const struct array *array) {
    out_open(out, '{');
    out_key(out, "name");
    out_string(out, name);
    out_key(out, "dtype");
    out_string(out, array_type_name(array->number, array->item));
    out_key(out, "shape");
    out_open_inline(out, '[');
    out_dims(out, array->dims, array->rank);
    out_close(out, ']');
    out_key(out, "values");
    out_open_inline(out, '[');
    out_elements(out, array);
    out_close(out, ']');
    out_close(out, '}');
}

static void print_json(const struct results *results, const struct top *top) {
    struct json_out out = {0};
    out_open(&out, '{');
    out_key(&out, "outputs");
    out_open(&out, '[');
    for (size_t i = 0; i < results->count; i++)
        json_output(&out, results->names[i], &results->arrays[i]);
    out_close(&out, ']');
    if (top->most > 0)
        json_top(&out, results, top);
    caption_json(&out, results);
    out_key(&out, "ms");
    times_json(&out, &results->times);
    out_key(&out, "module");
    out_string(&out, results->module);
    out_key(&out, "memory_bytes");
    out_integer(&out, (int64_t)results->memory_bytes);
    if (results->profile) {
        out_key(&out, "profile");
        profile_json(&out, results->profile);
    }
    out_close(&out, '}');
    out_finish(&out);
}

static void print_times(const struct times *times) {
    double *sorted = need(times->count * sizeof *sorted);
    memcpy(sorted, times->runs, times->count * sizeof *sorted);
    const double median = times_median(sorted, times->count);
    printf("run %.3f ms: median of %zu, from %.3f to %.3f", median, times->count, sorted[0], sorted[times->count - 1]);
    printf("; module %.3f ms, load %.3f ms, plan %.3f ms\n", times->module, times->load, times->plan);
}

void results_print(const struct results *results, const struct options *options, const struct top *top) {
    if (top->most > 0 && results->count == 0)
        fail(EXIT_INPUT, "--top: the model has no outputs");
    if (option_given(options, FLAG_JSON))
        print_json(results, top);
    else if (top->named)
        caption_print(results, top);
    else if (top->most > 0)
        print_top(results, top);
    else if (!option_given(options, FLAG_OUTPUT))
        print_values(results);
    if (option_given(options, FLAG_REPEAT) && !option_given(options, FLAG_JSON))
        print_times(&results->times);
    if (results->profile && !option_given(options, FLAG_JSON))
        profile_print(results->profile);
}
