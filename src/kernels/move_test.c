/* Gathering along strides, against the formula of the header with each index worked out from the position by division. */
#include "base/test.h"

#include "kernels/move.h"

static const size_t element_sizes[] = {1, 2, 4, 8};

/* Offset in x of z's element number `at`. */
static size_t source_of(size_t at, size_t rank, const size_t *dims, const size_t *steps) {
    size_t offset = 0;
    for (size_t i = rank; i-- > 0; at /= dims[i])
        offset += at % dims[i] * steps[i];
    return offset;
}

static void check(size_t rank, const size_t *dims, const size_t *steps, size_t element, uint64_t *seed) {
    size_t elements = 1, reach = 0;
    for (size_t i = 0; i < rank; i++) {
        elements *= dims[i];
        reach += (dims[i] ? dims[i] - 1 : 0) * steps[i];
    }
    const size_t x_bytes = elements ? (reach + 1) * element : 0; /* not one element more than is read */
    unsigned char *x = test_bytes(x_bytes), *z = test_bytes(elements * element);
    for (size_t i = 0; i < x_bytes; i++)
        x[i] = (unsigned char)test_random(seed);
    gather_strided(x, z, rank, dims, steps, element);
    for (size_t i = 0; i < elements; i++)
        if (memcmp(z + i * element, x + source_of(i, rank, dims, steps) * element, element) != 0)
            fail_msg("element %zu of %zu, rank %zu, %zu bytes each, is wrong", i, elements, rank, element);
    free(x);
    free(z);
}

static void elements_of_every_size_come_from_where_the_steps_say(void **state) {
    (void)state;
    static const size_t some[] = {0, 1, 1, 2, 3, 4, 5};
    static const size_t first[] = {0, 1, 3, 13, 17, 127};
    static const size_t any_step[] = {0, 1, 1, 2, 3, 7};
    uint64_t seed = 17;
    for (size_t round = 0; round < 4000; round++) {
        const size_t rank = 1 + test_below(&seed, 8);
        size_t dims[8], steps[8];
        for (size_t i = 0; i < rank; i++) {
            dims[i] = rank < 3 ? first[test_below(&seed, COUNT(first))] : some[test_below(&seed, rank > 5 ? 5 : 7)];
            steps[i] = any_step[test_below(&seed, COUNT(any_step))]; /* overlap and repetition are allowed */
        }
        check(rank, dims, steps, element_sizes[round % 4], &seed);
    }
}

static void every_transpose_up_to_rank_8_moves_each_element_once(void **state) {
    (void)state;
    static const size_t shapes[][8] = {{13},
                                       {5, 127},
                                       {3, 4, 5},
                                       {2, 3, 4, 5},
                                       {2, 1, 3, 2, 2},
                                       {2, 3, 1, 2, 2, 3},
                                       {2, 2, 2, 2, 2, 2, 2},
                                       {2, 3, 2, 1, 2, 2, 2, 2}};
    uint64_t seed = 18;
    for (size_t rank = 1; rank <= COUNT(shapes); rank++) {
        for (int round = 0; round < 30; round++) {
            size_t perm[8], dims[8], steps[8], dense[8];
            for (size_t i = 0; i < rank; i++) { /* a random permutation */
                const size_t k = test_below(&seed, i + 1);
                perm[i] = perm[k];
                perm[k] = i;
            }
            dense[rank - 1] = 1;
            for (size_t i = rank - 1; i > 0; i--)
                dense[i - 1] = dense[i] * shapes[rank - 1][i];
            for (size_t i = 0; i < rank; i++) {
                dims[i] = shapes[rank - 1][perm[i]];
                steps[i] = dense[perm[i]];
            }
            check(rank, dims, steps, element_sizes[round % 4], &seed);
        }
    }
}

static void a_tensor_without_elements_is_not_touched(void **state) {
    (void)state;
    uint64_t seed = 19;
    for (size_t hole = 0; hole < 4; hole++) {
        size_t dims[4] = {3, 4, 5, 6};
        dims[hole] = 0;
        for (size_t e = 0; e < COUNT(element_sizes); e++)
            check(4, dims, (const size_t[]){1, 2, 3, 1}, element_sizes[e], &seed);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(elements_of_every_size_come_from_where_the_steps_say),
        cmocka_unit_test(every_transpose_up_to_rank_8_moves_each_element_once),
        cmocka_unit_test(a_tensor_without_elements_is_not_touched),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
