/* Walks of operators that only move elements: what they name is what the operators' own steps copy; and shapes that no steps can tell. */
#include "ops/op_test.h"

#include "ops/walks.h"

/* The numbers of the elements that a walk passes, in order, against what the step makes of an input that lies as x and holds the numbers 0, 1 ... */
static void check(const char *line, uint32_t outputs, const struct walk *x, size_t elements, bool wanted) {
    struct use u;
    use_begin(&u, line);
    if (outputs > 1)
        use_set_outputs(&u, outputs);
    use_prepare(&u);
    int32_t *dense = test_bytes(type_elements(&u.inputs[0]) * sizeof *dense), *z[USE_OUTPUTS] = {NULL};
    size_t index[MSW_MAX_RANK] = {0};
    for (size_t i = 0; i < type_elements(&u.inputs[0]); i++) {
        size_t at = x->first;
        for (int32_t a = x->rank, rest = (int32_t)i; a-- > 0; rest /= x->dims[a])
            at += (size_t)(rest % x->dims[a]) * (size_t)x->steps[a];
        assert_true(at < elements);
        dense[i] = (int32_t)at;
    }
    for (uint32_t o = 0; o < outputs; o++)
        z[o] = test_bytes(type_elements(&u.outputs[o]) * sizeof *z[o]);
    u.step.in = (const void *const[]){dense};
    u.step.out = (void *const *)z;
    u.step.run(&u.step);
    for (uint32_t o = 0; o < outputs; o++) {
        struct walk w;
        memset(index, 0, sizeof index);
        if (site_walk(&u.site, o, x, &w) != wanted)
            fail_msg("%s: output %u %s a walk", line, o, wanted ? "has not" : "has");
        for (size_t i = 0; wanted && i < type_elements(&u.outputs[o]); i++) {
            size_t at = w.first;
            assert_int_equal(w.rank, u.outputs[o].rank);
            for (int32_t a = w.rank, rest = (int32_t)i; a-- > 0; rest /= w.dims[a]) {
                assert_int_equal(w.dims[a], u.outputs[o].dims[a]);
                at += (size_t)(rest % w.dims[a]) * (size_t)w.steps[a];
            }
            if ((int32_t)at != z[o][i])
                fail_msg("%s: element %zu of output %u is at %zu, expected %d", line, i, o, at, z[o][i]);
        }
    }
    for (uint32_t o = 0; o < outputs; o++)
        free(z[o]);
    free(dense);
    use_end(&u);
}

static void check_dense(const char *line, uint32_t outputs) {
    struct use u;
    use_begin(&u, line);
    const struct walk x = walk_dense(&u.inputs[0]);
    check(line, outputs, &x, type_elements(&u.inputs[0]), true);
    use_end(&u);
}

static void walks_name_what_steps_copy(void **state) {
    (void)state;
    check_dense("Transpose int32[2,3,4] perm=2,0,-2", 1);
    check_dense("Transpose int32[2,3,4]", 1);
    check_dense("StridedSlice int32[3,4,2] int64[3]:0,1,0 int64[3]:2,3,1 int64[3]:1,1,1 ellipsis_mask=1 "
                "shrink_axis_mask=4",
                1);
    check_dense("StridedSlice int32[5,4] int64[2]:4,3 int64[2]:0,0 int64[2]:-2,-1 new_axis_mask=0", 1);
    check_dense("Slice int32[3,4] int64[2]:1,1 int64[2]:-1,2", 1);
    check_dense("Split int32[2,6] axis=1", 3);
    check_dense("Split int32[2,6,2] axis=-2 sizes=1,3,2", 3);
    check_dense("Unstack int32[2,3,4] axis=1", 3);
    check_dense("Reshape int32[2,3,4] int64[3]:4,3,2", 1);
    check_dense("ExpandDims int32[2,3] axis=1", 1);
    check_dense("Squeeze int32[1,2,1,3]", 1);
    check_dense("Flatten int32[2,3,4]", 1);
}

/* A tensor of [2,3,4] whose elements lie in one of [4,3,2] turned around. */
static const struct walk turned = {.rank = 3, .dims = {2, 3, 4}, .steps = {1, 2, 6}};
/* The middle two of the last four of [2,3,4]: rows of two. */
static const struct walk part = {.rank = 3, .dims = {2, 3, 2}, .steps = {12, 4, 1}, .first = 1};

static void walks_follow_one_another(void **state) {
    (void)state;
    check("Transpose int32[2,3,4] perm=2,1,0", 1, &turned, 24, true);
    check("Reshape int32[2,3,4] int64[5]:2,1,3,2,2", 1, &turned, 24, true);
    check("Reshape int32[2,3,4] int64[4]:1,2,3,4", 1, &turned, 24, true);
    check("Split int32[2,3,4] axis=2", 2, &turned, 24, true);
    check("Reshape int32[2,3,2] int64[3]:6,2,1", 1, &part, 24, true);
    check("Reshape int32[2,3,2] int64[2]:6,2", 1, &part, 24, true);
    check("StridedSlice int32[2,3,2] int64[1]:1 int64[1]:2 int64[1]:1", 1, &part, 24, true);
}

static void no_steps_tell_axes_that_lie_apart_as_one(void **state) {
    (void)state;
    check("Reshape int32[2,3,4] int64[1]:24", 1, &turned, 24, false);
    check("Reshape int32[2,3,4] int64[2]:6,4", 1, &turned, 24, false);
    check("Reshape int32[2,3,4] int64[2]:3,8", 1, &turned, 24, false);
    check("Reshape int32[2,3,2] int64[2]:2,6", 1, &part, 24, false);
    check("Flatten int32[2,3,2]", 1, &part, 24, false);
}

static void what_computes_has_no_walk(void **state) {
    (void)state;
    struct use u;
    struct walk w;
    use_begin(&u, "Abs int32[2,3]");
    assert_true(use_check(&u));
    const struct walk x = walk_dense(&u.inputs[0]);
    assert_false(site_walk(&u.site, 0, &x, &w));
    use_end(&u);
}

/* Nothing has checked a type that a model declares while the shape itself is not known yet. */
static void a_shape_of_other_elements_has_no_walk(void **state) {
    (void)state;
    struct use u;
    struct walk w;
    use_begin(&u, "Reshape int32[4] int64[1]:4");
    assert_true(use_check(&u));
    const struct walk x = walk_dense(&u.inputs[0]);
    assert_true(site_walk(&u.site, 0, &x, &w));
    u.outputs[0].dims[0] = 5;
    assert_false(site_walk(&u.site, 0, &x, &w));
    u.outputs[0].dims[0] = 3;
    assert_false(site_walk(&u.site, 0, &x, &w));
    use_end(&u);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(walks_name_what_steps_copy),
        cmocka_unit_test(walks_follow_one_another),
        cmocka_unit_test(no_steps_tell_axes_that_lie_apart_as_one),
        cmocka_unit_test(what_computes_has_no_walk),
        cmocka_unit_test(a_shape_of_other_elements_has_no_walk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
