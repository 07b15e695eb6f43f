/* The rule from picture to tensor against numpy's results (test/vectors/images.json), bit for bit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "exif.h"
#include "image.h"

static struct picture picture_of(json_t *test) {
    struct picture picture = {
        .width = (uint32_t)json_integer_value(json_object_get(test, "width")),
        .height = (uint32_t)json_integer_value(json_object_get(test, "height")),
        .channels = (uint32_t)json_integer_value(json_object_get(test, "channels")),
    };
    json_t *pixels = json_object_get(test, "pixels");
    size_t count = (size_t)picture.width * picture.height * picture.channels;
    assert_int_equal(json_array_size(pixels), count);
    picture.pixels = test_malloc(count);
    for (size_t i = 0; i < count; i++)
        picture.pixels[i] = (uint8_t)json_integer_value(json_array_get(pixels, i));
    return picture;
}

static void check(json_t *test) {
    struct picture picture = picture_of(test);
    const char *image = json_string_value(json_object_get(test, "image"));
    struct image_rule rule = image[0] ? image_rule_parse(image) : image_rule_none();
    struct array array = image_to_array("test", &picture, &rule);
    json_t *shape = json_object_get(test, "shape"), *values = json_object_get(test, "values");
    assert_int_equal(array.rank, json_array_size(shape));
    for (size_t i = 0; i < (size_t)array.rank; i++)
        assert_int_equal(array.dims[i], json_integer_value(json_array_get(shape, i)));
    assert_int_equal(array.elements, json_array_size(values));
    for (size_t i = 0; i < array.elements; i++)
        if (array_number(&array, i) != json_number_value(json_array_get(values, i)))
            fail_msg("image '%s': value %zu is %.9g, expected %.9g", image, i, array_number(&array, i),
                     json_number_value(json_array_get(values, i)));
    test_free(picture.pixels);
}

static void gives_the_bits_that_numpy_gives(void **state) {
    (void)state;
    json_t *tests = json_load_file("test/vectors/images.json", 0, NULL);
    assert_true(json_array_size(tests) >= 20);
    size_t i;
    json_t *test;
    json_array_foreach(tests, i, test) check(test);
    json_decref(tests);
}

/* The picture 1 2 3 / 4 5 6 as each of EXIF's orientations shows it: 6 is turned right, 8 left, 2 4 5 7 are mirrored. */
static void turns_upright_as_exif_says(void **state) {
    (void)state;
    static const struct {
        uint32_t width;
        uint8_t pixels[6];
    } expected[] = {{3, {1, 2, 3, 4, 5, 6}}, {3, {3, 2, 1, 6, 5, 4}}, {3, {6, 5, 4, 3, 2, 1}}, {3, {4, 5, 6, 1, 2, 3}},
                    {2, {1, 4, 2, 5, 3, 6}}, {2, {4, 1, 5, 2, 6, 3}}, {2, {6, 3, 5, 2, 4, 1}}, {2, {3, 6, 2, 5, 1, 4}}};
    uint8_t pixels[] = {1, 2, 3, 4, 5, 6};
    const struct picture picture = {3, 2, 1, pixels};
    for (int orientation = 1; orientation <= 8; orientation++) {
        struct picture upright = picture_upright(&picture, orientation);
        assert_int_equal(upright.width, expected[orientation - 1].width);
        assert_memory_equal(upright.pixels, expected[orientation - 1].pixels, 6);
    }
}

/* SOI, APP1 with one directory entry, in both byte orders, and every truncation of it. */
static void reads_the_orientation_and_nothing_beyond_the_end(void **state) {
    (void)state;
    static const uint8_t little[] = "\xff\xd8\xff\xe1\x00\x22"
                                    "Exif\0\0"
                                    "II*\0\x08\0\0\0"
                                    "\x01\0"
                                    "\x12\x01\x03\0\x01\0\0\0\x06\0\0\0"
                                    "\0\0\0";
    static const uint8_t big[] = "\xff\xd8\xff\xe1\x00\x22"
                                 "Exif\0\0"
                                 "MM\0*\0\0\0\x08"
                                 "\0\x01"
                                 "\x01\x12\0\x03\0\0\0\x01\0\x08\0\0"
                                 "\0\0\0";
    assert_int_equal(exif_orientation(little, sizeof little), 6);
    assert_int_equal(exif_orientation(big, sizeof big), 8);
    for (size_t size = 0; size < sizeof little - 4; size++) {
        uint8_t *part = test_malloc(size + 1);
        memcpy(part, little, size);
        assert_int_equal(exif_orientation(part, size), 1);
        test_free(part);
    }
}

static void integers_are_rounded_half_to_even_and_cut(void **state) {
    (void)state;
    float values[] = {0.5F, 1.5F, 2.5F, -3.0F, 255.4F, 300.0F};
    static const uint8_t expected[] = {0, 2, 2, 0, 255, 255};
    const struct array image = {.number = 'f', .item = 4, .elements = 6, .rank = 1, .dims = {6}, .data = values};
    struct array bytes = image_as_type(&image, 'u', 1);
    assert_memory_equal(bytes.data, expected, 6);
    struct array doubles = image_as_type(&image, 'f', 8);
    assert_true(((double *)doubles.data)[4] == (double)values[4]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_the_bits_that_numpy_gives),
        cmocka_unit_test(turns_upright_as_exif_says),
        cmocka_unit_test(reads_the_orientation_and_nothing_beyond_the_end),
        cmocka_unit_test(integers_are_rounded_half_to_even_and_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
