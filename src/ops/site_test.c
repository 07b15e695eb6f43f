/* Reading attributes, axes and names. */
#include "ops/op_test.h"

static void operators_are_found_by_their_exact_name(void **state) {
    (void)state;
    for (uint32_t i = 0; i < op_count; i++)
        assert_ptr_equal(op_find(op_table[i]->about.name), op_table[i]);
    static const char *const unknown[] = {"", "add", "ADD", "Ad", "Addd", "Add ", " Add", "Cnv2D"};
    for (size_t i = 0; i < COUNT(unknown); i++)
        assert_null(op_find(unknown[i]));
}

static void attributes_are_found_by_their_exact_name(void **state) {
    (void)state;
    for (uint32_t i = 0; i < op_count; i++)
        for (int32_t a = 0; a < op_table[i]->about.attr_count; a++)
            assert_int_equal(op_attr_index(op_table[i], op_table[i]->about.attrs[a].name), a);
    assert_int_equal(op_attr_index(op_find("Add"), "axis"), -1);
    assert_int_equal(op_attr_index(op_find("Conv2D"), "stride"), -1);
    assert_int_equal(op_attr_index(op_find("Conv2D"), ""), -1);
}

static void what_was_not_given_is_the_default(void **state) {
    (void)state;
    struct use u;
    use_begin(&u, "Conv2D float32[1,1,5,5] float32[1,1,3,3]");
    assert_false(site_attr(&u.site, "strides")->given);
    assert_int_equal(site_int(&u.site, "group", 1), 1);
    assert_true(site_int(&u.site, "group", INT64_MIN) == INT64_MIN);
    assert_int_equal(site_int_at(&u.site, "strides", 1, 7), 7);
    use_end(&u);
}

static void what_was_given_is_read_in_full(void **state) {
    (void)state;
    struct use u;
    use_begin(&u, "Conv2D float32[1,1,5,5] float32[1,1,3,3] strides=2,3 group=-9223372036854775808");
    assert_int_equal(site_attr(&u.site, "strides")->count, 2);
    assert_true(site_int(&u.site, "group", 1) == INT64_MIN);
    assert_int_equal(site_int_at(&u.site, "strides", 0, 7), 2);
    assert_int_equal(site_int_at(&u.site, "strides", 1, 7), 3);
    use_end(&u);
}

static void axes_below_0_count_from_the_end(void **state) {
    (void)state;
    for (int32_t rank = 1; rank <= MSW_MAX_RANK; rank++) {
        for (int64_t value = -12; value < 12; value++) {
            char line[64];
            struct use u;
            int32_t axis = 77;
            (void)snprintf(line, sizeof line, "Argmax float32[1] axis=%d", (int)value);
            use_begin(&u, line);
            const bool ok = site_axis(&u.site, "axis", 0, rank, &axis, &u.err);
            assert_int_equal(ok, value >= -rank && value < rank);
            if (ok)
                assert_int_equal(axis, (value + rank) % rank);
            use_end(&u);
        }
    }
}

static void kernels_go_by_the_data_type_of_the_first_input(void **state) {
    (void)state;
    static const char *const lines[] = {"Add float32[1] float32[1]", "Add int32[1] int32[1]", "Add int8[1] int8[1]"};
    for (size_t i = 0; i < COUNT(lines); i++) {
        struct use u;
        use_begin(&u, lines[i]);
        assert_true(site_kernel(&u.site) == u.site.op->kernels[u.inputs[0].dtype]);
        assert_non_null((void *)(uintptr_t)site_kernel(&u.site));
        use_end(&u);
    }
}

static void parameters_are_copied(void **state) {
    (void)state;
    struct arena arena = {0};
    struct error err;
    struct step step = {0};
    char *params = test_bytes(13);
    memcpy(params, "thirteen byte", 13);
    error_clear(&err);
    assert_true(step_params(&step, params, 13, &arena, &err));
    free(params);
    assert_memory_equal(step.params, "thirteen byte", 13);
    arena_free(&arena);
}

static void scratch_is_limited_as_a_tensor_is(void **state) {
    (void)state;
    struct error err;
    struct step step = {0};
    error_clear(&err);
    assert_true(step_scratch(&step, 0, &err));
    assert_true(step_scratch(&step, INT32_MAX, &err));
    assert_int_equal(step.scratch_bytes, INT32_MAX);
    assert_false(step_scratch(&step, (uint64_t)INT32_MAX + 1, &err));
    assert_int_equal(err.about.status, MSW_LIMIT);
    assert_string_equal(err.text, "needs 2147483648 bytes to work in, at most 2147483647");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(operators_are_found_by_their_exact_name),
        cmocka_unit_test(attributes_are_found_by_their_exact_name),
        cmocka_unit_test(what_was_not_given_is_the_default),
        cmocka_unit_test(what_was_given_is_read_in_full),
        cmocka_unit_test(axes_below_0_count_from_the_end),
        cmocka_unit_test(kernels_go_by_the_data_type_of_the_first_input),
        cmocka_unit_test(parameters_are_copied),
        cmocka_unit_test(scratch_is_limited_as_a_tensor_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
