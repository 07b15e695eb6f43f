/* Turns a picture into a tensor by the rule of docs/IMAGES.md, in this order: crop, channels, size, scale, mean and deviation,
 * layout. All arithmetic is in double, in the order written here, and is rounded to float32 once at the end: the implementations in other
 * languages then give the same bits. */
#include "image.h"

#include <math.h>
#include <string.h>

#include "fail.h"

#define TAPS 4 /* of bicubic, at most, where nothing is averaged */

/* Element i of a resized axis is the sum over k of weight[k] * element(first + k); beyond the edge the edge goes on. */
struct terms {
    int64_t first;
    size_t count;
    double *weight;
};

/* Keys's cubic convolution kernel, at distance t >= 0. */
static double cubic(double t, double a) {
    if (t <= 1)
        return ((a + 2) * t - (a + 3)) * t * t + 1;
    return t < 2 ? ((a * t - 5 * a) * t + 8 * a) * t - 4 * a : 0;
}

/* Pixel centres are at half coordinates. */
static void interpolate(struct terms *terms, double centre, enum image_filter filter) {
    double position = centre - 0.5, first = filter == FILTER_NEAREST ? floor(centre) : floor(position);
    double part = position - first;
    terms->first = (int64_t)first - (filter == FILTER_BICUBIC);
    terms->count = filter == FILTER_NEAREST ? 1 : filter == FILTER_BILINEAR ? 2 : TAPS;
    if (filter == FILTER_BICUBIC)
        for (int k = 0; k < TAPS; k++)
            terms->weight[k] = cubic(fabs(part - (double)(k - 1)), -0.75);
    else if (filter == FILTER_BILINEAR)
        memcpy(terms->weight, (double[]){1 - part, part}, 2 * sizeof(double));
    else
        terms->weight[0] = 1;
}

/* The kernel as wide as an output element, over the elements inside the picture, its weights divided by their sum. */
static void average(struct terms *terms, double centre, double scale, uint32_t from, enum image_filter filter) {
    double reach = (filter == FILTER_BICUBIC ? 2 : 1) * scale, sum = 0;
    double first = fmax(0, floor(centre - reach + 0.5)), end = fmin(from, floor(centre + reach + 0.5));
    terms->first = (int64_t)first;
    terms->count = (size_t)(end - first);
    for (size_t k = 0; k < terms->count; k++) {
        double distance = fabs((first + (double)k + 0.5) - centre) / scale;
        double weight = filter == FILTER_BICUBIC ? cubic(distance, -0.5) : distance < 1 ? 1 - distance : 0;
        terms->weight[k] = weight;
        sum += weight;
    }
    for (size_t k = 0; k < terms->count; k++)
        terms->weight[k] /= sum;
}

static void find_terms(struct terms *terms, uint32_t from, uint32_t to, uint32_t i, const struct image_rule *rule) {
    double ratio = (double)from / (double)to, centre = ((double)i + 0.5) * ratio;
    if (rule->antialias)
        average(terms, centre, fmax(ratio, 1), from, rule->filter);
    else
        interpolate(terms, centre, rule->filter);
}

static size_t clamped(int64_t position, uint32_t size) {
    return position < 0 ? 0 : position >= (int64_t)size ? size - 1 : (size_t)position;
}

/* Channel c of a pixel. Red, green and blue become grey weighted as in BT.601; grey gives its value to each channel asked for. */
static double channel(const struct picture *picture, size_t pixel, uint32_t channels, size_t c) {
    const uint8_t *at = picture->pixels + pixel * picture->channels;
    if (channels == 1 && picture->channels == 3)
        return (0.299 * at[0] + 0.587 * at[1]) + 0.114 * at[2];
    return at[picture->channels == 1 ? 0 : c];
}

/* Along x first, then along y; terms ascending. */
static double *resize(const struct picture *picture, uint32_t channels, uint32_t width, uint32_t height,
                      const struct image_rule *rule) {
    uint32_t longest = picture->width > picture->height ? picture->width : picture->height;
    struct terms terms = {.weight = need((longest > TAPS ? longest : TAPS) * sizeof(double))};
    size_t row = (size_t)width * channels;
    double *wide = need(picture->height * row * sizeof *wide), *result = need(height * row * sizeof *result);
    for (uint32_t x = 0; x < width; x++) {
        find_terms(&terms, picture->width, width, x, rule);
        for (size_t y = 0; y < picture->height; y++)
            for (size_t k = 0; k < terms.count; k++) {
                size_t pixel = y * picture->width + clamped(terms.first + (int64_t)k, picture->width);
                for (size_t c = 0; c < channels; c++)
                    wide[y * row + x * channels + c] += terms.weight[k] * channel(picture, pixel, channels, c);
            }
    }
    for (uint32_t y = 0; y < height; y++) {
        find_terms(&terms, picture->height, height, y, rule);
        for (size_t k = 0; k < terms.count; k++) {
            const double *from = wide + clamped(terms.first + (int64_t)k, picture->height) * row;
            for (size_t i = 0; i < row; i++)
                result[y * row + i] += terms.weight[k] * from[i];
        }
    }
    return result;
}

/* The largest square in the middle, in place. */
static struct picture square(const struct picture *picture) {
    uint32_t side = picture->width < picture->height ? picture->width : picture->height;
    size_t left = (picture->width - side) / 2, top = (picture->height - side) / 2, c = picture->channels;
    for (size_t y = 0; y < side; y++)
        memmove(picture->pixels + y * side * c, picture->pixels + ((top + y) * picture->width + left) * c, side * c);
    return (struct picture){side, side, picture->channels, picture->pixels};
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

struct array image_to_array(const char *place, const struct picture *whole, const struct image_rule *rule) {
    const struct picture cropped = rule->square ? square(whole) : *whole, *picture = &cropped;
    uint32_t channels = rule->channels ? rule->channels : picture->channels;
    uint32_t width = rule->width ? rule->width : picture->width, height = rule->height ? rule->height : picture->height;
    if (channels == 1 && (rule->mean_count == 3 || rule->deviation_count == 3))
        fail(EXIT_INPUT, "%s: three values of mean or std for a picture with one channel, expected one (or channels=3)",
             place);
    const double *resized = NULL;
    if (width != picture->width || height != picture->height)
        resized = resize(picture, channels, width, height, rule);
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
