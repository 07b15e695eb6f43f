/* pass_attention_test.c - attention as MindSpore's exports spell it, and what must stay as it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "graph/pass_test.h"

/* One projection for all three, sliced: mindcv's vision transformers; the mask of BERT. */
static void a_projection_that_is_sliced_is_read_where_it_lies(void **state) {
    (void)state;
    expect_pass(pass_attention,
                "input x float32[2,9,96]\n"
                "input mask float32[2,1,1,9]\n"
                "const shape int64[5] 2,9,3,4,8\n"
                "const zero int64[1] 0\n"
                "const one int64[1] 1\n"
                "const two int64[1] 2\n"
                "const three int64[1] 3\n"
                "const scale float32[] 0.5\n"
                "a = Reshape(x, shape)\n"
                "t = Transpose(a) perm=2,0,3,1,4\n"
                "q = StridedSlice(t, zero, one, one) shrink_axis_mask=1\n"
                "k = StridedSlice(t, one, two, one) shrink_axis_mask=1\n"
                "kt = Transpose(k) perm=0,1,3,2\n"
                "s = MatMul(q, kt)\n"
                "m = Mul(s, scale)\n"
                "n = Add(mask, m)\n"
                "p = Softmax(n) axis=-1\n"
                "v = StridedSlice(t, two, three, one) shrink_axis_mask=1\n"
                "o = MatMul(p, v)\n"
                "z = Transpose(o) perm=0,2,1,3\n"
                "output z\n",
                "z = Attention(x, x, x, scale, mask) dims=2,4,9,9,8,8 q=0,864,8,96,1 k=32,864,8,96,1 v=64,864,8,96,1 "
                "perm=0,2,1,3 score=2,0\n"
                "output z\n",
                1);
}

static void an_attention_knows_its_parts(void **state) {
    (void)state;
    expect_parts(pass_attention,
                 "input q float32[2,4,9,8]\n"
                 "input k float32[2,4,9,8]\n"
                 "input v float32[2,4,9,8]\n"
                 "input mask float32[2,1,1,9]\n"
                 "const scale float32[] 0.5\n"
                 "s = MatMul(q, k) transpose_b=1\n"
                 "m = Mul(s, scale)\n"
                 "n = Add(mask, m)\n"
                 "p = Softmax(n) axis=-1\n"
                 "o = MatMul(p, v)\n"
                 "z = Transpose(o) perm=0,2,1,3\n"
                 "y = Exp(z)\n"
                 "output y\n",
                 "z: s m n p o z\n"
                 "y:\n");
}

/* Sequences first, q and k divided on their way: nn.MultiheadAttention. (Of more than one batch no steps tell the axis of batches and heads.) */
static void what_divides_q_and_k_becomes_a_part(void **state) {
    (void)state;
    expect_pass(pass_attention,
                "input x float32[6,1,96]\n"
                "const split int64[3] 6,4,8\n"
                "const heads int64[4] 1,4,6,8\n"
                "const c float32[] 1.5\n"
                "const d float32[1] 2.5\n"
                "a b e = Split(x) axis=2 outputs=3\n"
                "a1 = Reshape(a, split)\n"
                "a2 = Transpose(a1) perm=1,0,2\n"
                "a3 = Reshape(a2, heads)\n"
                "q = Div(a3, c)\n"
                "b1 = Reshape(b, split)\n"
                "b2 = Transpose(b1) perm=1,0,2\n"
                "b3 = Reshape(b2, heads)\n"
                "b4 = Transpose(b3) perm=0,1,3,2\n"
                "k = Mul(d, b4)\n"
                "e1 = Reshape(e, split)\n"
                "e2 = Transpose(e1) perm=1,0,2\n"
                "v = Reshape(e2, heads)\n"
                "s = MatMul(q, k)\n"
                "p = Softmax(s) axis=3\n"
                "o = MatMul(p, v)\n"
                "z = Transpose(o) perm=2,0,1,3\n"
                "output z\n",
                "z = Attention(x, x, x, c, d) dims=1,4,6,6,8,8 q=0,0,8,96,1 k=32,0,8,96,1 v=64,0,8,96,1 "
                "perm=2,0,1,3 score=7,10\n"
                "output z\n",
                1);
}

/* Of any rank from 2, from tensors that lie as they are, with one key for all batches; a Transpose that moves the columns stays. */
static void matrices_of_any_rank_are_recognised(void **state) {
    (void)state;
    expect_pass(pass_attention,
                "input q float32[3,5]\ninput k float32[7,5]\ninput v float32[6,7]\n"
                "s = MatMul(q, k) transpose_b=1\np = Softmax(s)\nz = MatMul(p, v) transpose_b=1\noutput z\n",
                "z = Attention(q, k, v) dims=1,1,3,7,5,6 q=0,0,0,5,1 k=0,0,0,5,1 v=0,0,0,1,7 perm=2,3\noutput z\n", 1);
    expect_pass(pass_attention,
                "input q float32[2,5,3]\ninput k float32[5,7]\ninput v float32[2,7,6]\n"
                "s = MatMul(q, k) transpose_a=1\np = Softmax(s)\no = MatMul(p, v)\nz = Transpose(o) perm=0,2,1\n"
                "output z\n",
                "o = Attention(q, k, v) dims=1,2,3,7,5,6 q=0,0,15,1,3 k=0,0,0,1,7 v=0,0,42,6,1 perm=1,2,3\n"
                "z = Transpose(o) perm=0,2,1\noutput z\n",
                1);
}

/* A number that q was multiplied with is a product of its own where others read it too. */
static void what_others_read_is_computed_for_them(void **state) {
    (void)state;
    expect_pass(pass_attention,
                "input q float32[3,5]\ninput k float32[7,5]\ninput v float32[7,6]\nconst c float32[] 2\n"
                "m = Mul(q, c)\ns = MatMul(m, k) transpose_b=1\np = Softmax(s)\nz = MatMul(p, v)\noutput z\noutput m\n",
                "m = Mul(q, c)\n"
                "z = Attention(m, k, v) dims=1,1,3,7,5,6 q=0,0,0,5,1 k=0,0,0,5,1 v=0,0,0,6,1 perm=2,3\n"
                "output z\noutput m\n",
                1);
}

static void the_rest_stays_as_it_is(void **state) {
    (void)state;
#define INPUTS "input q float32[2,3,5]\ninput k float32[2,7,5]\ninput v float32[2,7,6]\n"
    static const char *const graphs[] = {
        /* weights are an answer too, scores are, and so is what is between */
        INPUTS "s = MatMul(q, k) transpose_b=1\np = Softmax(s)\nz = MatMul(p, v)\noutput z\noutput p\n",
        INPUTS "s = MatMul(q, k) transpose_b=1\np = Softmax(s)\nz = MatMul(p, v)\noutput z\noutput s\n",
        INPUTS "const c float32[] 2\ns = MatMul(q, k) transpose_b=1\nm = Mul(s, c)\np = Softmax(m)\nz = MatMul(p, v)\n"
               "output z\noutput m\n",
        /* a softmax along another axis; of something else; of a function of the scores */
        INPUTS "s = MatMul(q, k) transpose_b=1\np = Softmax(s) axis=1\nz = MatMul(p, v)\noutput z\n",
        "input s float32[2,3,7]\ninput v float32[2,7,6]\np = Softmax(s)\nz = MatMul(p, v)\noutput z\n",
        INPUTS "s = MatMul(q, k) transpose_b=1\nm = Tanh(s)\np = Softmax(m)\nz = MatMul(p, v)\noutput z\n",
        /* a constant minus the scores; a mask that has more dims */
        INPUTS "const c float32[] 2\ns = MatMul(q, k) transpose_b=1\nm = Sub(c, s)\np = Softmax(m)\nz = MatMul(p, v)\n"
               "output z\n",
        INPUTS "input m float32[4,2,3,7]\ns = MatMul(q, k) transpose_b=1\nn = Add(s, m)\np = Softmax(n)\n"
               "z = MatMul(p, v)\noutput z\n",
        /* scores on the right; the transposed scores */
        "input q float32[2,3,5]\ninput k float32[2,7,5]\ninput v float32[2,6,3]\n"
        "s = MatMul(q, k) transpose_b=1\np = Softmax(s)\nz = MatMul(v, p)\noutput z\n",
        "input q float32[2,3,5]\ninput k float32[2,7,5]\ninput v float32[2,3,6]\n"
        "s = MatMul(q, k) transpose_b=1\np = Softmax(s)\nz = MatMul(p, v) transpose_a=1\noutput z\n",
        /* one matrix of scores for many of values */
        "input q float32[3,5]\ninput k float32[7,5]\ninput v float32[2,7,6]\n"
        "s = MatMul(q, k) transpose_b=1\np = Softmax(s)\nz = MatMul(p, v)\noutput z\n",
        /* numbers that round otherwise, sizes that wait for a run, more dims than four, a vector */
        "input q float16[2,3,5]\ninput k float16[2,7,5]\ninput v float16[2,7,6]\n"
        "s = MatMul(q, k) transpose_b=1\np = Softmax(s)\nz = MatMul(p, v)\noutput z\n",
        "input q float32[-1,3,5]\ninput k float32[2,7,5]\ninput v float32[2,7,6]\n"
        "s = MatMul(q, k) transpose_b=1\np = Softmax(s)\nz = MatMul(p, v)\noutput z\n",
        "input q float32[1,1,2,3,5]\ninput k float32[1,1,2,7,5]\ninput v float32[1,1,2,7,6]\n"
        "s = MatMul(q, k) transpose_b=1\np = Softmax(s)\nz = MatMul(p, v)\noutput z\n",
        "input q float32[3,5]\ninput k float32[7,5]\ninput v float32[7]\n"
        "s = MatMul(q, k) transpose_b=1\np = Softmax(s)\nz = MatMul(p, v)\noutput z\n",
    };
    for (size_t i = 0; i < sizeof graphs / sizeof graphs[0]; i++)
        expect_unchanged(pass_attention, graphs[i]);
}

/* Steps cannot tell this Reshape of a Transpose: what it makes is read as it is. A walk backwards is none either. */
static void what_no_steps_tell_is_copied_as_before(void **state) {
    (void)state;
    expect_pass(pass_attention,
                "input x float32[4,6]\ninput k float32[7,3]\ninput v float32[7,6]\nconst shape int64[2] 8,3\n"
                "t = Transpose(x) perm=1,0\nq = Reshape(t, shape)\n"
                "s = MatMul(q, k) transpose_b=1\np = Softmax(s)\nz = MatMul(p, v)\noutput z\n",
                "t = Transpose(x) perm=1,0\nq = Reshape(t, shape)\n"
                "z = Attention(q, k, v) dims=1,1,8,7,3,6 q=0,0,0,3,1 k=0,0,0,3,1 v=0,0,0,6,1 perm=2,3\noutput z\n",
                1);
    expect_unchanged(pass_attention,
                     "input x float32[4,3]\ninput k float32[7,3]\ninput v float32[7,6]\nconst begin int64[1] 3\n"
                     "const end int64[1] -5\nconst stride int64[1] -1\nq = StridedSlice(x, begin, end, stride)\n"
                     "s = MatMul(q, k) transpose_b=1\np = Softmax(s)\nz = MatMul(p, v)\noutput z\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_projection_that_is_sliced_is_read_where_it_lies),
        cmocka_unit_test(an_attention_knows_its_parts),
        cmocka_unit_test(what_divides_q_and_k_becomes_a_part),
        cmocka_unit_test(matrices_of_any_rank_are_recognised),
        cmocka_unit_test(what_others_read_is_computed_for_them),
        cmocka_unit_test(the_rest_stays_as_it_is),
        cmocka_unit_test(what_no_steps_tell_is_copied_as_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
