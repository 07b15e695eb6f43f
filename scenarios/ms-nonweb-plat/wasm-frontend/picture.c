/* Decodes JPEG with libjpeg-turbo, and leaves PNG to picture_png.c; what the libraries leave to the caller is written down in docs/IMAGES.md. */
#include "picture.h"

#include <stdbool.h>
#include <string.h>

#include <turbojpeg.h>

#include "exif.h"
#include "fail.h"

#define MOST_SCANS 500 /* of a progressive JPEG: each costs a pass over the whole picture */

static size_t count_scans(const uint8_t *bytes, size_t size) {
    size_t scans = 0;
    for (size_t i = 0; i + 1 < size; i++) /* inside of scan data a 0xff is followed by 0 or a restart marker */
        scans += bytes[i] == 0xff && bytes[i + 1] == 0xda;
    return scans;
}

static struct picture decode_jpeg(const char *place, const uint8_t *bytes, size_t size) {
    tjhandle jpeg = keep(tjInitDecompress());
    int width = 0, height = 0, subsampling, space;
    bool read = jpeg && tjDecompressHeader3(jpeg, bytes, size, &width, &height, &subsampling, &space) == 0;
    if (!read || width < 1 || height < 1)
        fail(EXIT_INPUT, "%s: JPEG header: %s", place, tjGetErrorStr2(jpeg));
    if (space == TJCS_CMYK || space == TJCS_YCCK)
        fail(EXIT_INPUT, "%s: JPEG in CMYK, expected grey or RGB", place);
    picture_check_size(place, (uint64_t)width, (uint64_t)height);
    size_t scans = count_scans(bytes, size);
    if (scans > MOST_SCANS)
        fail(EXIT_LIMIT, "%s: progressive JPEG with %zu scans, expected at most %d", place, scans, MOST_SCANS);
    bool grey = space == TJCS_GRAY;
    struct picture picture = {(uint32_t)width, (uint32_t)height, grey ? 1 : 3, NULL};
    picture.pixels = need((size_t)width * (size_t)height * picture.channels);
    /* Warnings (a truncated file) are errors here: half a picture is not an input. */
    if (tjDecompress2(jpeg, bytes, size, picture.pixels, width, 0, height, grey ? TJPF_GRAY : TJPF_RGB,
                      TJFLAG_ACCURATEDCT | TJFLAG_STOPONWARNING) != 0)
        fail(EXIT_INPUT, "%s: JPEG data: %s", place, tjGetErrorStr2(jpeg));
    tjDestroy(jpeg);
    return picture_upright(&picture, exif_orientation(bytes, size));
}

static const char *looks_like(const uint8_t *bytes, size_t size) {
    static const struct {
        size_t offset;
        const char *magic, *name;
    } kinds[] = {{0, "GIF8", "GIF"},      {0, "BM", "BMP"},    {8, "WEBP", "WebP"}, {4, "ftyp", "HEIC, AVIF or MP4"},
                 {0, "<svg", "SVG"},      {0, "<?xml", "SVG"}, {0, "II*", "TIFF"},  {0, "MM", "TIFF"},
                 {0, "\x93NUMPY", ".npy"}};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        size_t length = strlen(kinds[i].magic);
        if (size >= kinds[i].offset + length && memcmp(bytes + kinds[i].offset, kinds[i].magic, length) == 0)
            return kinds[i].name;
    }
    return size == 0 ? "an empty file" : "something else";
}

struct picture picture_decode(const char *place, const uint8_t *bytes, size_t size) {
    if (size >= 8 && memcmp(bytes, "\x89PNG\r\n\x1a\n", 8) == 0)
        return picture_decode_png(place, bytes, size);
    if (size >= 3 && memcmp(bytes, "\xff\xd8\xff", 3) == 0)
        return decode_jpeg(place, bytes, size);
    fail(EXIT_INPUT, "%s: looks like %s, expected a PNG or a JPEG", place, looks_like(bytes, size));
}

struct picture picture_upright(const struct picture *picture, int orientation) {
    if (orientation <= 1 || orientation > 8)
        return *picture;
    /* EXIF says where the first row and column of the file lie: 2 to 4 are mirrored and turned by halves, 5 to 8 on their side. */
    bool turned = orientation >= 5;
    bool flip_x = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
    bool flip_y = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
    struct picture upright = *picture;
    upright.width = turned ? picture->height : picture->width;
    upright.height = turned ? picture->width : picture->height;
    size_t c = picture->channels;
    upright.pixels = need((size_t)upright.width * upright.height * c);
    for (size_t y = 0; y < upright.height; y++)
        for (size_t x = 0; x < upright.width; x++) {
            size_t from_x = turned ? y : x, from_y = turned ? x : y;
            from_x = flip_x ? picture->width - 1 - from_x : from_x;
            from_y = flip_y ? picture->height - 1 - from_y : from_y;
            memcpy(upright.pixels + (y * upright.width + x) * c,
                   picture->pixels + (from_y * picture->width + from_x) * c, c);
        }
    return upright;
}
