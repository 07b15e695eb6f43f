/* Finds the orientation tag (0x0112) in a JPEG's APP1 segment: "Exif\0\0", then a TIFF header whose first directory holds it. */
#include "exif.h"

#include <stdbool.h>
#include <string.h>

#define ORIENTATION 0x0112

struct tiff {
    const uint8_t *bytes;
    size_t size;
    bool big_endian;
};

/* `wide` bytes at `offset`; beyond the end: 0. */
static uint32_t get(const struct tiff *tiff, size_t offset, size_t wide) {
    uint32_t value = 0;
    if (offset > tiff->size || wide > tiff->size - offset)
        return 0;
    for (size_t i = 0; i < wide; i++)
        value = value << 8 | tiff->bytes[tiff->big_endian ? offset + i : offset + wide - 1 - i];
    return value;
}

static int orientation_in(const struct tiff *tiff) {
    size_t directory = get(tiff, 4, 4);
    uint32_t entries = get(tiff, directory, 2);
    for (size_t i = 0; i < entries; i++) {
        size_t entry = directory + 2 + 12 * i;
        if (get(tiff, entry, 2) != ORIENTATION)
            continue;
        uint32_t value = get(tiff, entry + 8, 2);
        return value >= 1 && value <= 8 ? (int)value : 1;
    }
    return 1;
}

int exif_orientation(const uint8_t *jpeg, size_t size) {
    size_t at = 2;
    while (at + 4 <= size && jpeg[at] == 0xff && jpeg[at + 1] != 0xda) {
        size_t length = (size_t)jpeg[at + 2] << 8 | jpeg[at + 3];
        const uint8_t *segment = jpeg + at + 4;
        if (length < 2 || length > size - at - 2)
            return 1;
        if (jpeg[at + 1] == 0xe1 && length >= 16 && memcmp(segment, "Exif\0\0", 6) == 0) {
            struct tiff tiff = {segment + 6, length - 8, segment[6] == 'M'};
            return orientation_in(&tiff);
        }
        at += 2 + length;
    }
    return 1;
}
