/* The formatter, what fits into a message, and which error wins. */
#include "base/test.h"

#include <stdio.h>

#include "base/error.h"

static struct error err;

static int clear(void **state) {
    (void)state;
    memset(&err, 0xa5, sizeof err);
    error_clear(&err);
    return 0;
}

static void a_cleared_error_is_empty(void **state) {
    (void)state;
    assert_int_equal(err.about.status, MSW_OK);
    assert_int_equal(err.about.node, -1);
    assert_int_equal(err.about.offset, -1);
    assert_ptr_equal(err.about.text, err.text);
    assert_string_equal(err.text, "");
}

#define ASSERT_FORMAT(expected, ...)                                                                                   \
    do {                                                                                                               \
        error_clear(&err);                                                                                             \
        assert_false(error_set(&err, MSW_INVALID, __VA_ARGS__));                                                       \
        assert_string_equal(err.text, expected);                                                                       \
    } while (0)

static void numbers_print_as_printf_prints_them(void **state) {
    (void)state;
    static const int64_t numbers[] = {
        0, 1, -1, 9, 10, -10, 99999, INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN, UINT32_MAX, INT64_MIN + 1, 1000000007};
    for (size_t i = 0; i < COUNT(numbers); i++) {
        char wanted[128];
        (void)snprintf(wanted, sizeof wanted, "<%lld %d %zu>", (long long)numbers[i], (int32_t)(numbers[i] & 0xffff),
                       (size_t)numbers[i]);
        ASSERT_FORMAT(wanted, "<%l %d %z>", numbers[i], (int32_t)(numbers[i] & 0xffff), (size_t)numbers[i]);
    }
    ASSERT_FORMAT("-2147483648 2147483647", "%d %d", INT32_MIN, INT32_MAX);
}

static void types_print_with_their_shape(void **state) {
    (void)state;
    static const struct {
        struct msw_type type;
        const char *text, *shape;
    } cases[] = {
        {{.dtype = MSW_FLOAT32}, "float32[]", "[]"},
        {{.dtype = MSW_INT8, .rank = 1, .dims = {0}}, "int8[0]", "[0]"},
        {{.dtype = MSW_INT64, .rank = 3, .dims = {2, -1, 3}}, "int64[2,?,3]", "[2,?,3]"},
        {{.dtype = MSW_BOOL, .rank = 2, .dims = {-5, INT32_MIN}}, "bool[-5,-2147483648]", "[-5,-2147483648]"},
        {{.dtype = MSW_UINT8, .rank = 8, .dims = {1, 2, 3, 4, 5, 6, 7, 8}},
         "uint8[1,2,3,4,5,6,7,8]",
         "[1,2,3,4,5,6,7,8]"},
        {{.dtype = MSW_INT32, .rank = -1}, "int32[...]", "[...]"},
        {{.dtype = MSW_ANY, .rank = -1}, "any[...]", "[...]"},
        {{.dtype = MSW_FLOAT32, .rank = 9}, "float32[...]", "[...]"},
        {{.dtype = INT32_MAX}, "any[]", "[]"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        ASSERT_FORMAT(cases[i].text, "%t", &cases[i].type);
        ASSERT_FORMAT(cases[i].shape, "%x", &cases[i].type);
    }
}

static void data_types_print_by_name_alone_and_in_sets(void **state) {
    (void)state;
    ASSERT_FORMAT("float32 any any", "%k %k %k", MSW_FLOAT32, MSW_ANY, -1);
    ASSERT_FORMAT("()", "(%K)", 0u);
    ASSERT_FORMAT("(int8)", "(%K)", 1u << MSW_INT8);
    ASSERT_FORMAT("(float32, bool)", "(%K)", 1u << MSW_FLOAT32 | 1u << MSW_BOOL);
    ASSERT_FORMAT(
        "float32, int32, int8, uint8, int64, bool, float16, bfloat16, float64, int16, uint16, uint32, uint64, "
        "float8e4m3fn, float8e4m3fnuz, float8e5m2, float8e5m2fnuz, float8e8m0, int4, uint4, float4e2m1, int2, "
        "uint2",
        "%K", UINT32_MAX);
}

static void control_characters_of_both_sets_are_shown_as_questions(void **state) {
    (void)state;
    ASSERT_FORMAT("a?b?c\xc2\xa0\xc3\xa9", "%s",
                  "a\x1b"
                  "b\xc2\x9b"
                  "c\xc2\xa0\xc3\xa9");
}

static void codes_and_text_may_stand_side_by_side(void **state) {
    (void)state;
    const struct msw_type type = {.dtype = MSW_FLOAT32, .rank = 1, .dims = {3}};
    ASSERT_FORMAT("", "%s", "");
    ASSERT_FORMAT("no codes at all", "no codes at all");
    ASSERT_FORMAT("ab-17[3]float32[3]int8", "%s%s%d%l%x%t%k", "a", "b", -1, (int64_t)7, &type, &type, MSW_INT8);
}

static void control_characters_from_a_file_become_question_marks(void **state) {
    (void)state;
    ASSERT_FORMAT("a?b?c?d?", "%s",
                  "a\nb\x1b"
                  "c\x7f"
                  "d\x01");
    ASSERT_FORMAT(" ~\xc3\xa9\xe2\x82\xac", "%s", " ~\xc3\xa9\xe2\x82\xac"); /* printable ASCII and UTF-8 stay */
}

/* A message of `prefix` bytes of ASCII followed by one character over and over. */
static const char *long_text(size_t prefix, const char *character) {
    static char text[4 * ERROR_TEXT_BYTES];
    size_t used = prefix;
    memset(text, 'a', prefix);
    for (; used + strlen(character) < 3 * ERROR_TEXT_BYTES; used += strlen(character))
        memcpy(text + used, character, strlen(character));
    text[used] = '\0';
    return text;
}

static void text_of_511_bytes_fits_and_more_is_cut(void **state) {
    (void)state;
    char text[ERROR_TEXT_BYTES + 1];
    memset(text, 'x', sizeof text);
    text[ERROR_TEXT_BYTES - 1] = '\0';
    ASSERT_FORMAT(text, "%s", text);
    text[ERROR_TEXT_BYTES - 1] = 'x';
    text[ERROR_TEXT_BYTES] = '\0';
    error_clear(&err);
    error_set(&err, MSW_INVALID, "%s", text);
    assert_int_equal(strlen(err.text), ERROR_TEXT_BYTES - 1);
    assert_string_equal(err.text + ERROR_TEXT_BYTES - 4, "...");
    assert_memory_equal(err.text, text, ERROR_TEXT_BYTES - 4);
}

static void a_cut_never_splits_a_utf8_character(void **state) {
    (void)state;
    static const char *const characters[] = {"\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80"};
    for (size_t c = 0; c < COUNT(characters); c++) {
        const size_t length = strlen(characters[c]);
        for (size_t prefix = 0; prefix < 8; prefix++) {
            const char *text = long_text(prefix, characters[c]);
            const size_t whole = (ERROR_TEXT_BYTES - 4 - prefix) / length; /* characters that fit before the dots */
            error_clear(&err);
            error_set(&err, MSW_INVALID, "%s", text);
            assert_int_equal(strlen(err.text), prefix + whole * length + 3);
            assert_memory_equal(err.text, text, prefix + whole * length);
            assert_string_equal(err.text + prefix + whole * length, "...");
        }
    }
}

static void text_that_is_no_utf8_is_cut_all_the_same(void **state) {
    (void)state;
    error_set(&err, MSW_INVALID, "%s", long_text(0, "\x80"));
    assert_string_equal(err.text, "...");
}

static void the_first_error_wins(void **state) {
    (void)state;
    assert_false(error_set_at_byte(&err, MSW_UNSUPPORTED, 17, "first %d", 1));
    assert_false(error_set(&err, MSW_INVALID, "second"));
    assert_false(error_set_at_byte(&err, MSW_INVALID, 18, "third"));
    assert_false(error_no_memory(&err, 4));
    assert_int_equal(err.about.status, MSW_UNSUPPORTED);
    assert_int_equal(err.about.offset, 17);
    assert_string_equal(err.text, "byte 17: first 1");
    error_clear(&err);
    assert_false(error_set(&err, MSW_INVALID, "now"));
    assert_int_equal(err.about.status, MSW_INVALID);
    assert_int_equal(err.about.offset, -1);
    assert_string_equal(err.text, "now");
}

static void a_node_is_put_before_the_cause(void **state) {
    (void)state;
    error_set(&err, MSW_INVALID, "cause");
    error_add_node(&err, 5, "fc1\n", "MatMul");
    assert_string_equal(err.text, "node 'fc1?' (MatMul): cause");
    assert_int_equal(err.about.node, 5);
    assert_int_equal(err.about.status, MSW_INVALID);
    error_clear(&err);
    error_set(&err, MSW_LIMIT, "cause");
    error_add_node(&err, 0, NULL, "Add");
    assert_string_equal(err.text, "Add: cause");
    assert_int_equal(err.about.node, 0);
}

static void a_node_with_an_endless_name_shows_its_end_and_the_cause(void **state) {
    (void)state;
    static const char *const characters[] = {"n", "\xc3\xa9", "\xe2\x86\x92", "\xf0\x9f\x98\x80"};
    for (size_t c = 0; c < COUNT(characters); c++) {
        const size_t bytes = strlen(characters[c]), shown = 200 / bytes * bytes;
        error_clear(&err);
        error_set(&err, MSW_INVALID, "cause");
        error_add_node(&err, 1, long_text(1, characters[c]), "Add");
        assert_int_equal(strlen(err.text), strlen("node '...' (Add): cause") + shown);
        assert_memory_equal(err.text, "node '...", 9);
        assert_memory_equal(err.text + 9, characters[c], bytes);
        assert_string_equal(err.text + 9 + shown, "' (Add): cause");
    }
}

/* Calls inside calls. */
static void a_cause_behind_many_nodes_is_kept(void **state) {
    (void)state;
    error_set(&err, MSW_LIMIT, "cause");
    for (int32_t i = 0; i < 64; i++)
        error_add_node(&err, i, "a_name_of_some_length", "Call");
    assert_non_null(strstr(err.text, "node 'a_name_of_some_length' (Call): cause"));
    assert_true(strlen(err.text) > 400 && strlen(err.text) < ERROR_TEXT_BYTES);
    assert_int_equal(err.about.node, 63);
}

static void out_of_memory_says_how_much(void **state) {
    (void)state;
    assert_false(error_no_memory(&err, 123));
    assert_int_equal(err.about.status, MSW_LIMIT);
    assert_string_equal(err.text, "out of memory: 123 more bytes were needed");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(control_characters_of_both_sets_are_shown_as_questions, clear),
        cmocka_unit_test_setup(a_cleared_error_is_empty, clear),
        cmocka_unit_test_setup(numbers_print_as_printf_prints_them, clear),
        cmocka_unit_test_setup(types_print_with_their_shape, clear),
        cmocka_unit_test_setup(data_types_print_by_name_alone_and_in_sets, clear),
        cmocka_unit_test_setup(codes_and_text_may_stand_side_by_side, clear),
        cmocka_unit_test_setup(control_characters_from_a_file_become_question_marks, clear),
        cmocka_unit_test_setup(text_of_511_bytes_fits_and_more_is_cut, clear),
        cmocka_unit_test_setup(a_cut_never_splits_a_utf8_character, clear),
        cmocka_unit_test_setup(text_that_is_no_utf8_is_cut_all_the_same, clear),
        cmocka_unit_test_setup(the_first_error_wins, clear),
        cmocka_unit_test_setup(a_node_is_put_before_the_cause, clear),
        cmocka_unit_test_setup(a_node_with_an_endless_name_shows_its_end_and_the_cause, clear),
        cmocka_unit_test_setup(a_cause_behind_many_nodes_is_kept, clear),
        cmocka_unit_test_setup(out_of_memory_says_how_much, clear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
