/* typed_test.c - words become tensors and outputs words again; what is wrong is said, and all that came is freed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "canonical.h"
#include "compile/compiled.h"
#include "compile/typed.h"

struct compiled compiled;

static int held; /* lists that came and were not freed yet */

void abi_free(struct abi_list list) {
    if (list.count > 0) {
        msw_free(list.data);
        held--;
    }
}

/* A list as the canonical ABI hands it over. */
static size_t *give(size_t *words, const void *data, size_t count, size_t item) {
    words[0] = 1; /* of an empty list the address means nothing */
    words[1] = count;
    if (count > 0) {
        void *copy = msw_alloc(count * item);
        assert_non_null(copy);
        memcpy(copy, data, count * item);
        words[0] = (size_t)copy;
        held++;
    }
    return words + 2;
}

static void assert_error(const size_t *answer, size_t code, const char *text) {
    assert_int_equal(answer[0], 1);
    assert_int_equal(answer[1], code);
    assert_int_equal(answer[6], strlen((const char *)answer[5]));
    assert_string_equal((const char *)answer[5], text);
    assert_int_equal(held, 0);
}

enum { USAGE, INVALID, LIMIT, UNSUPPORTED };

/* Inputs of any shape, so the words hold lists of sizes. Their data type is known, as it is in all models but those of single operators. */
static int open_model(void **state) {
    (void)state;
    compiled = (struct compiled){.model = msw_model_from_operator("Add", 2, NULL, 0)};
    for (uint32_t i = 0; compiled.model && i < 2; i++)
        ((struct msw_tensor *)(uintptr_t)msw_model_input(compiled.model, i))->type.dtype = MSW_FLOAT32;
    return compiled.model && typed_prepare() ? 0 : -1;
}

static const size_t *add(const uint32_t *sizes, size_t rank, const float *x, size_t count) {
    size_t words[8], *next = words;
    for (int i = 0; i < 2; i++) {
        next = give(next, sizes, rank, sizeof *sizes);
        next = give(next, x, count, sizeof *x);
    }
    return typed_run(words);
}

static void outputs_lie_as_words_say(void **state) {
    (void)state;
    static const float x[] = {1, -2.5F, 3, 0, 1e30F, 7};
    const size_t *answer = add((uint32_t[]){2, 3}, 2, x, 6);
    assert_int_equal(answer[0], 0);
    assert_int_equal(answer[2], 2); /* sizes, then elements: addresses and counts */
    assert_memory_equal((const void *)answer[1], ((int32_t[]){2, 3}), 8);
    assert_int_equal(answer[4], 6);
    for (size_t i = 0; i < 6; i++)
        assert_true(((const float *)answer[3])[i] == x[i] + x[i]);
    assert_int_equal(held, 0);
}

static void shapes_may_change_from_call_to_call(void **state) {
    (void)state;
    for (uint32_t n = 0; n < 20; n++) {
        float x[20] = {0};
        x[n] = (float)n;
        const size_t *answer = add((uint32_t[]){n % 7 + 1}, 1, x, n % 7 + 1);
        assert_int_equal(answer[0], 0);
        assert_int_equal(answer[4], n % 7 + 1);
        assert_true(((const float *)answer[3])[0] == x[0] * 2);
    }
}

static void a_scalar_and_an_empty_tensor_have_their_elements(void **state) {
    (void)state;
    const size_t *answer = add(NULL, 0, (float[]){4}, 1);
    assert_int_equal(answer[0], 0);
    assert_int_equal(answer[2], 0);
    assert_int_equal(answer[4], 1);
    assert_true(((const float *)answer[3])[0] == 8);
    answer = add((uint32_t[]){3, 0}, 2, NULL, 0);
    assert_int_equal(answer[0], 0);
    assert_int_equal(answer[2], 2);
    assert_int_equal(answer[4], 0);
}

static void wrong_sizes_are_explained(void **state) {
    (void)state;
    static const float x[6];
    assert_error(add((uint32_t[]){2, 3}, 2, x, 5), INVALID, "input 'x0': shape [2,3] needs 6 values, got 5");
    assert_error(add((uint32_t[]){2, UINT32_MAX}, 2, x, 5), INVALID,
                 "input 'x0': dimension 1 is 4294967295, expected at most 2147483647");
    assert_error(add((uint32_t[]){65536, 65536, 65536, 65536}, 4, x, 1), INVALID,
                 "input 'x0': shape [65536,65536,65536,65536] needs more values than memory holds, got 1");
    assert_error(add((uint32_t[]){1, 1, 1, 1, 1, 1, 1, 1, 1}, 9, x, 1), INVALID,
                 "input 'x0': 9 dimensions, expected at most 8");
    /* and the next call is as good as the first */
    assert_int_equal(add((uint32_t[]){6}, 1, x, 6)[0], 0);
}

static void what_the_engine_refuses_is_said_in_its_words(void **state) {
    (void)state;
    size_t words[8], *next = give(words, (uint32_t[]){2}, 1, 4);
    next = give(next, (float[]){1, 2}, 2, 4);
    next = give(next, (uint32_t[]){3}, 1, 4);
    give(next, (float[]){1, 2, 3}, 3, 4);
    const size_t *answer = typed_run(words);
    assert_int_equal(answer[0], 1);
    assert_int_equal(answer[1], INVALID);
    assert_string_equal((const char *)answer[5], msw_error()->text);
    assert_int_equal(held, 0);
}

static void no_labels_are_an_empty_list(void **state) {
    (void)state;
    assert_int_equal(typed_labels()[1], 0);
}

static int end(void **state) {
    (void)state;
    return held;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outputs_lie_as_words_say),
        cmocka_unit_test(shapes_may_change_from_call_to_call),
        cmocka_unit_test(a_scalar_and_an_empty_tensor_have_their_elements),
        cmocka_unit_test(wrong_sizes_are_explained),
        cmocka_unit_test(what_the_engine_refuses_is_said_in_its_words),
        cmocka_unit_test(no_labels_are_an_empty_list),
    };
    return cmocka_run_group_tests(tests, open_model, end);
}
