/* Every size of an element, every step, and in place. */
#include "base/test.h"

#include "kernels/select.h"

static void each_element_comes_from_the_tensor_that_its_mask_names(void **state) {
    (void)state;
    uint64_t seed = 81;
    for (size_t element = 1; element <= 8; element *= 2) {
        for (size_t n = 0; n < 20; n++) {
            for (unsigned steps = 0; steps < 8; steps++) {
                const size_t sm = steps & 1, sx = steps >> 1 & 1, sy = steps >> 2;
                const size_t nm = sm ? n : 1, nx = (sx ? n : 1) * element, ny = (sy ? n : 1) * element;
                unsigned char *mask = test_bytes(nm), *x = test_bytes(nx), *y = test_bytes(ny);
                unsigned char *z = test_bytes(n * element);
                for (size_t i = 0; i < nm; i++)
                    mask[i] = (unsigned char)test_below(&seed, 2);
                for (size_t i = 0; i < nx; i++)
                    x[i] = (unsigned char)test_random(&seed);
                for (size_t i = 0; i < ny; i++)
                    y[i] = (unsigned char)test_random(&seed);
                select_elements(mask, x, y, z, n, sm, sx, sy, element);
                for (size_t i = 0; i < n; i++)
                    assert_memory_equal(z + i * element, mask[i * sm] ? x + i * sx * element : y + i * sy * element,
                                        element);
                if (sx) {
                    select_elements(mask, x, y, x, n, sm, sx, sy, element);
                    assert_memory_equal(x, z, n * element);
                }
                free(mask);
                free(x);
                free(y);
                free(z);
            }
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_element_comes_from_the_tensor_that_its_mask_names)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
