/* threads_api_test.c - whole runs in one to four threads: the same bits for any number, also while one is starting or ending. */
#include "msw.h"

#include <pthread.h>

#include "base/test.h"

enum { MOST_THREADS = 4, MOST_INPUTS = 3, REPEATS = 5 };

/* Large enough that each splits, small enough for ThreadSanitizer; odd, so that ranges end within tiles. */
static const struct use {
    const char *what, *op;
    uint32_t inputs;
    struct msw_type types[MOST_INPUTS];
    struct msw_attr attrs[3];
    uint32_t attr_count;
} uses[] = {
#define F32(rank_, ...)                                                                                                \
    {                                                                                                                  \
        .dtype = MSW_FLOAT32, .rank = (rank_), .dims = { __VA_ARGS__ }                                                 \
    }
#define INTS(name_, ...)                                                                                               \
    {                                                                                                                  \
        .name = (name_), .kind = MSW_ATTR_INTS, .count = sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t),           \
        .values = (const int64_t[]) {                                                                                  \
            __VA_ARGS__                                                                                                \
        }                                                                                                              \
    }
#define PADS INTS("pads", 1, 1, 1, 1)
#define NO_ATTRS {{.name = NULL}}, 0
#define INT(name_, value)                                                                                              \
    {                                                                                                                  \
        .name = (name_), .kind = MSW_ATTR_INT, .count = 1, .values = (const int64_t[]) {                               \
            value                                                                                                      \
        }                                                                                                              \
    }
    {"MatMul", "MatMul", 2, {F32(2, 131, 117), F32(2, 117, 203)}, NO_ATTRS},
    {"MatMul in rounds", "MatMul", 2, {F32(2, 260, 300), F32(2, 300, 331)}, NO_ATTRS},
    {"MatMul of one row", "MatMul", 2, {F32(2, 1, 300), F32(2, 300, 1001)}, NO_ATTRS},
    {"MatMul of a batch", "MatMul", 2, {F32(3, 7, 65, 33), F32(3, 7, 33, 65)}, NO_ATTRS},
    {"Conv2D 3x3", "Conv2D", 2, {F32(4, 1, 16, 37, 41), F32(4, 24, 16, 3, 3)}, {PADS}, 1},
    {"Conv2D 1x1", "Conv2D", 2, {F32(4, 2, 33, 31, 29), F32(4, 50, 33, 1, 1)}, NO_ATTRS},
    {"small images", "Conv2D", 2, {F32(4, 1, 200, 7, 7), F32(4, 100, 200, 3, 3)}, {PADS}, 1},
    {"tiles of 4", "Conv2D", 2, {F32(4, 1, 16, 37, 41), F32(4, 24, 16, 3, 3)}, {PADS, INT("winograd", 4)}, 2},
    {"tiles of 2", "Conv2D", 2, {F32(4, 1, 16, 37, 41), F32(4, 24, 16, 3, 3)}, {PADS, INT("winograd", 2)}, 2},
    {"tiles of 4, weights in the run",
     "Conv2D",
     2,
     {F32(4, 1, 16, 37, 41), F32(4, 72, 16, 3, 3)},
     {PADS, INT("winograd", 4), INT("in_run", 1)},
     3},
    {"tiles of 2, weights in the run",
     "Conv2D",
     2,
     {F32(4, 1, 200, 7, 7), F32(4, 100, 200, 3, 3)},
     {PADS, INT("winograd", 2), INT("in_run", 1)},
     3},
    {"strides", "Conv2D", 2, {F32(4, 1, 3, 101, 99), F32(4, 32, 3, 3, 3)}, {INTS("strides", 2, 2), PADS}, 2},
    {"depthwise", "Conv2D", 2, {F32(4, 1, 96, 45, 43), F32(4, 96, 1, 3, 3)}, {INT("group", 96), PADS}, 2},
    {"groups", "Conv2D", 2, {F32(4, 1, 32, 45, 43), F32(4, 32, 8, 3, 3)}, {INT("group", 4)}, 1},
    {"MaxPool", "MaxPool", 1, {F32(4, 1, 64, 60, 61)}, {INTS("kernel", 3, 3), INTS("strides", 2, 2)}, 2},
    {"AvgPool", "AvgPool", 1, {F32(4, 1, 64, 60, 61)}, {INTS("kernel", 3, 3), INTS("strides", 2, 2)}, 2},
    {"Softmax", "Softmax", 1, {F32(3, 4, 129, 131)}, NO_ATTRS},
    {"LayerNorm", "LayerNorm", 3, {F32(3, 2, 131, 384), F32(1, 384), F32(1, 384)}, NO_ATTRS},
    {"Tanh", "Tanh", 1, {F32(2, 401, 403)}, NO_ATTRS},
    {"LeakyReLU", "LeakyReLU", 1, {F32(2, 401, 403)}, NO_ATTRS},
    {"Add", "Add", 2, {F32(4, 8, 61, 63, 7), F32(3, 61, 1, 7)}, NO_ATTRS},
    {"Transpose", "Transpose", 1, {F32(4, 3, 61, 63, 33)}, {INTS("perm", 0, 3, 1, 2)}, 1},
    {"ReduceSum", "ReduceSum", 1, {F32(3, 61, 63, 65)}, {INTS("axis", 1)}, 1},
    {"Concat", "Concat", 2, {F32(4, 2, 31, 33, 35), F32(4, 2, 31, 33, 35)}, {INT("axis", 1)}, 1},
};

struct running {
    struct msw_model *model;
    struct msw_run *run;
    void *expected;
    size_t bytes;
};

static struct running running[COUNT(uses)];
static struct msw_thread *blocks[MOST_THREADS - 1];
static pthread_t threads[MOST_THREADS - 1];

static void fill(const struct msw_run *run) {
    uint64_t seed = 11;
    for (uint32_t i = 0; msw_run_input(run, i); i++) {
        const struct msw_tensor *x = msw_run_input(run, i);
        for (size_t k = 0; k < x->bytes / sizeof(float); k++)
            ((float *)x->data)[k] = (float)((double)test_below(&seed, 2001) / 1000 - 1);
    }
}

static void prepare(const struct use *use, struct running *r) {
    r->model = msw_model_from_operator(use->op, use->inputs, use->attrs, use->attr_count);
    r->run = r->model ? msw_run_new(r->model, use->types) : NULL;
    if (!r->run)
        fail_msg("%s: %s", use->what, msw_error()->text);
}

static void check_all(const char *when) {
    for (size_t i = 0; i < COUNT(uses); i++) {
        const struct running *r = &running[i];
        fill(r->run);
        if (msw_run(r->run) != MSW_OK)
            fail_msg("%s, %s: %s", uses[i].what, when, msw_error()->text);
        if (memcmp(msw_run_output(r->run, 0)->data, r->expected, r->bytes) != 0)
            fail_msg("%s: other bits %s", uses[i].what, when);
    }
}

static void *work(void *block) {
    msw_thread_run(block);
    return NULL;
}

static void runs_have_the_same_bits_in_any_number_of_threads(void **state) {
    (void)state;
    for (size_t i = 0; i < MOST_THREADS - 1; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, work, blocks[i]), 0);
        for (int k = 0; k < REPEATS; k++) /* the first ones while the thread is starting */
            check_all((const char *[]){"in two threads", "in three threads", "in four threads"}[i]);
    }
}

static void after_they_were_ended_there_is_one(void **state) {
    (void)state;
    msw_threads_end();
    check_all("while threads end");
    for (size_t i = 0; i < MOST_THREADS - 1; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    check_all("in one thread again");
}

static void there_is_no_room_for_more_than_at_first(void **state) {
    (void)state;
    for (size_t i = 0; i < MOST_THREADS - 1; i++)
        assert_non_null(msw_thread_new());
    assert_null(msw_thread_new());
    assert_int_equal(msw_error()->status, MSW_LIMIT);
    assert_string_equal(msw_error()->text,
                        "no room for one more thread: there may be 63, all of them added before a model is loaded");
}

static int set_up(void **state) {
    (void)state;
    for (size_t i = 0; i < MOST_THREADS - 1; i++)
        blocks[i] = msw_thread_new();
    for (size_t i = 0; i < COUNT(uses); i++) {
        struct running *r = &running[i];
        prepare(&uses[i], r);
        fill(r->run);
        assert_int_equal(msw_run(r->run), MSW_OK); /* no thread has come yet */
        r->bytes = msw_run_output(r->run, 0)->bytes;
        r->expected = memcpy(test_bytes(r->bytes), msw_run_output(r->run, 0)->data, r->bytes);
    }
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(uses); i++) {
        free(running[i].expected);
        msw_run_free(running[i].run);
        msw_model_free(running[i].model);
    }
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_have_the_same_bits_in_any_number_of_threads),
        cmocka_unit_test(after_they_were_ended_there_is_one),
        cmocka_unit_test(there_is_no_room_for_more_than_at_first),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
