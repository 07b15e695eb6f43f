/* protobuf_mutator_test.c - what the mutator makes of a message is another message, for otherwise the fuzzer would test nothing but the wire format. */
#include "read/protobuf_mutator.h"

#include "read/mindir_writer.h"

static unsigned char window[OUTLINE_WINDOW_BYTES];

/* Reads the structure of a file; false: it is broken. */
static bool is_message(const unsigned char *file, size_t bytes) {
    struct arena arena = {0};
    struct error err;
    struct outline outline;
    enum msw_status status;
    error_clear(&err);
    outline_begin(&outline, mindir_outline, bytes, window, &arena);
    while ((status = outline_step(&outline, &err)) == MSW_MORE)
        memcpy(window, file + outline.window_at, outline.window_bytes);
    arena_free(&arena);
    return status == MSW_OK;
}

/* Attributes of attributes, so that lengths have one byte, two bytes, and grow from one to two. */
static struct bytes sample(void) {
    static const int64_t numbers[12] = {1, 2, 3};
    struct model_writer w = {.graph = {.used = 0}};
    add_input(&w, "x", (int64_t[]){4}, 1);
    for (size_t i = 0; i < 12; i++) {
        const char name[] = {'c', (char)('a' + i), '\0'};
        add_constant(&w, name, ints_attribute("value", numbers, i));
        add_op(&w, name + 1, "Reshape", "x ca");
    }
    add_constant(&w, "half", float_attribute("value", 0.5f));
    add_output(&w, "a");
    return finish_model(&w);
}

static void what_comes_out_is_a_message_again(void **state) {
    (void)state;
    const struct bytes seed = sample();
    static struct bytes a, b;
    uint64_t random = 1;
    size_t changed = 0, rounds = 20000;
    a = seed;
    assert_true(is_message(a.data, a.used));
    for (size_t i = 0; i < rounds; i++) {
        const size_t room = sizeof b.data;
        b.used = i % 3 ? mutator_mutate(mindir_outline, &random, a.data, a.used, b.data, room)
                       : mutator_cross(mindir_outline, &random, a.data, a.used, seed.data, seed.used, b.data, room);
        if (b.used == 0)
            continue;
        assert_true(is_message(b.data, b.used));
        changed += b.used != a.used || memcmp(a.data, b.data, a.used) != 0;
        a = i % 50 ? b : seed;
    }
    assert_true(changed > rounds / 2);
}

static void what_does_not_fit_is_given_up(void **state) {
    (void)state;
    const struct bytes seed = sample();
    unsigned char *exact = test_bytes(seed.used);
    uint64_t random = 1;
    for (size_t i = 0; i < 1000; i++)
        assert_true(mutator_mutate(mindir_outline, &random, seed.data, seed.used, exact, seed.used) <= seed.used);
    free(exact);
}

static void what_is_no_message_is_left_alone(void **state) {
    (void)state;
    static const unsigned char noise[] = {0x00, 0x0f, 0xff, 0xff};
    unsigned char out[64];
    uint64_t random = 1;
    for (size_t i = 0; i < 100; i++)
        assert_int_equal(mutator_mutate(mindir_outline, &random, noise, i % 5, out, sizeof out), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_comes_out_is_a_message_again),
        cmocka_unit_test(what_does_not_fit_is_given_up),
        cmocka_unit_test(what_is_no_message_is_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
