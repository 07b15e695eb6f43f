/* weights_test.c - each constant once, in each form that a kernel reads it in, whether it comes from memory or in ranges of a file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "graph/check.h"
#include "graph/graph_text.h"
#include "graph/weights.h"

static struct graph_text t;
static struct weights weights;

static int forget(void **state) {
    (void)state;
    weights_end(&weights);
    graph_text_free(&t);
    return 0;
}

static void begin(const char *text) {
    graph_text_read(&t, text);
    assert_true(graph_check_declared(&t.graph, &t.err));
}

static void one_form_is_shared(void **state) {
    (void)state;
    begin("input x float32[2,3]\n"
          "input y float32[5,3]\n"
          "const w float32[3,10]\n"
          "a = MatMul(x, w)\n"
          "b = MatMul(y, w)\n"
          "output a\n"
          "output b\n");
    struct msw_request want;
    assert_true(weights_begin(&weights, &t.graph, &t.err));
    assert_int_equal(weights_step(&weights, &want, &t.err), MSW_OK);
    const struct node *nodes = t.graph.nodes;
    assert_int_equal(nodes[0].inputs[1], nodes[1].inputs[1]);
    const struct value *packed = &t.graph.values[nodes[0].inputs[1]];
    assert_non_null(packed->packing);
    assert_int_equal(packed->packing->bytes, 2 * 8 * 3 * sizeof(float));
}

static void two_forms_are_two_values(void **state) {
    (void)state;
    begin("input x float32[3,3]\n"
          "const w float32[3,3]\n"
          "a = MatMul(x, w)\n"
          "b = MatMul(x, w) transpose_b=1\n"
          "c = Add(x, w)\n"
          "output a\n"
          "output b\n"
          "output c\n");
    struct msw_request want;
    assert_true(weights_begin(&weights, &t.graph, &t.err));
    assert_int_equal(weights_step(&weights, &want, &t.err), MSW_OK);
    const struct node *nodes = t.graph.nodes;
    assert_int_not_equal(nodes[0].inputs[1], nodes[1].inputs[1]);
    assert_null(t.graph.values[nodes[2].inputs[1]].packing);
}

enum { ROWS = 700, COLUMNS = 300 };

/* A file with one long constant at byte 24; requests are served from it. */
static void serve(const float *file) {
    struct msw_request want;
    enum msw_status status;
    uint64_t next = 24;
    while ((status = weights_step(&weights, &want, &t.err)) == MSW_MORE) {
        assert_int_equal(want.offset, next);
        assert_true(want.bytes > 0 && want.offset + want.bytes <= 24 + (uint64_t)ROWS * COLUMNS * sizeof(float));
        memcpy(want.destination, (const unsigned char *)file + want.offset - 24, want.bytes);
        next += want.bytes;
    }
    assert_int_equal(status, MSW_OK);
    assert_int_equal(next, 24 + (uint64_t)ROWS * COLUMNS * sizeof(float));
}

static float *make_file(void) {
    float *file = malloc(ROWS * COLUMNS * sizeof *file);
    for (int i = 0; i < ROWS * COLUMNS; i++)
        file[i] = (float)i;
    return file;
}

static void a_long_constant_is_packed_range_by_range(void **state) {
    (void)state;
    float *file = make_file();
    for (int transposed = 0; transposed < 2; transposed++) {
        begin(transposed ? "input x float32[1,300]\n"
                           "const w float32[700,300]\n"
                           "a = MatMul(x, w) transpose_b=1\n"
                           "output a\n"
                         : "input x float32[1,700]\n"
                           "const w float32[700,300]\n"
                           "a = MatMul(x, w)\n"
                           "output a\n");
        t.graph.values[1].data = NULL;
        t.graph.values[1].offset = 24;
        assert_true(weights_begin(&weights, &t.graph, &t.err));
        serve(file);
        const size_t depth = transposed ? COLUMNS : ROWS, columns = transposed ? ROWS : COLUMNS;
        const float *packed = t.graph.values[t.graph.nodes[0].inputs[1]].data;
        for (size_t j = 0; j < (columns + 7) / 8 * 8; j++)
            for (size_t k = 0; k < depth; k++) {
                const float want = j >= columns ? 0 : file[transposed ? j * depth + k : k * columns + j];
                assert_true(packed[(j / 8 * depth + k) * 8 + j % 8] == want);
            }
        struct weight_sums sums;
        assert_true(weight_sums(&t.graph, &sums, &t.err));
        assert_int_equal(sums.bytes, (columns + 7) / 8 * 8 * depth * sizeof(float));
        assert_int_equal(sums.parameters, ROWS * COLUMNS);
        if (!transposed)
            forget(NULL);
    }
    free(file);
}

static void two_names_for_one_place_in_the_file_are_one_weight(void **state) {
    (void)state;
    float *file = make_file();
    begin("input x float32[1,700]\n"
          "const w float32[700,300]\n"
          "const v float32[700,300]\n"
          "a = MatMul(x, w)\n"
          "b = MatMul(x, v)\n"
          "output a\n"
          "output b\n");
    for (uint32_t v = 1; v <= 2; v++) {
        t.graph.values[v].data = NULL;
        t.graph.values[v].offset = 24;
    }
    assert_true(weights_begin(&weights, &t.graph, &t.err));
    serve(file); /* which asserts that each byte is asked for once */
    const struct node *nodes = t.graph.nodes;
    assert_non_null(t.graph.values[nodes[0].inputs[1]].data);
    assert_ptr_equal(t.graph.values[nodes[0].inputs[1]].data, t.graph.values[nodes[1].inputs[1]].data);
    struct weight_sums sums;
    assert_true(weight_sums(&t.graph, &sums, &t.err));
    assert_int_equal(sums.parameters, ROWS * COLUMNS);
    assert_int_equal(sums.bytes, (COLUMNS + 7) / 8 * 8 * ROWS * sizeof(float));
    free(file);
}

/* As BatchNorm leaves them behind in two functions: the second pair differs in its last number. */
static void weights_with_equal_scales_are_one(void **state) {
    (void)state;
    static float scales[3][COLUMNS];
    float *file = make_file();
    for (int equal = 0; equal <= 1; equal++) {
        begin("input x float32[1,700]\n"
              "const w float32[700,300]\n"
              "const v float32[700,300]\n"
              "a = MatMul(x, w)\n"
              "b = MatMul(x, v)\n"
              "output a\n"
              "output b\n");
        for (int i = 0; i < COLUMNS; i++)
            scales[0][i] = scales[1][i] = scales[2][i] = 0.5f;
        scales[2][COLUMNS - 1] = 0.25f;
        for (uint32_t v = 1; v <= 2; v++) {
            t.graph.values[v].data = NULL;
            t.graph.values[v].offset = 24;
            t.graph.values[v].scale_axis = 1;
            t.graph.values[v].scale = scales[v == 1 ? 0 : equal ? 1 : 2];
        }
        assert_true(weights_begin(&weights, &t.graph, &t.err));
        struct msw_request want;
        size_t asked = 0;
        while (weights_step(&weights, &want, &t.err) == MSW_MORE) {
            memcpy(want.destination, (const unsigned char *)file + want.offset - 24, want.bytes);
            asked += want.bytes;
        }
        const float *a = t.graph.values[t.graph.nodes[0].inputs[1]].data;
        const float *b = t.graph.values[t.graph.nodes[1].inputs[1]].data;
        const size_t last = ((COLUMNS - 1) / 8 * ROWS + 1) * 8 + (COLUMNS - 1) % 8; /* row 1 of the last column */
        assert_int_equal(asked, (equal ? 1U : 2U) * ROWS * COLUMNS * sizeof(float));
        assert_int_equal(a == b, equal);
        assert_true(a[last] == 0.5f * file[2 * COLUMNS - 1]);
        assert_true(b[last] == (equal ? 0.5f : 0.25f) * file[2 * COLUMNS - 1]);
        forget(NULL);
    }
    free(file);
}

/* The temporary arena is freed after the passes: the one that is not temporary may not point into it, in whatever order they stand. */
static void a_weight_that_outlasts_the_passes_is_not_shared_with_a_temporary_one(void **state) {
    (void)state;
    struct arena temporary = {0};
    static const float file[300] = {1, 2, 3};
    for (uint32_t which = 1; which <= 3; which++) {
        begin("input x float32[300]\n"
              "const u float32[300]\n"
              "const v float32[300]\n"
              "const w float32[300]\n"
              "a = Add(x, u)\n"
              "b = Add(a, v)\n"
              "c = Add(b, w)\n"
              "output c\n");
        t.graph.temporary = &temporary;
        for (uint32_t v = 1; v <= 3; v++) {
            t.graph.values[v].data = NULL;
            t.graph.values[v].offset = 24;
            t.graph.values[v].temporary = v != which;
        }
        struct msw_request want;
        assert_true(weights_begin_early(&weights, &t.graph, &t.err));
        while (weights_step(&weights, &want, &t.err) == MSW_MORE)
            memcpy(want.destination, (const unsigned char *)file + want.offset - 24, want.bytes);
        weights_forget_temporary(&t.graph);
        arena_free(&temporary);
        for (uint32_t v = 1; v <= 3; v++) {
            assert_ptr_equal(t.graph.values[v].data, t.graph.values[which].data);
            assert_memory_equal(t.graph.values[v].data, file, sizeof file);
        }
        forget(NULL);
    }
}

/* Three that are together more than may come early; the vector is small enough to come in any case. */
static void what_comes_early_is_bounded(void **state) {
    (void)state;
    begin("input x float32[4,4]\n"
          "const u float32[4,4]\n"
          "const v float32[4,4]\n"
          "const w float32[4,4]\n"
          "const s float32[4]\n"
          "a = Add(x, u)\n"
          "b = Add(a, v)\n"
          "c = Add(b, w)\n"
          "d = Add(c, s)\n"
          "output d\n");
    for (uint32_t v = 1; v <= 4; v++) {
        t.graph.values[v].data = NULL;
        t.graph.values[v].offset = 24 + v;
        t.graph.values[v].temporary = true;
        if (v <= 3) /* 192 MiB */
            t.graph.values[v].type = (struct msw_type){.dtype = MSW_FLOAT32, .rank = 2, .dims = {8192, 6144}};
    }
    assert_true(weights_begin_early(&weights, &t.graph, &t.err));
    assert_int_equal(weights.list.count, 3);
    assert_ptr_equal(weights.list.at[2].value, &t.graph.values[4]);
    assert_true(t.graph.values[2].temporary);
    assert_false(t.graph.values[3].temporary);
}

static void a_constant_that_nobody_packs_arrives_where_it_stays(void **state) {
    (void)state;
    float *file = make_file();
    begin("input x float32[700,300]\n"
          "const w float32[700,300]\n"
          "a = Add(x, w)\n"
          "output a\n");
    t.graph.values[1].data = NULL;
    t.graph.values[1].offset = 24;
    assert_true(weights_begin(&weights, &t.graph, &t.err));
    serve(file);
    assert_memory_equal(t.graph.values[1].data, file, ROWS * COLUMNS * sizeof *file);
    free(file);
}

static void what_nobody_reads_is_not_loaded(void **state) {
    (void)state;
    begin("input x float32[4]\n"
          "const w float32[700,300]\n"
          "a = ReLU(x)\n"
          "output a\n");
    t.graph.values[1].data = NULL;
    struct msw_request want;
    assert_true(weights_begin(&weights, &t.graph, &t.err));
    assert_int_equal(weights_step(&weights, &want, &t.err), MSW_OK);
    assert_null(t.graph.values[1].data);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(one_form_is_shared, forget),
        cmocka_unit_test_teardown(two_forms_are_two_values, forget),
        cmocka_unit_test_teardown(a_long_constant_is_packed_range_by_range, forget),
        cmocka_unit_test_teardown(two_names_for_one_place_in_the_file_are_one_weight, forget),
        cmocka_unit_test(weights_with_equal_scales_are_one),
        cmocka_unit_test(a_weight_that_outlasts_the_passes_is_not_shared_with_a_temporary_one),
        cmocka_unit_test_teardown(what_comes_early_is_bounded, forget),
        cmocka_unit_test_teardown(a_constant_that_nobody_packs_arrives_where_it_stays, forget),
        cmocka_unit_test_teardown(what_nobody_reads_is_not_loaded, forget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
