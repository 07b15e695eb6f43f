/* Decodes PNG with libspng; what it leaves to the caller is decided here, and written down in docs/IMAGES.md. */
#include "picture.h"

#include <stdbool.h>
#include <string.h>

#include <spng.h>

#include "fail.h"

void picture_check_size(const char *place, uint64_t width, uint64_t height) {
    if (width * height > PICTURE_MAX_PIXELS)
        fail(EXIT_LIMIT, "%s: %llu x %llu pixels, expected at most %u in all", place, (unsigned long long)width,
             (unsigned long long)height, PICTURE_MAX_PIXELS);
}

static void spng_must(const char *place, int error, const char *what) {
    if (error)
        fail(EXIT_INPUT, "%s: PNG %s: %s", place, what, spng_strerror(error));
}

/* Transparency has no meaning for a model: a picture that uses it is refused instead of being laid over a colour nobody chose. */
static void drop_alpha(const char *place, uint8_t *pixels, size_t count, uint32_t channels) {
    for (size_t i = 0; i < count; i++) {
        if (pixels[4 * i + 3] != 255)
            fail(EXIT_INPUT, "%s: transparent at pixel %zu, expected an opaque picture", place, i);
        memmove(pixels + i * channels, pixels + 4 * i, channels); /* in place: a large picture exists once */
    }
}

/* libspng takes an index beyond the palette for black; here it is a damaged picture. */
static void check_palette(const char *place, const uint8_t *bytes, size_t size, const struct spng_ihdr *header) {
    spng_ctx *png = keep(spng_ctx_new(0));
    struct spng_plte palette;
    size_t packed_bytes, row_bytes = ((size_t)header->width * header->bit_depth + 7) / 8;
    if (!png)
        fail(EXIT_OURS, "out of memory");
    spng_set_png_buffer(png, bytes, size);
    spng_must(place, spng_get_plte(png, &palette), "palette (PLTE)");
    spng_must(place, spng_decoded_image_size(png, SPNG_FMT_PNG, &packed_bytes), "header (IHDR)");
    uint8_t *packed = need(packed_bytes);
    spng_must(place, spng_decode_image(png, packed, packed_bytes, SPNG_FMT_PNG, 0), "data (IDAT)");
    spng_ctx_free(png);
    unsigned depth = header->bit_depth, mask = (1U << depth) - 1;
    for (size_t y = 0; y < header->height; y++)
        for (size_t x = 0; x < header->width; x++) {
            size_t bit = x * depth; /* the leftmost pixel is in the high bits */
            unsigned index = packed[y * row_bytes + bit / 8] >> (8 - depth - bit % 8) & mask;
            if (index >= palette.n_entries)
                fail(EXIT_INPUT,
                     "%s: PNG data (IDAT): index %u at column %zu, row %zu, expected one of %u colours (PLTE)", place,
                     index, x, y, palette.n_entries);
        }
}

struct picture picture_decode_png(const char *place, const uint8_t *bytes, size_t size) {
    spng_ctx *png = keep(spng_ctx_new(0));
    struct spng_ihdr header;
    if (!png)
        fail(EXIT_OURS, "out of memory");
    spng_must(place, spng_set_png_buffer(png, bytes, size), "signature");
    spng_must(place, spng_get_ihdr(png, &header), "header (IHDR)");
    picture_check_size(place, header.width, header.height);
    if (header.color_type == SPNG_COLOR_TYPE_INDEXED)
        check_palette(place, bytes, size, &header);
    size_t pixels = (size_t)header.width * header.height;
    uint8_t *rgba = need(4 * pixels);
    spng_must(place, spng_decode_image(png, rgba, 4 * pixels, SPNG_FMT_RGBA8, SPNG_DECODE_TRNS), "data (IDAT)");
    spng_ctx_free(png);
    bool grey = header.color_type == SPNG_COLOR_TYPE_GRAYSCALE || header.color_type == SPNG_COLOR_TYPE_GRAYSCALE_ALPHA;
    uint32_t channels = grey ? 1 : 3;
    drop_alpha(place, rgba, pixels, channels);
    return (struct picture){header.width, header.height, channels, rgba};
}
