/* Reads an input's file by its kind. */
#include "input_file.h"

#include <string.h>
#include <unistd.h>

#include "fail.h"
#include "file.h"
#include "image.h"
#include "json_in.h"
#include "npy.h"
#include "npz.h"

static struct image_rule image_rule(const struct input_reader *reader) {
    const char *given = option_text(reader->options, FLAG_IMAGE, NULL);
    if (given)
        return image_rule_parse(given);
    return reader->image_path && access(reader->image_path, F_OK) == 0 ? image_rule_read(reader->image_path)
                                                                       : image_rule_none();
}

static bool ends_in(const char *path, const char *end) {
    size_t length = strlen(path), tail = strlen(end);
    return length >= tail && strcmp(path + length - tail, end) == 0;
}

static bool begins_like_json(const uint8_t *bytes, size_t size) {
    size_t blank = strspn((const char *)bytes, " \t\r\n");
    return blank < size && (bytes[blank] == '[' || bytes[blank] == '{');
}

/* The only tensor, or the one at the input's own place. */
static struct array read_json(const char *path, const uint8_t *bytes, size_t size, const struct input_reader *reader,
                              size_t index) {
    const struct tensor *tensor = &reader->wanted->tensors[index];
    struct json_tensors tensors = json_tensors_parse(shown(path), (const char *)bytes, size);
    if (tensors.count != 1 && tensors.count != reader->wanted->count)
        fail(EXIT_INPUT, "%s: %zu tensors, expected 1 or the model's %zu", shown(path), tensors.count,
             reader->wanted->count);
    if (!tensor->dtype)
        fail(EXIT_INPUT, "%s: input '%s' takes any type, which JSON does not tell, expected a .npy", shown(path),
             tensor->name);
    return json_tensor(&tensors, tensors.count == 1 ? 0 : index, tensor->dtype->number, tensor->dtype->bytes,
                       tensor->dtype->name);
}

/* The kind of a file is told from its first bytes; its name only decides which message a broken one gets. */
struct array input_file_read(const struct input_reader *reader, struct input *input, size_t index) {
    const char *path = input->path;
    const struct tensor *tensor = &reader->wanted->tensors[index];
    size_t size, most = (size_t)reader->options->memory_limit;
    uint8_t *bytes = file_read(path, most, &size);
    if ((size >= 4 && memcmp(bytes, "PK\3\4", 4) == 0) || ends_in(path, ".npz"))
        return npz_read(path, tensor->name, most);
    if ((size >= 6 && memcmp(bytes, "\x93NUMPY", 6) == 0) || ends_in(path, ".npy"))
        return npy_parse(shown(path), bytes, size);
    if (begins_like_json(bytes, size) || ends_in(path, ".json"))
        return read_json(path, bytes, size, reader, index);
    struct picture picture = picture_decode(shown(path), bytes, size);
    struct image_rule rule = image_rule(reader);
    struct array array = image_to_array(shown(path), &picture, &rule);
    const int32_t *height = &array.dims[rule.channels_last ? 1 : 2];
    input->picture[0] = (int32_t)picture.width, input->picture[1] = (int32_t)picture.height;
    input->taken[0] = height[1], input->taken[1] = height[0];
    return tensor->dtype ? image_as_type(&array, tensor->dtype->number, tensor->dtype->bytes) : array;
}

bool input_file_holds_many(const char *path) {
    return ends_in(path, ".npz") || ends_in(path, ".json");
}

void input_file_check(const struct options *options) {
    const char *given = option_text(options, FLAG_IMAGE, NULL);
    if (given)
        image_rule_parse(given);
}
