/* pass_recognise_test.c - expressions that are recognised, and near ones that are not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "graph/pass_test.h"

static void silu_is_recognised_in_either_order(void **state) {
    (void)state;
    static const char *const sums[] = {"Mul(x, s)", "Mul(s, x)"};
    for (size_t i = 0; i < 2; i++) {
        char text[256];
        snprintf(text, sizeof text, "input x float32[2,3]\ns = Sigmoid(x)\nz = %s\noutput z\n", sums[i]);
        expect_pass(pass_recognise, text, "z = SiLU(x)\noutput z\n", 1);
    }
}

static void gelu_is_recognised_by_its_numbers(void **state) {
    (void)state;
    static const struct {
        const char *divisor, *half, *after;
        uint32_t changes;
    } cases[] = {
        {"1.41421356", "0.5", "z = GeLUErf(x)\noutput z\n", 1},
        {"1.5", "0.5", "a = Div(x, c)\nb = Erf(a)\nd = Add(one, b)\ne = Mul(x, h)\nz = Mul(e, d)\noutput z\n", 0},
        {"1.41421356", "0.25", "a = Div(x, c)\nb = Erf(a)\nd = Add(one, b)\ne = Mul(x, h)\nz = Mul(e, d)\noutput z\n",
         0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[512];
        snprintf(text, sizeof text,
                 "input x float32[2,3]\nconst c float32[] %s\nconst h float32[] %s\nconst one float32[] 1\n"
                 "a = Div(x, c)\nb = Erf(a)\nd = Add(one, b)\ne = Mul(x, h)\nz = Mul(e, d)\noutput z\n",
                 cases[i].divisor, cases[i].half);
        expect_pass(pass_recognise, text, cases[i].after, cases[i].changes);
    }
}

static void gelu_by_tanh_is_recognised(void **state) {
    (void)state;
    expect_pass(pass_recognise,
                "input x float32[2,3]\n"
                "const three float32[] 3\n"
                "const k float32[] 0.044715\n"
                "const r float32[] 0.797884561\n"
                "const one float32[] 1\n"
                "const h float32[] 0.5\n"
                "a = Pow(x, three)\n"
                "b = Mul(k, a)\n"
                "c = Add(x, b)\n"
                "d = Mul(r, c)\n"
                "e = Tanh(d)\n"
                "f = Add(one, e)\n"
                "g = Mul(h, x)\n"
                "z = Mul(g, f)\n"
                "output z\n",
                "z = GeLU(x)\n"
                "output z\n",
                1);
}

#define NORMALISED                                                                                                     \
    "input x float32[2,3]\n"                                                                                           \
    "const two float32[] 2\n"                                                                                          \
    "const small float32[] 0.5\n"                                                                                      \
    "const gamma float32[3]\n"                                                                                         \
    "const beta float32[3]\n"                                                                                          \
    "m = ReduceMean(x) axis=-1 keep_dims=1\n"                                                                          \
    "c = Sub(x, m)\n"                                                                                                  \
    "s = Pow(c, two)\n"                                                                                                \
    "v = ReduceMean(s) axis=1 keep_dims=1\n"                                                                           \
    "e = Add(v, small)\n"                                                                                              \
    "r = Sqrt(e)\n"                                                                                                    \
    "n = Div(c, r)\n"

static void layer_norm_is_recognised_with_and_without_parameters(void **state) {
    (void)state;
    expect_pass(pass_recognise, NORMALISED "output n\n", "n = LayerNorm(x) epsilon=0.5\noutput n\n", 1);
    expect_pass(pass_recognise, NORMALISED "g = Mul(gamma, n)\nz = Add(g, beta)\noutput z\n",
                "z = LayerNorm(x, gamma, beta) epsilon=0.5\noutput z\n", 1);
}

static void what_is_recognised_knows_its_parts(void **state) {
    (void)state;
    expect_parts(pass_recognise, NORMALISED "g = Mul(gamma, n)\nz = Add(g, beta)\ny = Exp(z)\noutput y\n",
                 "z: m c s v e r n g z\ny:\n");
}

static void what_is_read_elsewhere_or_means_something_else_stays(void **state) {
    (void)state;
    static const char *const graphs[] = {
        "input x float32[2,3]\ns = Sigmoid(x)\nz = Mul(x, s)\noutput z\noutput s\n",
        "input x float32[2,3]\ninput y float32[2,3]\ns = Sigmoid(x)\nz = Mul(y, s)\noutput z\n",
        NORMALISED "output n\noutput v\n",
        /* a mean along another axis */
        ("input x float32[3,3]\nconst small float32[] 0.5\nm = ReduceMean(x) axis=0 keep_dims=1\nc = Sub(x, m)\n"
         "s = Square(c)\nv = ReduceMean(s) axis=0 keep_dims=1\ne = Add(v, small)\nr = Sqrt(e)\nn = Div(c, r)\noutput "
         "n\n"),
        /* the constant has more dims than x, whose size is open in the second */
        ("input x float32[3]\nconst c float32[1,1] 1.41421356\nconst h float32[] 0.5\nconst one float32[] 1\n"
         "a = Div(x, c)\nb = Erf(a)\nd = Add(one, b)\ne = Mul(x, h)\nz = Mul(e, d)\noutput z\n"),
        ("input x float32[-1]\nconst c float32[1,1] 1.41421356\nconst h float32[] 0.5\nconst one float32[] 1\n"
         "a = Div(x, c)\nb = Erf(a)\nd = Add(one, b)\ne = Mul(x, h)\nz = Mul(e, d)\noutput z\n"),
    };
    for (size_t i = 0; i < sizeof graphs / sizeof graphs[0]; i++)
        expect_unchanged(pass_recognise, graphs[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(silu_is_recognised_in_either_order),
        cmocka_unit_test(gelu_is_recognised_by_its_numbers),
        cmocka_unit_test(gelu_by_tanh_is_recognised),
        cmocka_unit_test(layer_norm_is_recognised_with_and_without_parameters),
        cmocka_unit_test(what_is_recognised_knows_its_parts),
        cmocka_unit_test(what_is_read_elsewhere_or_means_something_else_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
