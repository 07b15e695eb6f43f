/* A point between four pixels against the plain formula, bit by bit. */
#include "base/test.h"

#include "kernels/resize.h"

static void every_channel_lies_between_its_pixels(void **state) {
    (void)state;
    uint64_t seed = 52;
    for (size_t channels = 0; channels < 20; channels++) {
        float *pixel[4], *z = test_bytes(channels * sizeof *z), *wanted = test_bytes(channels * sizeof *wanted);
        const float across = 0.3125f, down = 0.1f;
        for (int i = 0; i < 4; i++)
            pixel[i] = test_floats(&seed, channels);
        for (size_t c = 0; c < channels; c++) {
            const float top = pixel[0][c] + (pixel[1][c] - pixel[0][c]) * across;
            const float bottom = pixel[2][c] + (pixel[3][c] - pixel[2][c]) * across;
            wanted[c] = top + (bottom - top) * down;
        }
        bilinear_point_f32(pixel[0], pixel[1], pixel[2], pixel[3], across, down, channels, z);
        test_same_floats(z, wanted, channels, "bilinear point");
        for (int i = 0; i < 4; i++)
            free(pixel[i]);
        free(z);
        free(wanted);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_channel_lies_between_its_pixels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
