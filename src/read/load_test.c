/* load_test.c - the conversation between a model that is being loaded and its host. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "read/load_driver.h"

/* Every allocation of the engine passes here (linked with --wrap): one of them can be made to fail. */
void *__real_host_alloc(size_t bytes);
void *__wrap_host_alloc(size_t bytes);
static long allocations, failing = -1;

void *__wrap_host_alloc(size_t bytes) {
    return allocations++ == failing ? NULL : __real_host_alloc(bytes);
}

static unsigned char *digits;
static size_t digits_bytes;

static int read_digits(void **state) {
    (void)state;
    FILE *file = fopen("test/models/digits.mindir", "rb");
    if (!file || fseek(file, 0, SEEK_END) != 0)
        return -1;
    digits_bytes = (size_t)ftell(file);
    digits = malloc(digits_bytes);
    if (!digits || fseek(file, 0, SEEK_SET) != 0)
        return -1;
    return fread(digits, 1, digits_bytes, file) == digits_bytes && fclose(file) == 0 ? 0 : -1;
}

static int free_digits(void **state) {
    (void)state;
    free(digits);
    return 0;
}

static void each_weight_is_asked_for_once(void **state) {
    (void)state;
    struct msw_model *model = msw_model_open(digits_bytes);
    size_t *asked = calloc(digits_bytes, sizeof *asked);
    struct msw_request want;
    enum msw_status status;
    while ((status = msw_load_step(model, &want)) == MSW_MORE) {
        assert_true(want.bytes > 0 && want.offset + want.bytes <= digits_bytes);
        memcpy(want.destination, digits + want.offset, want.bytes);
        for (size_t i = 0; i < want.bytes; i++)
            asked[want.offset + i]++;
    }
    assert_int_equal(status, MSW_OK);
    size_t often = 0;
    for (size_t i = 0; i < digits_bytes; i++)
        often += asked[i] > 3; /* head, outline and structure may each see a byte */
    assert_int_equal(often, 0);
    free(asked);
    msw_model_free(model);
}

static void a_model_can_be_given_up_at_any_request(void **state) {
    (void)state;
    for (int stop = 0; stop < 40; stop++) {
        struct msw_model *model = msw_model_open(digits_bytes);
        struct msw_request want;
        for (int i = 0; i < stop && msw_load_step(model, &want) == MSW_MORE; i++)
            memcpy(want.destination, digits + want.offset, want.bytes);
        msw_model_free(model);
    }
}

static void a_model_that_is_not_loaded_cannot_run(void **state) {
    (void)state;
    struct msw_model *model = msw_model_open(digits_bytes);
    assert_null(msw_run_new(model, NULL));
    assert_string_equal(msw_error()->text, "the model is not loaded");
    assert_null(msw_model_input(model, 0));
    assert_null(msw_model_output(model, 0));
    assert_null(msw_model_node(model, 0));
    msw_model_free(model);
}

static void a_failed_load_stays_failed(void **state) {
    (void)state;
    struct msw_model *model = msw_model_open(4);
    assert_int_equal(drive_load(model, "%PDF", 4), MSW_INVALID);
    assert_string_equal(msw_error()->text, "not a MindIR or ONNX file (it looks like a PDF document)");
    struct msw_request want;
    assert_int_equal(msw_load_step(model, &want), MSW_INVALID);
    assert_string_equal(msw_error()->text, "the model failed to load before");
    msw_model_free(model);
}

/* Load and run the digits net. True: it worked; false: something reported that there was no memory. */
static bool load_and_run(void) {
    struct msw_model *model = msw_model_open(digits_bytes);
    const enum msw_status status = model ? drive_load(model, digits, digits_bytes) : MSW_LIMIT;
    struct msw_run *run = status == MSW_OK ? msw_run_new(model, NULL) : NULL;
    if (run)
        assert_int_equal(msw_run(run), MSW_OK);
    else
        assert_int_equal(msw_error()->status, MSW_LIMIT);
    const bool worked = run != NULL;
    if (!worked)
        assert_non_null(strstr(msw_error()->text, "out of memory"));
    msw_run_free(run);
    msw_model_free(model);
    return worked;
}

static void any_allocation_may_fail(void **state) {
    (void)state;
    allocations = 0;
    failing = -1;
    assert_true(load_and_run());
    const long needed = allocations;
    assert_true(needed > 10);
    for (failing = 0; failing < needed; failing++) {
        allocations = 0;
        assert_false(load_and_run());
    }
    failing = -1;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_weight_is_asked_for_once),
        cmocka_unit_test(a_model_can_be_given_up_at_any_request),
        cmocka_unit_test(a_model_that_is_not_loaded_cannot_run),
        cmocka_unit_test(a_failed_load_stays_failed),
        cmocka_unit_test(any_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, read_digits, free_digits);
}
