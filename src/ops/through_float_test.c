/* 16-bit floats through operators whose kernels know float32: as if inputs were widened, and the answer rounded once. */
#include "ops/op_test.h"

#include "kernels/half.h"

static const struct {
    const char *dtype;
    uint16_t (*narrow)(float);
    float (*widen)(uint16_t);
} halves[] = {{"float16", f32_to_float16, float16_to_f32}, {"bfloat16", f32_to_bfloat16, bfloat16_to_f32}};

/* The types behind the name, with DTYPE for the data type of those that are float. */
static const char *const uses[] = {
    "Add DTYPE[2,3] DTYPE[3]",
    "Sub DTYPE[] DTYPE[13]",
    "Mul DTYPE[17] DTYPE[17]",
    "ReLU DTYPE[127]",
    "BiasAdd DTYPE[2,3,4] DTYPE[3]",
    "Conv2D DTYPE[1,5,5,3] DTYPE[9,3,3,3] pads=1,1,1,1 channels_last=1",
    "MatMul DTYPE[3,17] DTYPE[9,17] transpose_b=1",
    "MatMul DTYPE[17,3] DTYPE[2,17,9] transpose_a=1",
    "MaxPool DTYPE[1,5,5,3] kernel=2,2 channels_last=1",
    "Softmax DTYPE[5,13] axis=0",
    "Softmax DTYPE[5,13]",
    "Argmax DTYPE[3,5] axis=0",
    "EqualCount DTYPE[13] DTYPE[13]",
    "Add DTYPE[0] DTYPE[1]",
};

static void begin(struct use *u, char *line, size_t room, const char *pattern, const char *dtype) {
    size_t used = 0;
    for (const char *mark; (mark = strstr(pattern, "DTYPE")); pattern = mark + 5)
        used += (size_t)snprintf(line + used, room - used, "%.*s%s", (int)(mark - pattern), pattern, dtype);
    (void)snprintf(line + used, room - used, "%s", pattern);
    use_begin(u, line);
    if (!use_check(u) || !step_prepare(&u->site, &u->step, &u->arena, &u->err))
        fail_msg("%s: %s", line, u->err.text);
}

static void answers_are_those_of_float32_rounded_once(void **state) {
    (void)state;
    uint64_t seed = 33;
    for (size_t i = 0; i < COUNT(uses); i++) {
        for (size_t h = 0; h < COUNT(halves); h++) {
            char line[160], wide_line[160];
            struct use u, wide;
            uint16_t *in[2] = {NULL};
            float *wide_in[2] = {NULL};
            begin(&u, line, sizeof line, uses[i], halves[h].dtype);
            begin(&wide, wide_line, sizeof wide_line, uses[i], "float32");
            for (uint32_t k = 0; k < u.site.input_count; k++) {
                const size_t n = type_elements(&u.inputs[k]);
                in[k] = test_bytes(n * sizeof *in[k]);
                wide_in[k] = test_bytes(n * sizeof *wide_in[k]);
                for (size_t e = 0; e < n; e++) {
                    in[k][e] = halves[h].narrow(test_float(&seed));
                    wide_in[k][e] = halves[h].widen(in[k][e]);
                }
            }
            const size_t n = type_elements(&u.outputs[0]), bytes = dtype_info(u.outputs[0].dtype)->bytes;
            const size_t wide_bytes = dtype_info(wide.outputs[0].dtype)->bytes;
            unsigned char *out = test_bytes(n * bytes), *wide_out = test_bytes(n * wide_bytes);
            use_run(&u, (const void *const *)in, out);
            use_run(&wide, (const void *const *)wide_in, wide_out);
            if (!dtype_is_half(u.outputs[0].dtype))
                assert_memory_equal(out, wide_out, n * bytes); /* an index or a count */
            for (size_t e = 0; e < n && dtype_is_half(u.outputs[0].dtype); e++) {
                uint16_t z;
                float exact;
                memcpy(&z, out + e * sizeof z, sizeof z);
                memcpy(&exact, wide_out + e * sizeof exact, sizeof exact);
                if (!test_same_float(halves[h].widen(z), halves[h].widen(halves[h].narrow(exact))))
                    fail_msg("%s: element %zu is %a, in float32 %a", line, e, (double)halves[h].widen(z),
                             (double)exact);
            }
            for (int k = 0; k < 2; k++) {
                free(in[k]);
                free(wide_in[k]);
            }
            free(out);
            free(wide_out);
            use_end(&u);
            use_end(&wide);
        }
    }
}

static void results_keep_the_data_type(void **state) {
    (void)state;
    static const struct use_case cases[] = {
        {"Add float16[2] float16[2]", MSW_OK, "float16[2]"},
        {"Softmax bfloat16[2,3]", MSW_OK, "bfloat16[2,3]"},
        {"Argmax float16[2,3]", MSW_OK, "int32[2]"},
        {"Add float16[2] bfloat16[2]", MSW_INVALID, "inputs must have one data type, got float16[2] and bfloat16[2]"},
        {"Add float16[2] float32[2]", MSW_INVALID, "inputs must have one data type, got float16[2] and float32[2]"},
    };
    use_assert_cases(cases, COUNT(cases));
}

/* Widened, two tensors of 2 GiB take 4 each: more than 32-bit sizes count. */
static void tensors_too_large_once_widened_are_refused(void **state) {
    (void)state;
    struct use u;
    use_begin(&u, "Sub float16[1073741820] float16[1]");
    assert_true(use_check(&u));
    assert_false(step_prepare(&u.site, &u.step, &u.arena, &u.err));
    assert_int_equal(u.err.about.status, MSW_LIMIT);
    assert_string_equal(u.err.text, "needs 8589934576 bytes to work in, at most 2147483647");
    use_end(&u);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_are_those_of_float32_rounded_once),
        cmocka_unit_test(results_keep_the_data_type),
        cmocka_unit_test(tensors_too_large_once_widened_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
