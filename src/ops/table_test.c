/* table_test.c - what holds for every row of ops.def, new ones included; bad_uses_test.c says how they take nonsense.
 * The host is this file's own, so that memory can run out: host_native.c stays out of the link. */
#include "ops/op_test.h"

#include "base/host.h"

static bool no_memory;

void *host_alloc(size_t bytes) {
    return no_memory ? NULL : test_bytes(bytes);
}

void host_free(void *memory) {
    free(memory);
}

static void rows_are_sorted_and_apart(void **state) {
    (void)state;
    for (uint32_t i = 1; i < op_count; i++)
        assert_true(strcmp(op_table[i - 1]->about.name, op_table[i]->about.name) < 0);
}

static void rows_are_complete(void **state) {
    (void)state;
    for (uint32_t i = 0; i < op_count; i++) {
        const struct op *op = op_table[i];
        assert_non_null((void *)(uintptr_t)op->check);
        assert_non_null((void *)(uintptr_t)op->prepare);
        assert_non_null((void *)(uintptr_t)op->work);
        assert_in_range(op->about.inputs_min, 1, USE_INPUTS);
        assert_true(op->about.inputs_max >= op->about.inputs_min);
        if (op->about.outputs != OP_MANY)
            assert_in_range(op->about.outputs, 1, USE_OUTPUTS);
        else
            assert_true(op_attr_index(op, "outputs") >= 0);
        assert_in_range(op->about.attr_count, 0, OP_MAX_ATTRS);
        assert_int_equal(op->about.dtypes & ~((1u << DTYPE_END) - 2), 0);
        assert_int_not_equal(op->about.dtypes, 0);
        for (int32_t d = MSW_ANY + 1; d < DTYPE_END && op->kernels; d++)
            if ((op->native >> d & 1) != (op->kernels[d] != NULL))
                fail_msg("%s: data type %s and its kernel do not go together", op->about.name, dtype_info(d)->name);
    }
}

static const char *const input_types[] = {
    "float32[]",
    "float32[1]",
    "float32[3]",
    "float32[0]",
    "float32[3,3]",
    "float32[2,0]",
    "float32[1,3,3]",
    "float32[1,3,3,3]",
    "float32[3,3,3,3]",
    "float32[0,3,3,3]",
    "float32[3,0,3,3]",
    "float32[3,1,1,1]",
    "float32[1,1,1,1,1,1,1,3]",
    "int32[3]",
    "int32[3,3]",
    "int8[]",
    "int8[3,3,3,3]",
    "int64[2]:3,-1",
    "int64[2]",
    "int64[0]:",
    "uint8[3]",
    "bool[2,0,3]",
    "float32[600,900,900]",
};

static void use_of(struct use *u, const struct op *op, const char *const *types) {
    static char line[200]; /* the use refers to it */
    int used = snprintf(line, sizeof line, "%s", op->about.name);
    for (int32_t i = 0; i < op->about.inputs_min; i++)
        used += snprintf(line + used, sizeof line - (size_t)used, " %s", types[i]);
    use_begin(u, line);
    use_set_outputs(u, op->about.outputs == OP_MANY ? 3 : (uint32_t)op->about.outputs);
}

static void a_step_without_memory_for_its_parameters_is_an_error(void **state) {
    (void)state;
    size_t prepared = 0;
    for (uint32_t i = 0; i < op_count; i++) {
        for (size_t x = 0; x < COUNT(input_types); x++) {
            struct use u;
            const char *types[USE_INPUTS];
            for (size_t k = 0; k < USE_INPUTS; k++)
                types[k] = input_types[x];
            use_of(&u, op_table[i], types);
            if (op_attr_index(op_table[i], "kernel") >= 0)
                use_attribute(&u, "kernel=1,1");
            if ((op_table[i]->about.dtypes >> u.inputs[0].dtype & 1) && use_check(&u)) {
                no_memory = true;
                assert_false(op_table[i]->prepare(&u.site, &u.step, &u.arena, &u.err));
                no_memory = false;
                assert_int_equal(u.err.about.status, MSW_LIMIT);
                assert_true(strstr(u.err.text, "out of memory: ") || strstr(u.err.text, "bytes"));
                prepared++;
            }
            no_memory = false;
            use_end(&u);
        }
    }
    assert_true(prepared > op_count);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_sorted_and_apart),
        cmocka_unit_test(rows_are_complete),
        cmocka_unit_test(a_step_without_memory_for_its_parameters_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
