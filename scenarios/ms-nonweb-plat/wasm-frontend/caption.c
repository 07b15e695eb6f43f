/* Says which class a picture belongs to, and what became of the picture on its way. */
#include "caption.h"

#include <math.h>
#include <stdio.h>

#include "fail.h"

static bool is_picture(const struct input *input) {
    return input->picture[0] > 0;
}

void caption_print(const struct results *results, const struct top *top) {
    for (size_t i = 0; i < results->input_count; i++) {
        const struct input *input = &results->inputs[i];
        if (!is_picture(input))
            continue;
        printf("original image dimensions: (%d, %d)\n", input->picture[0], input->picture[1]);
        printf("resized image dimensions: (%d, %d)\n", input->taken[0], input->taken[1]);
    }
    const char *image = results->input_count > 0 && is_picture(&results->inputs[0]) ? " image" : "";
    const size_t classes = results->arrays[0].elements / results->samples;
    struct top_place *places = need((classes + 1) * sizeof *places);
    for (size_t s = 0; s < results->samples && classes > 0; s++) {
        top_rank(&results->arrays[0], s * classes, classes, places);
        if (results->each)
            printf("%zu: ", s);
        if (isnan(places[0].value)) /* which comes last */
            printf("input%s belongs to no class: all values of the model's first output are NaN\n", image);
        else
            printf("input%s belongs to the class `%s`\n", image, labels_at(&top->labels, places[0].index));
    }
}

static void json_size(struct json_out *out, const char *key, const int32_t size[2]) {
    out_key(out, key);
    out_open(out, '[');
    out_dims(out, size, 2);
    out_close(out, ']');
}

void caption_json(struct json_out *out, const struct results *results) {
    bool any = false;
    for (size_t i = 0; i < results->input_count; i++) {
        const struct input *input = &results->inputs[i];
        if (!is_picture(input))
            continue;
        if (!any) {
            out_key(out, "images");
            out_open(out, '[');
        }
        any = true;
        out_open_inline(out, '{');
        out_key(out, "input");
        out_string(out, input->name);
        json_size(out, "original", input->picture);
        json_size(out, "resized", input->taken);
        out_close(out, '}');
    }
    if (any)
        out_close(out, ']');
}
