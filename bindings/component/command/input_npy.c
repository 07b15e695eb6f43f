/* Inputs are .npy files here: what reads pictures, archives and JSON are libraries that WASI machines do not have. */
#include <string.h>

#include "fail.h"
#include "file.h"
#include "input_file.h"
#include "npy.h"

static const char *kind_of(const uint8_t *bytes, size_t size) {
    static const struct {
        const char *begin, *kind;
    } kinds[] = {
        {"PK\3\4", "an .npz, or another zip file"}, {"\x89PNG", "a PNG picture"}, {"\xff\xd8\xff", "a JPEG picture"}};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (size >= strlen(kinds[i].begin) && memcmp(bytes, kinds[i].begin, strlen(kinds[i].begin)) == 0)
            return kinds[i].kind;
    return "an unknown kind of file";
}

struct array input_file_read(const struct input_reader *reader, struct input *input, size_t index) {
    (void)index;
    const char *place = shown(input->path), *dot = strrchr(input->path, '.');
    size_t size;
    uint8_t *bytes = file_read(input->path, (size_t)reader->options->memory_limit, &size);
    const bool is_npy = size >= 6 && memcmp(bytes, "\x93NUMPY", 6) == 0;
    if (!is_npy && !(dot && strcmp(dot, ".npy") == 0))
        fail(EXIT_INPUT, "%s: %s, expected an .npy (numpy.save)", place, kind_of(bytes, size));
    return npy_parse(place, bytes, size);
}

bool input_file_holds_many(const char *path) {
    (void)path;
    return false;
}

void input_file_check(const struct options *options) {
    (void)options;
}
