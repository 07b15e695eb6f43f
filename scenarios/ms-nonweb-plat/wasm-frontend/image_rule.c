/* Reads the rule from picture to tensor from the command line's text; image_rule_json.c reads it from the file beside a model. */
#include "image_rule.h"

#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "suggest.h"

#define LARGEST_SIDE 65536

static const char *const keys[] = {"rule",     "crop",  "size", "filter", "antialias",
                                   "channels", "scale", "mean", "std",    "layout"};
#define KEY_COUNT (sizeof keys / sizeof keys[0])

const char *image_rule_keys(void) {
    return listed(keys, KEY_COUNT);
}

struct image_rule image_rule_none(void) {
    return (struct image_rule){
        .filter = FILTER_BILINEAR, .scale = 1, .deviation = {1, 1, 1}, .mean_count = 1, .deviation_count = 1};
}

/* What the ResNet50 program of 2020 did with a picture. */
static const char *const rule_names[] = {"resnet-2020"};
static const struct image_rule rules[] = {{.width = 224,
                                           .height = 224,
                                           .filter = FILTER_NEAREST,
                                           .channels = 3,
                                           .scale = 1,
                                           .mean = {123, 117, 104},
                                           .deviation = {58.395, 57.12, 57.375},
                                           .mean_count = 3,
                                           .deviation_count = 3}};

static _Noreturn void fail_key(const struct image_rule_source *from, const char *key, const char *value,
                               const char *expected) {
    fail(from->code, "%s: %s=%s, expected %s", from->place, key, shown(value), expected);
}

static void set_size(struct image_rule *rule, const struct image_rule_source *from, const char *value) {
    char *end, *last;
    long width = strtol(value, &end, 10);
    long height = *end == 'x' ? strtol(end + 1, &last, 10) : 0;
    if (width < 1 || height < 1 || width > LARGEST_SIDE || height > LARGEST_SIDE || *last != '\0' ||
        (uint64_t)width * (uint64_t)height > PICTURE_MAX_PIXELS)
        fail_key(from, "size", value, "WIDTHxHEIGHT, such as 224x224, of at most 64 Mpx");
    rule->width = (uint32_t)width;
    rule->height = (uint32_t)height;
}

/* Index of `value` in a list of texts. */
static size_t choose(const struct image_rule_source *from, const char *key, const char *value, const char *const *texts,
                     size_t count) {
    for (size_t i = 0; i < count; i++)
        if (strcmp(value, texts[i]) == 0)
            return i;
    fail_key(from, key, value, listed(texts, count));
}

/* "0.5" or "1/255" */
static double number(const struct image_rule_source *from, const char *key, const char *value) {
    char *end;
    double result = strtod(value, &end);
    if (*end == '/' && end != value) {
        char *divisor = end + 1;
        result /= strtod(divisor, &end);
        if (end == divisor)
            end = divisor - 1;
    }
    if (end == value || *end != '\0' || !(result > -1e30 && result < 1e30))
        fail_key(from, key, value, "a number, or a fraction such as 1/255");
    return result;
}

static void set_per_channel(const struct image_rule_source *from, const char *key, const char *value, double to[3],
                            size_t *count) {
    char *text = text_of("%s", value);
    *count = 0;
    for (char *next; text; text = next) {
        if ((next = strchr(text, ':')) != NULL)
            *next++ = '\0';
        if (*count == 3)
            fail_key(from, key, value, "one number, or three separated by ':'");
        to[(*count)++] = number(from, key, text);
    }
    if (*count == 2)
        fail_key(from, key, value, "one number, or three separated by ':'");
    if (*count == 1)
        to[1] = to[2] = to[0];
}

void image_rule_set(struct image_rule *rule, const struct image_rule_source *from, const char *key, const char *value) {
    static const char *const filters[] = {"nearest", "bilinear", "bicubic"}, *const layouts[] = {"nchw", "nhwc"},
                             *const channels[] = {"1", "3"}, *const crops[] = {"square"},
                             *const switches[] = {"0", "1"};
    if (strcmp(key, "rule") == 0)
        *rule = rules[choose(from, key, value, rule_names, sizeof rules / sizeof rules[0])];
    else if (strcmp(key, "crop") == 0)
        rule->square = choose(from, key, value, crops, 1) == 0;
    else if (strcmp(key, "size") == 0)
        set_size(rule, from, value);
    else if (strcmp(key, "filter") == 0)
        rule->filter = (enum image_filter)choose(from, key, value, filters, 3);
    else if (strcmp(key, "antialias") == 0)
        rule->antialias = choose(from, key, value, switches, 2) == 1;
    else if (strcmp(key, "channels") == 0)
        rule->channels = choose(from, key, value, channels, 2) == 0 ? 1 : 3;
    else if (strcmp(key, "scale") == 0)
        rule->scale = number(from, key, value);
    else if (strcmp(key, "mean") == 0)
        set_per_channel(from, key, value, rule->mean, &rule->mean_count);
    else if (strcmp(key, "std") == 0)
        set_per_channel(from, key, value, rule->deviation, &rule->deviation_count);
    else if (strcmp(key, "layout") == 0)
        rule->channels_last = choose(from, key, value, layouts, 2) == 1;
    else
        fail(from->code, "%s: unknown key '%s'%s, expected %s", from->place, shown(key),
             did_you_mean(key, keys, KEY_COUNT), image_rule_keys());
    for (size_t i = 0; i < 3; i++)
        if (!(rule->deviation[i] > 0))
            fail_key(from, "std", value, "numbers above 0");
}

struct image_rule image_rule_checked(const struct image_rule *rule, const struct image_rule_source *from) {
    if (rule->antialias && rule->filter == FILTER_NEAREST)
        fail(from->code, "%s: antialias=1 with filter=nearest, expected filter=bilinear or filter=bicubic",
             from->place);
    return *rule;
}

bool image_rule_in_turn(const char *key, bool named) {
    return (strcmp(key, "rule") == 0) == named;
}

static void set_pairs(struct image_rule *rule, const struct image_rule_source *from, const char *text, bool named) {
    char *pair = text_of("%s", text);
    for (char *next; pair; pair = next) {
        if ((next = strchr(pair, ',')) != NULL)
            *next++ = '\0';
        char *value = strchr(pair, '=');
        if (!value)
            fail(EXIT_USAGE, "--image: '%s', expected KEY=VALUE with %s", shown(pair), image_rule_keys());
        *value++ = '\0';
        if (image_rule_in_turn(pair, named))
            image_rule_set(rule, from, pair, value);
    }
}

struct image_rule image_rule_parse(const char *text) {
    struct image_rule rule = image_rule_none();
    const struct image_rule_source source = {"--image", EXIT_USAGE};
    set_pairs(&rule, &source, text, true);
    set_pairs(&rule, &source, text, false);
    return image_rule_checked(&rule, &source);
}
