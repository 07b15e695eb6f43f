/* wit_name_test.c - any text becomes a legal name, near to it and unlike its neighbours; what is given as a package is checked. */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fail.h" /* before cmocka.h, where fail is a macro */

#include "base/test.h"
#include "wit_name.h"

static void legal_names_are_told_from_others(void **state) {
    (void)state;
    static const char *const legal[] = {"a", "a1", "dense-layer", "x1-conv2d", "f32-tensor2", "record"};
    static const char *const others[] = {"",    "1",   "A",   "a-",  "-a",       "a--b",
                                         "a-1", "a_b", "a.b", "a b", "\xc3\xa9", "aB"};
    for (size_t i = 0; i < sizeof legal / sizeof legal[0]; i++)
        assert_true(wit_name_is_legal(legal[i]));
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_false(wit_name_is_legal(others[i]));
}

static void names_stay_readable(void **state) {
    (void)state;
    static const struct {
        const char *text, *name;
    } cases[] = {
        {"x", "x"},
        {"x.1/Conv_2D", "x1-conv2d"},
        {"probMap", "prob-map"},
        {"ReLU", "re-lu"},
        {"serving_default:0", "serving-default0"},
        {"0", "input0"},
        {"0/scores", "input0-scores"},
        {"__x__", "x"},
        {"", "input"},
        {"\xe8\xbe\x93\xe5\x85\xa5", "input"},
        {"caf\xc3\xa9 au lait", "caf-au-lait"},
        {"%[1]", "input1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(wit_name_of(cases[i].text, "input"), cases[i].name);
}

static void of_long_names_the_last_words_are_kept(void **state) {
    (void)state;
    assert_string_equal(
        wit_name_of("Default/network-MobileNetV2/backbone-SequentialCell/features-SequentialCell/17-ConvBNReLU/Softmax",
                    "x"),
        "sequential-cell-features-sequential-cell17-conv-bnre-lu-softmax");
    char word[201] = "first-";
    memset(word + 6, 'a', 194);
    const char *name = wit_name_of(word, "x");
    assert_int_equal(strspn(name, "a"), 64);
    assert_int_equal(strlen(name), 64);
}

static void doubles_get_a_number(void **state) {
    (void)state;
    static const char *const texts[] = {"x1", "x.1", "X1", "x1-n2", "aBa", "aba"};
    static const char *const names[] = {"x1", "x1-n2", "x1-n3", "x1-n2-n2", "a-ba", "aba-n2"};
    const char **made = wit_names_of(texts, 6, "input");
    for (size_t i = 0; i < 6; i++)
        assert_string_equal(made[i], names[i]);
}

static void any_bytes_become_legal_names_of_their_own(void **state) {
    (void)state;
    uint64_t random = 7;
    char texts[200][20];
    const char *list[200];
    for (int round = 0; round < 50; round++) {
        for (size_t i = 0; i < 200; i++) {
            const size_t length = test_below(&random, 19);
            for (size_t c = 0; c < length; c++)
                texts[i][c] = (char)(round % 2 ? 1 + (int)test_below(&random, 255) : "aB1-"[test_below(&random, 4)]);
            texts[i][length] = '\0';
            list[i] = texts[i];
        }
        const char **names = wit_names_of(list, 200, "input");
        for (size_t i = 0; i < 200; i++) {
            assert_true(wit_name_is_legal(names[i]));
            for (size_t j = 0; j < i; j++)
                assert_string_not_equal(names[i], names[j]);
        }
    }
}

static void a_file_gives_a_package(void **state) {
    (void)state;
    assert_string_equal(wit_package_of_file("models/digits.mindir"), "local:digits");
    assert_string_equal(wit_package_of_file("MobileNet_V2.1.mindir"), "local:mobile-net-v21");
    assert_string_equal(wit_package_of_file("a/.hidden"), "local:hidden");
    assert_string_equal(wit_package_of_file("./2024.mindir"), "local:model2024");
    assert_string_equal(wit_package_of_file("a.b/"), "local:model");
}

static void legal_packages_are_taken_as_they_are(void **state) {
    (void)state;
    static const char *const legal[] = {"acme:digits", "acme:digits@0.1.0", "my-org:mobile-net-v2@10.0.3", "a:b"};
    for (size_t i = 0; i < sizeof legal / sizeof legal[0]; i++)
        assert_string_equal(wit_package(legal[i]), legal[i]);
}

/* What a call of wit_package prints as it ends the process, and its exit code. */
static int refusal(const char *given, char *text, size_t room) {
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        wit_package(given);
        _exit(0);
    }
    close(ends[1]);
    size_t used = 0;
    for (ssize_t n; (n = read(ends[0], text + used, room - 1 - used)) > 0;)
        used += (size_t)n;
    text[used] = '\0';
    close(ends[0]);
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void illegal_packages_are_explained_with_the_nearest_legal_one(void **state) {
    (void)state;
    static const struct {
        const char *given, *what, *nearest;
    } cases[] = {
        {"digits", "no namespace", "'local:digits'"},
        {"", "no namespace", "'local:model'"},
        {"Acme:Digits", "'Acme' is no name of a namespace", "'acme:digits'"},
        {"acme:my_model", "'my_model' is no name of a package", "'acme:my-model'"},
        {"acme:2nd", "'2nd' is no name of a package", "'acme:model2nd'"},
        {"acme:digits/model", "'digits/model' is no name of a package", "'acme:digits-model'"},
        {"acme:", "'' is no name of a package", "'acme:model'"},
        {"a:b:c", "'b:c' is no name of a package", "'a:b-c'"},
        {"acme:digits@1.2", "'1.2' is no version", "'acme:digits@1.2.0'"},
        {"acme:digits@v01.2.3-rc", "'v01.2.3-rc' is no version", "'acme:digits@1.2.3'"},
        {"acme:digits@", "'' is no version", "'acme:digits'"},
        {"acme:digits@99999999999.0.0", "'99999999999.0.0' is no version", "'acme:digits@"},
        {"acme:\xe6\x95\xb0", "is no name of a package", "'acme:model'"},
        {"acme:abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcde", "longer than 64 bytes", "'acme:"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[4096];
        assert_int_equal(refusal(cases[i].given, text, sizeof text), EXIT_USAGE);
        assert_non_null(strstr(text, cases[i].what));
        assert_non_null(strstr(text, cases[i].nearest));
        /* and what it proposes is taken */
        char *proposed = strstr(text, "such as '") + 9;
        *strchr(proposed, '\'') = '\0';
        assert_string_equal(wit_package(proposed), proposed);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(legal_names_are_told_from_others),
        cmocka_unit_test(names_stay_readable),
        cmocka_unit_test(of_long_names_the_last_words_are_kept),
        cmocka_unit_test(doubles_get_a_number),
        cmocka_unit_test(any_bytes_become_legal_names_of_their_own),
        cmocka_unit_test(a_file_gives_a_package),
        cmocka_unit_test(legal_packages_are_taken_as_they_are),
        cmocka_unit_test(illegal_packages_are_explained_with_the_nearest_legal_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
