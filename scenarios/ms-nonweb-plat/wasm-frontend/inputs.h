/* inputs.h - the files of --input, bound to the inputs of a model. */
#ifndef INPUTS_H
#define INPUTS_H

#include "contract.h"
#include "options.h"

/* An input of a model.
 *   path    its file; NULL: made up (trial.h)
 *   whole   what the file holds, in the model's data type
 *   sample  what one run takes: the same, or one slice of the first axis
 *   keeps_axis  a slice has that axis still, with size 1
 *   name    the model's for it
 *   output  that becomes the input of the next run (--loop), or NULL; the file is for the first run then
 *   picture, taken  width and height of a picture, and of what the model gets of it; 0: the file is none */
struct input {
    const char *path, *name, *output;
    int32_t picture[2], taken[2];
    struct array whole;
    struct array sample;
    bool keeps_axis;
};

/* Read the files for all inputs that the model wants and check types and shapes. `image_path`: the rule for pictures where --image is not
 * given, used if it exists. With --each each file is a stack of samples; *samples is how many. Ends the program where something is
 * missing, twice, or does not fit. Where the command line says nothing of inputs or outputs, numbers are made up, and a note says so. */
struct input *inputs_read(const struct options *options, const struct tensor_list *wanted, const char *image_path,
                          size_t *samples);

/* Sample `index` of all inputs, as arrays for session_write. */
void inputs_sample(const struct input *inputs, size_t count, size_t index, struct array *arrays);

#endif
