/* image.h - the rule from a picture to a tensor (docs/IMAGES.md). */
#ifndef IMAGE_H
#define IMAGE_H

#include <stdbool.h>

#include "array.h"
#include "picture.h"

enum image_filter { FILTER_NEAREST, FILTER_BILINEAR, FILTER_BICUBIC };

/* What was not asked for stays as the picture is.
 *   square         the largest square in the middle, not the whole
 *   width, height  0: the picture's own
 *   channels       0: the picture's own
 *   antialias      average when shrinking, also with a cubic kernel of its own (docs/IMAGES.md)
 *   mean, deviation  one for all channels, or one each; mean_count and deviation_count say which */
struct image_rule {
    bool square;
    uint32_t width;
    uint32_t height;
    enum image_filter filter;
    bool antialias;
    uint32_t channels;
    double scale;
    double mean[3];
    double deviation[3];
    size_t mean_count;
    size_t deviation_count;
    bool channels_last;
};

/* The rule that changes nothing. */
struct image_rule image_rule_none(void);

/* Parse "size=WxH,filter=..,mean=0.5:0.5:0.5"; ends the program with exit 2. */
struct image_rule image_rule_parse(const char *text);

/* Read the same keys from a JSON object; ends the program with exit 3. */
struct image_rule image_rule_read(const char *path);

/* [1, channels, height, width] or [1, height, width, channels] of float32. Cropping moves the pixels of `picture`. */
struct array image_to_array(const char *place, const struct picture *picture, const struct image_rule *rule);

/* The same as a model's type: rounded to nearest, half to even; for an integer type also cut to what it holds. */
struct array image_as_type(const struct array *image, char number, size_t item);

#endif
