/* Reads the rule from picture to tensor from the JSON file beside a model. Its keys and texts are the command line's, so its values are turned into
 * the texts that the command line would have. */
#include "image_rule.h"

#include "fail.h"
#include "file.h"
#include "json_in.h"

#define LARGEST_RULE_FILE 65536

static const char *text_of_json(const char *path, const char *key, json_t *value) {
    if (json_is_string(value))
        return json_string_value(value);
    if (json_is_number(value))
        return text_of("%.17g", json_number_value(value));
    const char *text = NULL;
    size_t i;
    json_t *item;
    json_array_foreach(value, i, item) text =
        json_is_number(item) ? text_of("%s%s%.17g", text ? text : "", text ? ":" : "", json_number_value(item)) : NULL;
    if (!text)
        fail(EXIT_INPUT, "%s: '%s': expected a text, a number or a list of numbers", shown(path), key);
    return text;
}

static void set_members(struct image_rule *rule, const struct image_rule_source *from, const char *path, json_t *object,
                        bool named) {
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value) if (image_rule_in_turn(key, named))
        image_rule_set(rule, from, key, text_of_json(path, key, value));
}

struct image_rule image_rule_read(const char *path) {
    struct image_rule rule = image_rule_none();
    const struct image_rule_source source = {shown(path), EXIT_INPUT};
    size_t bytes;
    const char *text = (const char *)file_read(path, LARGEST_RULE_FILE, &bytes);
    json_t *object = json_parse(shown(path), text, bytes, "a JSON object with size, filter, channels ...");
    if (!json_is_object(object))
        fail(EXIT_INPUT, "%s: not an object, expected one with %s", shown(path), image_rule_keys());
    set_members(&rule, &source, path, object, true);
    set_members(&rule, &source, path, object, false);
    json_decref(object);
    return image_rule_checked(&rule, &source);
}
