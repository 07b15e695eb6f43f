/* What holds for every row of ops.def, new ones included: each is tried with every kind of input and with hostile attributes.
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
        assert_true(strcmp(op_table[i - 1].about.name, op_table[i].about.name) < 0);
}

static void rows_are_complete(void **state) {
    (void)state;
    for (uint32_t i = 0; i < op_count; i++) {
        const struct op *op = &op_table[i];
        assert_non_null((void *)(uintptr_t)op->check);
        assert_non_null((void *)(uintptr_t)op->prepare);
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

static const int64_t numbers[] = {
    0, 1, -1, 2, 3, -3, 127, INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN, 1LL << 32, INT32_MAX / 4, (1LL << 32) + 1};

/* Attribute `index` of the use, under hostile number `which` (of COUNT(numbers)) and length `count`. */
static void set_attribute(struct use *u, int32_t index, size_t which, int32_t count) {
    for (int32_t i = 0; i < count; i++) /* the hostile number in one place, or in all */
        u->numbers[index][i] = which % 2 && i > 0 ? 1 : numbers[which];
    u->attrs[index] = (struct attr){.given = true, .count = count, .ints = u->numbers[index]};
}

static size_t ran;

static size_t size_of(const struct msw_type *type) {
    size_t elements, bytes;
    assert_true(type_sizes(type, &elements, &bytes));
    return bytes;
}

/* Run it in memory that ends where it should, unless that would take long. */
static void run_if_small(struct use *u) {
    void *in[USE_INPUTS], *out[USE_OUTPUTS];
    const uint32_t inputs = u->site.input_count, outputs = u->site.output_count;
    size_t all = u->step.scratch_bytes;
    for (uint32_t i = 0; i < inputs; i++)
        all += size_of(&u->inputs[i]);
    for (uint32_t i = 0; i < outputs; i++)
        all += size_of(&u->outputs[i]);
    if (all > 100000)
        return;
    for (uint32_t i = 0; i < inputs; i++)
        in[i] = test_bytes(size_of(&u->inputs[i]));
    for (uint32_t i = 0; i < outputs; i++)
        out[i] = test_bytes(size_of(&u->outputs[i]));
    u->step.in = (const void *const *)in;
    u->step.out = out;
    u->step.scratch = test_bytes(u->step.scratch_bytes);
    bool runs = !u->step.verify || u->step.verify(&u->step, &u->err);
    if (!runs) { /* an index that is out of range for certain, and now one that may not be */
        assert_int_equal(u->err.about.status, MSW_INVALID);
        error_clear(&u->err);
        for (uint32_t i = 0; i < inputs; i++)
            memset(in[i], 0, size_of(&u->inputs[i]));
        runs = u->step.verify(&u->step, &u->err);
    }
    if (runs)
        u->step.run(&u->step);
    free(u->step.scratch);
    for (uint32_t i = 0; i < inputs; i++)
        free(in[i]);
    for (uint32_t i = 0; i < outputs; i++)
        free(out[i]);
    ran++;
}

/* A use that may be nonsense: it gets an answer or a reason, and what check accepts can be prepared and run. */
static void try_use(struct use *u) {
    size_t elements, bytes;
    error_clear(&u->err);
    u->step = (struct step){0};
    if ((u->site.op->about.dtypes >> u->inputs[0].dtype & 1) == 0)
        return;                /* the graph refuses it before check */
    if (u->site.op->packing) { /* may be asked of any constant, before check */
        struct packing packing;
        for (uint32_t i = 0; i < u->site.input_count; i++)
            if (u->site.op->packing(&u->site, i, &packing)) {
                assert_true(packing.bytes <= TYPE_MAX_BYTES);
                assert_true(type_sizes(&u->inputs[i], &elements, &bytes));
                assert_int_equal(packing.rows * packing.row_bytes, bytes);
            }
    }
    if (!use_check(u)) {
        assert_in_range(u->err.about.status, MSW_INVALID, MSW_UNSUPPORTED);
        assert_string_not_equal(u->err.text, "");
        return;
    }
    assert_int_equal(u->err.about.status, MSW_OK);
    for (uint32_t i = 0; i < u->site.output_count; i++) {
        const struct msw_type *z = &u->outputs[i];
        assert_true(dtype_known(z->dtype) && z->rank >= 0 && z->rank <= MSW_MAX_RANK && type_is_static(z));
        if (!type_sizes(z, &elements, &bytes))
            return; /* the graph refuses it after check */
    }
    if (u->site.op->view)
        (void)u->site.op->view(&u->site);
    if (u->site.op->prepare(&u->site, &u->step, &u->arena, &u->err))
        run_if_small(u);
    else
        assert_int_equal(u->err.about.status, MSW_LIMIT);
}

static void use_of(struct use *u, const struct op *op, const char *const *types) {
    static char line[200]; /* the use refers to it */
    int used = snprintf(line, sizeof line, "%s", op->about.name);
    for (int32_t i = 0; i < op->about.inputs_min; i++)
        used += snprintf(line + used, sizeof line - (size_t)used, " %s", types[i]);
    use_begin(u, line);
    use_set_outputs(u, op->about.outputs == OP_MANY ? 3 : (uint32_t)op->about.outputs);
}

static void try_attributes(struct use *u) {
    const struct op *op = u->site.op;
    for (int32_t a = 0; a < op->about.attr_count; a++) {
        const int32_t kind = op->about.attrs[a].kind;
        const bool list = kind == MSW_ATTR_INTS || kind == MSW_ATTR_FLOATS;
        const struct attr before = u->attrs[a];
        if (op->about.outputs == OP_MANY && strcmp(op->about.attrs[a].name, "outputs") == 0)
            continue; /* whoever makes a node sets it to the number that there are */
        for (size_t which = 0; which < COUNT(numbers); which++) {
            for (int32_t count = list ? 0 : 1; count <= (list ? 5 : 1); count++) {
                set_attribute(u, a, which, count);
                try_use(u);
            }
        }
        u->attrs[a] = before;
    }
}

/* Required attributes are given by then: as many ones as make sense for some operator. */
static void try_types(const struct op *op, const char *const *types) {
    for (int32_t count = 1; count <= 4; count++) {
        struct use u;
        bool required = false;
        use_of(&u, op, types);
        for (int32_t a = 0; a < op->about.attr_count; a++) {
            if (op->about.attrs[a].required) {
                set_attribute(&u, a, 1, count);
                required = true;
            }
        }
        try_use(&u);
        try_attributes(&u);
        use_end(&u);
        if (!required)
            break;
    }
}

static void no_input_and_no_attribute_is_more_than_an_error(void **state) {
    (void)state;
    for (uint32_t i = 0; i < op_count; i++) {
        for (size_t x = 0; x < COUNT(input_types); x++) {
            for (size_t y = 0; y < (op_table[i].about.inputs_min > 1 ? COUNT(input_types) : 1); y++) {
                const char *types[USE_INPUTS] = {input_types[x], input_types[y], input_types[y], input_types[y],
                                                 input_types[y]};
                try_types(&op_table[i], types);
            }
        }
    }
    assert_true(ran > 1000);
}

static void a_step_without_memory_for_its_parameters_is_an_error(void **state) {
    (void)state;
    size_t prepared = 0;
    for (uint32_t i = 0; i < op_count; i++) {
        for (size_t x = 0; x < COUNT(input_types); x++) {
            struct use u;
            const char *types[USE_INPUTS] = {input_types[x], input_types[x], input_types[x], input_types[x],
                                             input_types[x]};
            use_of(&u, &op_table[i], types);
            if (op_attr_index(&op_table[i], "kernel") >= 0)
                set_attribute(&u, op_attr_index(&op_table[i], "kernel"), 1, 2);
            if ((op_table[i].about.dtypes >> u.inputs[0].dtype & 1) && use_check(&u)) {
                no_memory = true;
                assert_false(op_table[i].prepare(&u.site, &u.step, &u.arena, &u.err));
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
        cmocka_unit_test(no_input_and_no_attribute_is_more_than_an_error),
        cmocka_unit_test(a_step_without_memory_for_its_parameters_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
