/* mindir_external_test.c - a model whose parameters are in files beside it answers as one that holds them, and each way to be wrong has its message. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "read/mindir_writer.h"
/* mindir_writer.h first: its names are short */
#include "read/load_driver.h"

enum { DEPTH = 300, COLUMNS = 11, FIRST = 64, SECOND = 128 };
static const int64_t matrix[] = {DEPTH, COLUMNS}, row[] = {1, DEPTH}, columns[] = {COLUMNS};
static float w[DEPTH * COLUMNS], b[COLUMNS], x[DEPTH];

/* MindSpore's layout: 64 bytes, of which the first is 1. The matrix is in the second file, behind a gap. */
static struct {
    unsigned char head[FIRST];
    float numbers[COLUMNS];
} biases;
static struct {
    unsigned char head[SECOND];
    float numbers[DEPTH * COLUMNS];
} weights;

static int make_numbers(void **state) {
    (void)state;
    for (int i = 0; i < DEPTH * COLUMNS; i++)
        w[i] = (float)(i % 37) / 8 - 2;
    for (int i = 0; i < DEPTH; i++)
        x[i] = (float)(i % 5) - 2;
    for (int i = 0; i < COLUMNS; i++)
        b[i] = (float)i;
    biases.head[0] = weights.head[0] = 1;
    memcpy(biases.numbers, b, sizeof b);
    memcpy(weights.numbers, w, sizeof w);
    return 0;
}

static void put_external(struct bytes *tensor, const char *location, int64_t offset, int64_t length) {
    struct bytes external = {.used = 0};
    put_text(&external, 1, location);
    put_int(&external, 2, offset);
    put_int(&external, 3, length);
    put_message(tensor, 12, &external);
}

static void add_external(struct model_writer *m, const char *name, const int64_t *dims, size_t rank,
                         const char *location, int64_t offset, int64_t length) {
    struct bytes tensor = tensor_message(name, PROTO_FLOAT, dims, rank, NULL, 0);
    put_external(&tensor, location, offset, length);
    put_message(&m->graph, GRAPH_PARAMETER, &tensor);
}

/* x -> MatMul(x, w) -> Add(, b) */
static struct bytes finish_net(struct model_writer *m) {
    put_text(&m->graph, GRAPH_NAME, "g");
    add_input(m, "g:x", row, 2);
    add_op(m, "product", "MatMul", "g:x g:w");
    add_op(m, "sum", "Add", "product g:b");
    add_output(m, "sum");
    return finish_model(m);
}

static struct bytes net_in_files(void) {
    struct model_writer m = {.graph = {.used = 0}};
    add_external(&m, "g:w", matrix, 2, "net_variables/data_0", SECOND, sizeof w);
    add_external(&m, "g:b", columns, 1, "net_variables/data_1", FIRST, sizeof b);
    return finish_net(&m);
}

static enum msw_status load(struct msw_model **model, const struct bytes *file, size_t weight_bytes) {
    const struct held_file files[] = {{file->data, file->used}, {&weights, weight_bytes}, {&biases, sizeof biases}};
    *model = msw_model_open(file->used);
    assert_non_null(*model);
    return drive_load_files(*model, files, 3);
}

static void expect_error(const struct bytes *file, size_t weight_bytes, enum msw_status status, const char *text) {
    struct msw_model *model;
    assert_int_equal(load(&model, file, weight_bytes), status);
    assert_non_null(strstr(msw_error()->text, text));
    msw_model_free(model);
}

static void weights_in_files_give_the_right_numbers(void **state) {
    (void)state;
    const struct bytes file = net_in_files();
    struct msw_model *model;
    assert_int_equal(load(&model, &file, sizeof weights), MSW_OK);
    assert_string_equal(msw_model_file(model, 1), "net_variables/data_0");
    assert_string_equal(msw_model_file(model, 2), "net_variables/data_1");
    assert_null(msw_model_file(model, 0));
    assert_null(msw_model_file(model, 3));
    assert_int_equal(msw_model_info(model)->parameters, DEPTH * COLUMNS + COLUMNS);
    struct msw_run *run = msw_run_new(model, NULL);
    assert_non_null(run);
    memcpy(msw_run_input(run, 0)->data, x, sizeof x);
    assert_int_equal(msw_run(run), MSW_OK);
    const float *z = msw_run_output(run, 0)->data;
    for (int j = 0; j < COLUMNS; j++) {
        float sum = 0; /* exact: eighths, and small */
        for (int k = 0; k < DEPTH; k++)
            sum += x[k] * w[k * COLUMNS + j];
        assert_true(z[j] == sum + b[j]);
    }
    msw_run_free(run);
    msw_model_free(model);
}

static void one_offset_in_two_files_is_two_constants(void **state) {
    (void)state;
    static struct {
        unsigned char head[FIRST];
        float numbers[COLUMNS];
    } ones = {.head = {1}}, twos = {.head = {1}};
    for (int i = 0; i < COLUMNS; i++) {
        ones.numbers[i] = 1;
        twos.numbers[i] = 20;
    }
    struct model_writer m = {.graph = {.used = 0}};
    put_text(&m.graph, GRAPH_NAME, "g");
    add_input(&m, "g:x", columns, 1);
    add_external(&m, "g:a", columns, 1, "ones", FIRST, sizeof b);
    add_external(&m, "g:b", columns, 1, "twos", FIRST, sizeof b);
    add_op(&m, "first", "Add", "g:x g:a");
    add_op(&m, "second", "Add", "first g:b");
    add_output(&m, "second");
    const struct bytes file = finish_model(&m);
    const struct held_file files[] = {{file.data, file.used}, {&ones, sizeof ones}, {&twos, sizeof twos}};
    struct msw_model *model = msw_model_open(file.used);
    assert_int_equal(drive_load_files(model, files, 3), MSW_OK);
    assert_int_equal(msw_model_info(model)->parameters, 2 * COLUMNS);
    struct msw_run *run = msw_run_new(model, NULL);
    assert_non_null(run);
    memset(msw_run_input(run, 0)->data, 0, sizeof b);
    assert_int_equal(msw_run(run), MSW_OK);
    for (int i = 0; i < COLUMNS; i++)
        assert_true(((const float *)msw_run_output(run, 0)->data)[i] == 21);
    msw_run_free(run);
    msw_model_free(model);
}

static void a_model_in_one_file_has_no_others(void **state) {
    (void)state;
    struct model_writer m = {.graph = {.used = 0}};
    add_parameter(&m, "g:w", matrix, 2, w, sizeof w);
    add_parameter(&m, "g:b", columns, 1, b, sizeof b);
    const struct bytes file = finish_net(&m);
    struct msw_model *model;
    assert_int_equal(load(&model, &file, 0), MSW_OK);
    assert_null(msw_model_file(model, 1));
    assert_int_equal(msw_model_file_size(model, 1, 100), MSW_USAGE);
    msw_model_free(model);
}

static void a_file_that_is_too_short_is_named_with_its_byte(void **state) {
    (void)state;
    const struct bytes file = net_in_files();
    static const size_t short_bytes[] = {0, 1, FIRST, sizeof weights - 1};
    for (size_t i = 0; i < 4; i++)
        expect_error(&file, short_bytes[i], MSW_INVALID, "'net_variables/data_0' ends at byte ");
    expect_error(&file, sizeof weights - 1, MSW_INVALID,
                 "'net_variables/data_0' ends at byte 13327, but constant 'w' reaches to byte 13328");

    struct model_writer m = {.graph = {.used = 0}};
    add_external(&m, "g:w", matrix, 2, "f", INT64_MAX - (int64_t)sizeof w, sizeof w);
    add_parameter(&m, "g:b", columns, 1, b, sizeof b);
    const struct bytes far = finish_net(&m);
    expect_error(&far, sizeof weights, MSW_INVALID,
                 "'f' ends at byte 13328, but constant 'w' reaches to byte 9223372036854775807");
}

static void a_host_that_tells_no_size_is_told(void **state) {
    (void)state;
    const struct bytes file = net_in_files();
    struct msw_model *model = msw_model_open(file.used);
    struct msw_request want;
    enum msw_status status;
    assert_null(msw_model_file(model, 1)); /* not known yet */
    while ((status = msw_load_step(model, &want)) == MSW_MORE && want.file == 0)
        memcpy(want.destination, file.data + want.offset, want.bytes);
    assert_int_equal(status, MSW_MORE);
    assert_int_equal(want.file, 1);
    assert_true(want.offset == 0 && want.bytes == FIRST);
    assert_int_equal(msw_load_step(model, &want), MSW_USAGE);
    assert_string_equal(msw_error()->text, "the size of 'net_variables/data_0' was not told (msw_model_file_size)");
    msw_model_free(model);
}

static void a_head_that_is_not_little_endian_is_refused(void **state) {
    (void)state;
    const struct bytes file = net_in_files();
    weights.head[0] = 0;
    expect_error(&file, sizeof weights, MSW_UNSUPPORTED,
                 "'net_variables/data_0': its first byte is 0, expected 1: little endian weights of MindSpore");
    weights.head[0] = 1;
}

/* A net whose matrix is elsewhere. */
static void expect_refused(const char *location, int64_t offset, int64_t length, const char *text) {
    struct model_writer m = {.graph = {.used = 0}};
    add_external(&m, "g:w", matrix, 2, location, offset, length);
    const struct bytes file = finish_net(&m);
    expect_error(&file, sizeof weights, MSW_INVALID, text);
    assert_true(msw_error()->offset > 0);
}

static void paths_that_could_leave_the_folder_are_refused(void **state) {
    (void)state;
    expect_refused("../secret", SECOND, sizeof w,
                   "constant 'w' is in '../secret', a path with a part of dots, expected a path to a file below the "
                   "model's folder");
    static const char *const others[] = {"", "/etc/passwd", "a/../../b", "a//b", "a/", "..\\b"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        expect_refused(others[i], SECOND, sizeof w, "expected a path to a file below the model's folder");
    expect_refused("a\nb/../c", SECOND, sizeof w, "'a?b/../c'"); /* nothing speaks to a terminal */
}

static void ranges_that_cannot_be_are_refused(void **state) {
    (void)state;
    expect_refused("f", -4, sizeof w, "constant 'w' begins at byte -4 of 'f', expected byte 64 or one behind it");
    expect_refused("f", 63, sizeof w, "begins at byte 63 of 'f'");
    expect_refused("f", INT64_MIN, sizeof w, "begins at byte -9223372036854775808 of 'f'");
    expect_refused("f", INT64_MAX, sizeof w, "begins at byte 9223372036854775807 of 'f'");
    expect_refused("f", SECOND, 4, "constant 'w': float32[300,11] needs 13200 bytes, of 'f' it has 4");
    expect_refused("f", SECOND, -4, "of 'f' it has -4");
    expect_refused("f", SECOND, INT64_C(1) << 60, "of 'f' it has 1152921504606846976");
}

static void numbers_in_two_places_are_refused(void **state) {
    (void)state;
    struct model_writer m = {.graph = {.used = 0}};
    struct bytes tensor = tensor_message("g:b", PROTO_FLOAT, columns, 1, b, sizeof b);
    put_external(&tensor, "f", FIRST, sizeof b);
    put_message(&m.graph, GRAPH_PARAMETER, &tensor);
    const struct bytes file = finish_net(&m);
    expect_error(&file, sizeof weights, MSW_INVALID, "constant 'b' is both here and in 'f'");
}

static void a_location_must_be_text(void **state) {
    (void)state;
    expect_refused("net\xff", SECOND, sizeof w, "invalid UTF-8");
    struct model_writer m = {.graph = {.used = 0}};
    struct bytes tensor = tensor_message("g:b", PROTO_FLOAT, columns, 1, NULL, 0), external = {.used = 0};
    put_bytes(&external, 1, "f\0/../g", 7);
    put_message(&tensor, 12, &external);
    put_message(&m.graph, GRAPH_PARAMETER, &tensor);
    struct bytes file = finish_net(&m);
    expect_error(&file, sizeof weights, MSW_INVALID, "a name with a NUL in it");

    char name[2001];
    memset(name, 'a', sizeof name - 1);
    name[2000] = '\0';
    m = (struct model_writer){.graph = {.used = 0}};
    add_external(&m, "g:b", columns, 1, name, FIRST, sizeof b);
    file = finish_net(&m);
    expect_error(&file, sizeof weights, MSW_INVALID, "text too long to be a name");
}

static void every_truncation_of_the_model_is_an_error(void **state) {
    (void)state;
    const struct bytes whole = net_in_files();
    for (size_t n = 0; n < whole.used; n++) {
        struct bytes file = whole;
        file.used = n;
        struct msw_model *model;
        const enum msw_status status = load(&model, &file, sizeof weights);
        if (status == MSW_OK) /* only the version was cut off */
            assert_true(n > whole.used - 8);
        else
            assert_true(msw_error()->text[0] != '\0');
        msw_model_free(model);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights_in_files_give_the_right_numbers),
        cmocka_unit_test(one_offset_in_two_files_is_two_constants),
        cmocka_unit_test(a_model_in_one_file_has_no_others),
        cmocka_unit_test(a_file_that_is_too_short_is_named_with_its_byte),
        cmocka_unit_test(a_host_that_tells_no_size_is_told),
        cmocka_unit_test(a_head_that_is_not_little_endian_is_refused),
        cmocka_unit_test(paths_that_could_leave_the_folder_are_refused),
        cmocka_unit_test(ranges_that_cannot_be_are_refused),
        cmocka_unit_test(numbers_in_two_places_are_refused),
        cmocka_unit_test(a_location_must_be_text),
        cmocka_unit_test(every_truncation_of_the_model_is_an_error),
    };
    return cmocka_run_group_tests(tests, make_numbers, NULL);
}
