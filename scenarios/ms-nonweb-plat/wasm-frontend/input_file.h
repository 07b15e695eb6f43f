/* input_file.h - what kinds of files inputs may be. The WASI program has another implementation, bindings/component/command/input_npy.c. */
#ifndef INPUT_FILE_H
#define INPUT_FILE_H

#include "inputs.h"

/* What the inputs of a model are read by.
 *   image_path  the rule for pictures where --image is not given, used if it exists */
struct input_reader {
    const struct options *options;
    const struct tensor_list *wanted;
    const char *image_path;
};

/* Read the file of input `index`, and note the sizes of a picture in `input`. Ends the program with exit 3. */
struct array input_file_read(const struct input_reader *reader, struct input *input, size_t index);

/* Does its name say that it may hold all inputs of a model? */
bool input_file_holds_many(const char *path);

/* End the program where an option about files is wrong, also where none of that kind follows. */
void input_file_check(const struct options *options);

#endif
