/* Turns a picture into a tensor by the rule of docs/IMAGES.md, in this order: channels, size, scale, mean and deviation, layout.
 * All arithmetic is in double, in the order written here, and is rounded to float32 once at the end: the implementations in other
 * languages then give the same bits. */
#include "image.h"

#include <math.h>

#include "fail.h"

#define TAPS 4
#define CUBIC_A (-0.75)

/* One axis of a resize: output i is the sum over k of weight[i][k] * input[index[i][k]]. */
struct axis {
    size_t (*index)[TAPS];
    double (*weight)[TAPS];
};

/* Keys's cubic convolution kernel, at distance t >= 0. */
static double cubic(double t) {
    if (t <= 1)
        return ((CUBIC_A + 2) * t - (CUBIC_A + 3)) * t * t + 1;
    return t < 2 ? ((CUBIC_A * t - 5 * CUBIC_A) * t + 8 * CUBIC_A) * t - 4 * CUBIC_A : 0;
}

static size_t clamped(double position, uint32_t size) {
    return position<0 ? 0 : position>(double) size - 1 ? size - 1 : (size_t)position;
}

/* Pixel centres are at half coordinates; there is no antialiasing; beyond the edge the edge goes on. */
static struct axis new_axis(uint32_t from, uint32_t to, enum image_filter filter) {
    struct axis axis = {need(to * sizeof *axis.index), need(to * sizeof *axis.weight)};
    for (size_t i = 0; i < to; i++) {
        double centre = ((double)i + 0.5) * ((double)from / (double)to);
        double position = centre - 0.5, first = floor(position), part = position - first;
        double weights[TAPS] = {0, 1 - part, part, 0};
        if (filter == FILTER_NEAREST) {
            first = floor(centre);
            weights[1] = 1;
            weights[2] = 0;
        } else if (filter == FILTER_BICUBIC) {
            for (int k = 0; k < TAPS; k++)
                weights[k] = cubic(fabs(part - (double)(k - 1)));
        }
        for (int k = 0; k < TAPS; k++) {
            axis.index[i][k] = clamped(first + (double)(k - 1), from);
            axis.weight[i][k] = weights[k];
        }
    }
    return axis;
}

/* Channel c of a pixel. Red, green and blue become grey weighted as in BT.601; grey gives its value to each channel asked for. */
static double channel(const struct picture *picture, size_t pixel, uint32_t channels, size_t c) {
    const uint8_t *at = picture->pixels + pixel * picture->channels;
    if (channels == 1 && picture->channels == 3)
        return (0.299 * at[0] + 0.587 * at[1]) + 0.114 * at[2];
    return at[picture->channels == 1 ? 0 : c];
}

/* Along x first, then along y; taps ascending. */
static double *resize(const struct picture *picture, uint32_t channels, uint32_t width, uint32_t height,
                      enum image_filter filter) {
    struct axis across = new_axis(picture->width, width, filter), down = new_axis(picture->height, height, filter);
    size_t row = (size_t)width * channels;
    double *wide = need(picture->height * row * sizeof *wide), *result = need(height * row * sizeof *result);
    for (size_t y = 0; y < picture->height; y++)
        for (size_t x = 0; x < width; x++)
            for (size_t c = 0; c < channels; c++)
                for (int k = 0; k < TAPS; k++)
                    wide[y * row + x * channels + c] +=
                        across.weight[x][k] * channel(picture, y * picture->width + across.index[x][k], channels, c);
    for (size_t y = 0; y < height; y++)
        for (int k = 0; k < TAPS; k++)
            for (size_t i = 0; i < row; i++)
                result[y * row + i] += down.weight[y][k] * wide[down.index[y][k] * row + i];
    return result;
}

struct array image_as_type(const struct array *image, char number, size_t item) {
    if (number == image->number && item == image->item)
        return *image;
    struct array array = array_new(number, item, image->dims, image->rank);
    bool is_float = array_is_float(number);
    double least = is_float ? 0 : (double)array_least(number, item),
           most = is_float ? 0 : (double)array_most(number, item);
    for (size_t i = 0; i < array.elements; i++) {
        double value = array_number(image, i), whole = nearbyint(value);
        if (is_float)
            array_set_number(&array, i, value);
        else
            array_set_integer(&array, i, (int64_t)(whole < least ? least : whole > most ? most : whole));
    }
    return array;
}

struct array image_to_array(const char *place, const struct picture *picture, const struct image_rule *rule) {
    uint32_t channels = rule->channels ? rule->channels : picture->channels;
    uint32_t width = rule->width ? rule->width : picture->width, height = rule->height ? rule->height : picture->height;
    if (channels == 1 && (rule->mean_count == 3 || rule->deviation_count == 3))
        fail(EXIT_INPUT, "%s: three values of mean or std for a picture with one channel, expected one (or channels=3)",
             place);
    const double *resized = NULL;
    if (width != picture->width || height != picture->height)
        resized = resize(picture, channels, width, height, rule->filter);
    int32_t c = (int32_t)channels, h = (int32_t)height, w = (int32_t)width;
    struct array array = rule->channels_last ? array_new('f', 4, (const int32_t[]){1, h, w, c}, 4)
                                             : array_new('f', 4, (const int32_t[]){1, c, h, w}, 4);
    size_t pixels = (size_t)width * height;
    for (size_t i = 0; i < pixels; i++)
        for (size_t k = 0; k < channels; k++) {
            double value = resized ? resized[i * channels + k] : channel(picture, i, channels, k);
            value = (value * rule->scale - rule->mean[k]) / rule->deviation[k];
            array_set_number(&array, rule->channels_last ? i * channels + k : k * pixels + i, value);
        }
    return array;
}
