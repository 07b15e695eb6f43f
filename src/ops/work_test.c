/* work_test.c - operations and bytes of uses, against counts made by hand from the definitions. */
#include "ops/op_test.h"

struct work_case {
    const char *line;
    uint64_t operations, bytes;
};

static struct work work_of(const char *line) {
    struct use u;
    use_begin(&u, line);
    if (u.site.op->about.outputs != OP_MANY)
        u.site.output_count = (uint32_t)u.site.op->about.outputs;
    else
        use_set_outputs(&u, 2);
    if (!use_check(&u))
        fail_msg("%s: %s", line, u.err.text);
    const struct work work = site_work(&u.site);
    use_end(&u);
    return work;
}

static void expect_work(const struct work_case *cases, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const struct work work = work_of(cases[i].line);
        if (work.operations != cases[i].operations || work.bytes != cases[i].bytes)
            fail_msg("%s: %llu operations on %llu bytes, expected %llu on %llu", cases[i].line,
                     (unsigned long long)work.operations, (unsigned long long)work.bytes,
                     (unsigned long long)cases[i].operations, (unsigned long long)cases[i].bytes);
    }
}

static void products_count_two_for_a_multiply_add(void **state) {
    (void)state;
    static const struct work_case cases[] = {
        /* 3 x 5 answers of 4 products each */
        {"MatMul float32[3,4] float32[4,5]", 2 * 3 * 5 * 4, 4 * (12 + 20 + 15)},
        {"MatMul float32[7,3,4] float32[5,4] transpose_b=1", 2 * 7 * 3 * 5 * 4, 4 * (84 + 20 + 105)},
        {"MatMul float32[4] float32[4]", 2 * 4, 4 * (4 + 4 + 1)},
        {"MatMul float16[3,4] float16[4,5]", 2 * 3 * 5 * 4, 2 * (12 + 20 + 15)},
        /* 8 channels on 5 x 5 points, each 3 channels of 3 x 3 */
        {"Conv2D float32[1,3,5,5] float32[8,3,3,3] pad_mode=1", 2 * 8 * 25 * 27, 4 * (75 + 216 + 200)},
        {"Conv2D float32[1,5,5,3] float32[8,3,3,3] channels_last=1", 2 * 8 * 9 * 27, 4 * (75 + 216 + 72)},
        {"Conv2D float32[2,6,4,4] float32[6,1,3,3] group=6 pad_mode=1", 2 * 2 * 6 * 16 * 9, 4 * (192 + 54 + 192)},
        {"Conv3D float32[1,2,3,3,3] float32[4,2,2,2,2]", 2 * 4 * 8 * 16, 4 * (54 + 64 + 32)},
        /* each of 4 points of 3 channels goes to 5 channels of 2 x 2 */
        {"Conv2DTranspose float32[1,3,2,2] float32[3,5,2,2] strides=2,2", 2 * 12 * 20, 4 * (12 + 60 + 80)},
        /* 8 channels on 5 x 5 points, each of 3; then 3 x 3 of each */
        {"ConvDepthwise float32[1,5,5,3] float32[8,3,1,1] float32[8,1,3,3]", 2 * 8 * 25 * 3 + 2 * 8 * 9 * 9,
         4 * (75 + 24 + 72 + 72)},
        /* equation=ij,jk->ik, and ij->j, whose 6 elements are summed up */
        {"Einsum float32[2,3] float32[3,4] equation=105,106,44,106,107,45,62,105,107", 2 * 2 * 4 * 3, 4 * (6 + 12 + 8)},
        {"Einsum float32[2,3] equation=105,106,45,62,106", 6, 4 * (6 + 3)},
        /* 4 x 7 scores in each of 6 matrices: 5 products, a sum with the mask, 5 of the softmax, 8 products */
        {"Attention float32[2,3,4,5] float32[2,3,7,5] float32[2,3,7,8] float32[4,7] score=0",
         6 * 28 * (2 * 5 + 1 + 5 + 2 * 8), 4 * 6 * (20 + 35 + 56 + 32) + 4 * 28},
        /* one tensor for all three */
        {"Attention float32[4,3,5] float32[4,3,5] float32[4,3,5] dims=1,1,4,4,5,5 q=0,0,0,15,1 k=5,0,0,15,1 "
         "v=10,0,0,15,1",
         16 * (2 * 5 + 5 + 2 * 5), 4 * (60 + 20)},
    };
    expect_work(cases, COUNT(cases));
}

static void a_recurrent_cell_counts_its_gates(void **state) {
    (void)state;
    /* 5 steps of 2 samples: 4 gates of 3 cells read 4 inputs and 3 states. Behind each product a sum; a bias; an activation. A cell: two products and
     * a sum, a tanh, a product. */
    const uint64_t gates = (uint64_t)5 * 2 * 4 * 3, cells = (uint64_t)5 * 2 * 3;
    const struct work_case with_bias = {"LSTM float32[5,2,4] float32[1,2,3] float32[1,2,3] float32[96]",
                                        gates * (2 * 4 + 2 * 3 + 1 + 1 + 1) + cells * 5,
                                        4 * (40 + 6 + 6 + 96 + 30 + 6 + 6)};
    const struct work_case two_layers = {
        "LSTM float32[5,2,4] float32[4,2,3] float32[4,2,3] float32[384] num_layers=2 bidirectional=1 has_bias=0",
        2 * (gates * (2 * 4 + 2 * 3 + 2) + gates * (2 * 6 + 2 * 3 + 2) + 2 * cells * 5),
        4 * (40 + 24 + 24 + 384 + 60 + 24 + 24)};
    expect_work(&with_bias, 1);
    expect_work(&two_layers, 1);
}

static void windows_and_folds_count_what_they_look_at(void **state) {
    (void)state;
    static const struct work_case cases[] = {
        {"MaxPool float32[1,2,6,6] kernel=3,3 strides=3,3", 2 * 4 * 9, 4 * (72 + 8)},
        {"AvgPool3D float32[1,1,4,4,4] kernel=2,2,2 strides=2,2,2", 8 * 8, 4 * (64 + 8)},
        {"AdaptiveAvgPool2D float32[1,2,6,6] size=1,1", 72, 4 * (72 + 2)},
        {"ReduceSum float32[3,5] axis=1", 15, 4 * (15 + 3)},
        {"Argmax float32[3,5]", 15, 4 * (15 + 3)},
        {"Softmax float32[2,7]", 5 * 14, 4 * (14 + 14)},
        {"LayerNorm float32[2,8] float32[8] float32[8]", 8 * 16, 4 * (16 + 8 + 8 + 16)},
        {"ReduceStd float32[3,5] axis=1", 4 * 15, 4 * (15 + 3 + 3)},
    };
    expect_work(cases, COUNT(cases));
}

static void one_element_is_one_operation(void **state) {
    (void)state;
    static const struct work_case cases[] = {
        {"Add float32[2,3] float32[3]", 6, 4 * (6 + 3 + 6)},
        {"Mul int8[2,3] int8[2,3]", 6, 18},
        {"Exp float16[7]", 7, 28},
        {"AddN float32[5] float32[5] float32[5]", 10, 4 * 20},
        {"Less float32[4] float32[4]", 4, 36},
        {"Add float32[0,3] float32[0,3]", 0, 0},
    };
    expect_work(cases, COUNT(cases));
}

static void moving_is_no_operation(void **state) {
    (void)state;
    static const struct work_case cases[] = {
        {"Transpose float32[2,3]", 0, 4 * (6 + 6)},
        {"Concat float32[2,3] float32[4,3]", 0, 4 * (18 + 18)},
        /* two rows of the thousand are read */
        {"Gather float32[1000,8] int32[2]", 0, 4 * (16 + 2 + 16)},
        {"Split float32[6,2] axis=0 outputs=2", 0, 4 * (12 + 12)},
    };
    expect_work(cases, COUNT(cases));
}

static void what_is_fused_counts_once_an_element(void **state) {
    (void)state;
    const struct fused fused = {.bias = true, .residual = true, .activation = op_find("ReLU")};
    struct use u;
    use_begin(&u, "MatMul float32[3,4] float32[4,5] float32[5] float32[3,5]");
    u.site.input_count = 2;
    assert_true(use_check(&u));
    u.site.input_count = 4;
    u.site.fused = &fused;
    const struct work work = site_work(&u.site);
    assert_int_equal(work.operations, 2 * 3 * 5 * 4 + 3 * 15);
    assert_int_equal(work.bytes, 4 * (12 + 20 + 5 + 15 + 15));
    use_end(&u);
}

/* 16 channels on 2 x 3 points between, from two of each point; an answer of 16 channels on one. */
static void what_is_fused_to_the_first_counts_for_the_image_between(void **state) {
    (void)state;
    const struct fused first = {.bias = true, .activation = op_find("ReLU")};
    const struct fused fused = {.bias = true, .first = &first};
    struct use u;
    use_begin(&u, "ConvDepthwise float32[1,2,3,2] float32[16,2,1,1] float32[16,1,2,3] float32[16] float32[16]");
    u.site.fused = &fused;
    assert_true(use_check(&u));
    const struct work work = site_work(&u.site);
    assert_int_equal(work.operations, 96 * (2 * 2 + 2) + 16 * (2 * 6 + 1));
    assert_int_equal(work.bytes, 4 * (12 + 32 + 96 + 16 + 16 + 16));
    use_end(&u);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_count_two_for_a_multiply_add),
        cmocka_unit_test(a_recurrent_cell_counts_its_gates),
        cmocka_unit_test(windows_and_folds_count_what_they_look_at),
        cmocka_unit_test(one_element_is_one_operation),
        cmocka_unit_test(moving_is_no_operation),
        cmocka_unit_test(what_is_fused_counts_once_an_element),
        cmocka_unit_test(what_is_fused_to_the_first_counts_for_the_image_between),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
