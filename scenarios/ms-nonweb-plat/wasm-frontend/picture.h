/* picture.h - PNG and JPEG files as 8-bit pixels. */
#ifndef PICTURE_H
#define PICTURE_H

#include <stddef.h>
#include <stdint.h>

#define PICTURE_MAX_PIXELS (64U << 20)

/* Rows from top to bottom, channels together. channels is 1 (grey) or 3 (red, green, blue). */
struct picture {
    uint32_t width;
    uint32_t height;
    uint32_t channels;
    uint8_t *pixels;
};

/* Decode the bytes of a picture file, whose kind is told from its content. Ends the program with exit 3 for damaged or unknown ones and
 * for a PNG that is not opaque, with exit 4 above 64 Mpx. A JPEG's EXIF orientation is applied. */
struct picture picture_decode(const char *place, const uint8_t *bytes, size_t size);

/* The same for a PNG alone, without the JPEG library. */
struct picture picture_decode_png(const char *place, const uint8_t *bytes, size_t size);

/* Ends the program with exit 4 above 64 Mpx. */
void picture_check_size(const char *place, uint64_t width, uint64_t height);

/* For the tests of picture_decode's orientation: 1 to 8 as in EXIF, 1 is upright. */
struct picture picture_upright(const struct picture *picture, int orientation);

#endif
