/* Operators that move elements: which shapes they give, and what they refuse, in which words. What they move is tested against numpy. */
#include "ops/op_test.h"

static const struct use_case cases[] = {
    {"ReverseV2 float32[2,3] axis=0,-1", MSW_OK, "float32[2,3]"},
    {"ReverseV2 float32[2,3] axis=2", MSW_INVALID, "axis[0] is 2: axis must hold axes of float32[2,3], each once"},
    {"ReverseV2 float32[2,3] axis=1,-1", MSW_INVALID, "axis[1] is -1: axis must hold axes of float32[2,3], each once"},
    {"BroadcastTo int8[3,1] int64[3]:2,-1,5", MSW_OK, "int8[2,3,5]"},
    {"BroadcastTo int8[0,1] int64[2]:0,4", MSW_OK, "int8[0,4]"},
    {"BroadcastTo int8[3,1] int64[1]:3", MSW_INVALID, "[3,1] has more dims than the 1 of the new shape"},
    {"BroadcastTo int8[3] int64[2]:-1,3", MSW_INVALID, "dim 0 of the new shape is -1, for 1 of [3]"},
    {"BroadcastTo int8[3] int64[1]:4", MSW_INVALID, "dim 0 of the new shape is 4, for 3 of [3]"},
    {"BroadcastTo int8[1] int64[1]:4294967296", MSW_INVALID, "dim 0 of the new shape is 4294967296, for 1 of [1]"},
    {"BroadcastTo int8[1] int64[1]", MSW_MORE, "a shape that is computed while the model runs is not supported"},
    {"BroadcastTo int8[1] int16[1]", MSW_INVALID, "the shape must be int32[n] or int64[n], n at most 8, got int16[1]"},
    {"Tile bool[2,3] int64[3]:2,1,3", MSW_OK, "bool[2,2,9]"},
    {"Tile bool[2,3] int64[1]:4", MSW_OK, "bool[2,12]"},
    {"Tile bool[2,3] int64[2]:0,2", MSW_OK, "bool[0,6]"},
    {"Tile bool[2] int64[1]:-1", MSW_INVALID, "a dim of 2 cannot be repeated -1 times"},
    {"Tile bool[2] int64[1]:1073741824", MSW_INVALID, "a dim of 2 cannot be repeated 1073741824 times"},
    {"Tile bool[2] int64[1]", MSW_MORE, "a list of multiples that is computed while the model runs is not supported"},
    {"StridedSlice int8[5,6] int64[2]:1,0 int64[2]:4,6 int64[2]:2,1", MSW_OK, "int8[2,6]"},
    {"StridedSlice int8[5,6] int64[1]:-1 int64[1]:-9 int64[1]:-2", MSW_OK, "int8[3,6]"},
    {"StridedSlice int8[5,6] int64[1]:3 int64[1]:1 int64[1]:1", MSW_OK, "int8[0,6]"},
    {"StridedSlice int8[5,6] int64[1]:3 int64[1]:1 int64[1]:1 begin_mask=1 end_mask=1", MSW_OK, "int8[5,6]"},
    {"StridedSlice int8[5,6] int64[2]:0,2 int64[2]:0,3 int64[2]:1,1 ellipsis_mask=1 shrink_axis_mask=2", MSW_OK,
     "int8[5]"},
    {"StridedSlice int8[5,6] int64[2]:0,1 int64[2]:0,2 int64[2]:1,1 new_axis_mask=1", MSW_OK, "int8[1,1,6]"},
    {"StridedSlice int8[5] int64[1]:-9223372036854775808 int64[1]:9223372036854775807 "
     "int64[1]:9223372036854775807",
     MSW_OK, "int8[1]"},
    {"StridedSlice int8[5] int64[1]:9223372036854775807 int64[1]:-9223372036854775808 "
     "int64[1]:-9223372036854775808",
     MSW_OK, "int8[1]"},
    {"StridedSlice int8[5] int64[1]:0 int64[1]:1 int64[1]:0", MSW_INVALID, "strides[0] is 0"},
    {"StridedSlice int8[5] int64[1]:0 int64[2]:1,1 int64[1]:1", MSW_INVALID,
     "begin, end and strides must be of one length, got 1, 2 and 1"},
    {"StridedSlice int8[5] int64[2]:0,0 int64[2]:1,1 int64[2]:1,1", MSW_INVALID,
     "2 positions and 0 ellipses do not fit [5]"},
    {"StridedSlice int8[5] int64[2]:0,0 int64[2]:1,1 int64[2]:1,1 ellipsis_mask=3", MSW_INVALID,
     "0 positions and 2 ellipses do not fit [5]"},
    {"StridedSlice int8[5] int64[1]:5 int64[1]:6 int64[1]:1 shrink_axis_mask=1", MSW_INVALID,
     "begin[0] is 5 with stride 1, for one position of the 5 of [5]"},
    {"StridedSlice int8[1,1,1,1,1,1,1,1] int64[1]:0 int64[1]:1 int64[1]:1 new_axis_mask=1", MSW_INVALID,
     "the result would have 9 dims"},
    {"StridedSlice int8[5] int64[1] int64[1]:1 int64[1]:1", MSW_MORE,
     "a begin that is computed while the model runs is not supported"},
    {"Slice int8[5,6] int64[2]:1,2 int64[2]:-1,3", MSW_OK, "int8[4,3]"},
    {"Slice int8[5] int64[1]:3 int64[1]:3", MSW_INVALID, "begin[0] is 3 and size[0] is 3, for 5 of [5]"},
    {"Slice int8[5] int64[1]:-1 int64[1]:1", MSW_INVALID, "begin[0] is -1 and size[0] is 1, for 5 of [5]"},
    {"Slice int8[5] int64[1]:9223372036854775807 int64[1]:9223372036854775807", MSW_INVALID,
     "begin[0] is 9223372036854775807 and size[0] is 9223372036854775807, for 5 of [5]"},
    {"Slice int8[5,6] int64[1]:1 int64[1]:1", MSW_INVALID, "begin and size must have 2 numbers for [5,6], got 1 and 1"},
    {"Concat int8[2,3] int8[2,4] axis=1", MSW_OK, "int8[2,7]"},
    {"Concat int8[2,3,4] int8[2,3,1] axis=1 channels_last=1", MSW_OK, "int8[2,3,5]"},
    {"Concat int8[2,3] int8[2,4]", MSW_INVALID, "int8[2,3] and int8[2,4] cannot be joined along axis 0"},
    {"Concat int8[2] bool[2]", MSW_INVALID, "int8[2] and bool[2] cannot be joined along axis 0"},
    {"Concat int8[2147483647,0] int8[1,0]", MSW_LIMIT, "the result would have 2147483648 elements along axis 0"},
    {"Stack int8[2,3] int8[2,3] axis=-1", MSW_OK, "int8[2,3,2]"},
    {"Stack int8[2] int8[3]", MSW_INVALID, "int8[2] and int8[3] cannot be stacked: they must be of one type"},
    {"Stack int8[1,1,1,1,1,1,1,1]", MSW_INVALID, "int8[1,1,1,1,1,1,1,1] has no room for another dim: 8 is the most"},
    {"ExpandDims int8[2] axis=-1", MSW_OK, "int8[2,1]"},
    {"ExpandDims int8[2] axis=2", MSW_INVALID, "axis[0] is 2: axis must hold axes of the answer's 2, each once"},
    {"ExpandDims int8[1,1,1,1,1,1,1,1]", MSW_INVALID,
     "int8[1,1,1,1,1,1,1,1] has no room for 1 more dims: 8 is the most"},
    {"Squeeze int8[1,2,1]", MSW_OK, "int8[2]"},
    {"Squeeze int8[1,2,1] axis=0", MSW_OK, "int8[2,1]"},
    {"Squeeze int8[1,2] axis=1", MSW_INVALID, "axis[0] is 1, which is no dim of 1 of [1,2]"},
    {"Squeeze int8[1,2] axis=9223372036854775807", MSW_INVALID,
     "axis[0] is 9223372036854775807, which is no dim of 1 of [1,2]"},
    {"Pad int8[2,3] paddings=1,2", MSW_OK, "int8[2,6]"},
    {"Pad int8[2,3] paddings=-1,0,0,4", MSW_OK, "int8[1,7]"},
    {"Pad int8[2,4,5,3] paddings=1,0,2,0 channels_last=1", MSW_OK, "int8[2,5,7,3]"},
    {"Pad int8[2] paddings=1", MSW_INVALID, "paddings must have two numbers for each of the last axes of [2], got 1"},
    {"Pad int8[2] paddings=1,1 mode=5", MSW_INVALID, "mode must be in 0..4, got 5"},
    {"Pad int8[2] paddings=2,0 mode=1", MSW_INVALID, "padding 2 and 0 of axis 0 must be in 0..1 in mode 1"},
    {"Pad int8[2] paddings=-3,0", MSW_INVALID, "padding -3 and 0 of axis 0 must be in -2..2147483647 in mode 0"},
    {"Pad int8[2] paddings=-2,-2", MSW_INVALID, "padding -2 and -2 of axis 0 leaves -2 elements"},
    {"Pad int8[2] paddings=9223372036854775807,9223372036854775807", MSW_INVALID,
     "padding 9223372036854775807 and 9223372036854775807 of axis 0 must be in -2..2147483647 in mode 0"},
    {"Pad int8[2] bool[] paddings=1,1", MSW_INVALID, "the padding must be one int8, got bool[]"},
    {"Roll int8[2,3] shifts=1,1 axis=0,1", MSW_OK, "int8[2,3]"},
    {"Roll int8[2,3] shifts=1,1", MSW_INVALID, "needs one shift for each axis, got 2 for 1"},
    {"Roll int8[2,3] shifts=1 axis=2", MSW_INVALID, "axis[0] is 2, for rank 2"},
    {"Gather int8[5,6] int32[2,3] axis=1", MSW_OK, "int8[5,2,3]"},
    {"Gather int8[5,6] int64[] axis=0", MSW_OK, "int8[6]"},
    {"Gather int8[2,5] int32[2,3] axis=1 batch_dims=1", MSW_OK, "int8[2,3]"},
    {"Gather int8[5] float32[2]", MSW_INVALID, "indices must be int32 or int64, got float32[2]"},
    {"Gather int8[2,5] int32[3,3] axis=1 batch_dims=1", MSW_INVALID, "1 batch dims do not fit [2,5], [3,3] and axis 1"},
    {"Gather int8[1,1,1,1,1,1,1,1] int32[1,1]", MSW_INVALID,
     "the result of [1,1,1,1,1,1,1,1] and [1,1] would have more than 8 dims"},
    {"GatherD int8[2,5] int32[2,9] axis=1", MSW_OK, "int8[2,9]"},
    {"GatherD int8[2,5] int32[3,9] axis=1", MSW_INVALID, "indices [3,9] do not fit [2,5] but for axis 1"},
    {"GatherNd int8[2,5,3] int32[7,2]", MSW_OK, "int8[7,3]"},
    {"GatherNd int8[2] int32[7,2]", MSW_INVALID,
     "indices [7,2] name no places in [2]: their last dim is at most its rank"},
    {"GatherNd int8[1,1,1,1,1,1,1,1] int32[1,1,1]", MSW_INVALID,
     "rows of [1,1,1,1,1,1,1,1] at [1,1,1] would have more than 8 dims"},
    {"ScatterNdUpdate int8[2,5,3] int32[7,2] int8[7,3]", MSW_OK, "int8[2,5,3]"},
    {"ScatterNdUpdate int8[2,5] int64[7,1] int8[7,5] rows=1", MSW_INVALID,
     "updates must be int8[7,1,5], got int8[7,5]"},
    {"ScatterNdUpdate int8[2,5] float32[1] int8[5]", MSW_INVALID, "indices must be int32 or int64, got float32[1]"},
    {"ScatterNdUpdate int8[2] int32[1,2] int8[1]", MSW_INVALID,
     "indices [1,2] name no places in [2]: their last dim is at most its rank"},
    {"ScatterNdUpdate int8[2] int32[] int8[]", MSW_INVALID,
     "indices [] name no places in [2]: their last dim is at most its rank"},
    {"ScatterNdUpdate int8[1,1,1,1,1,1,1,1] int32[1,1,1] int8[]", MSW_INVALID,
     "rows of [1,1,1,1,1,1,1,1] at [1,1,1] would have more than 8 dims"},
    {"OneHot int32[2,3] float32[] float32[] depth=7 axis=0", MSW_OK, "float32[7,2,3]"},
    {"OneHot int32[2] float32[] float32[] depth=-1", MSW_INVALID, "depth must be in 0..2147483647, got -1"},
    {"OneHot int32[2] float32[] int8[] depth=3", MSW_INVALID,
     "needs one number for on and one for off, of one data type, got float32[] and int8[]"},
    {"OneHot int32[1,1,1,1,1,1,1,1] int8[] int8[]", MSW_INVALID,
     "int32[1,1,1,1,1,1,1,1] has no room for another dim: 8 is the most"},
    {"FillV2 int64[2]:2,0 bool[]", MSW_OK, "bool[2,0]"},
    {"FillV2 int64[1]:2 bool[2]", MSW_INVALID, "the value must be one number, got bool[2]"},
    {"FillV2 int64[1]:-2 bool[]", MSW_INVALID, "dim 0 of the shape is -2"},
    {"Range int64[]:0 int64[]:7 int64[]:2", MSW_OK, "int64[4]"},
    {"Range int64[]:7 int64[]:0 int64[]:-3", MSW_OK, "int64[3]"},
    {"Range int64[]:7 int64[]:0 int64[]:3", MSW_OK, "int64[0]"},
    {"Range int64[]:-9223372036854775808 int64[]:9223372036854775807 int64[]:9223372036854775807", MSW_OK, "int64[3]"},
    {"Range int64[]:0 int64[]:7 int64[]:0", MSW_INVALID,
     "start, limit and delta give no range of at most 2147483647 numbers"},
    {"Range int64[]:0 int64[]:9223372036854775807 int64[]:1", MSW_INVALID,
     "start, limit and delta give no range of at most 2147483647 numbers"},
    {"Range int64[]:0 int64[] int64[]:1", MSW_MORE, "a limit that is computed while the model runs is not supported"},
    {"Range int64[]:0 int32[] int64[]:1", MSW_INVALID, "the limit must be one int64, got int32[]"},
    {"Tril int8[3]", MSW_INVALID, "needs matrices (rank 2 or more), got int8[3]"},
    {"Shape bool[2,3,4]", MSW_OK, "int64[3]"},
};

static void shapes_follow_or_a_reason_is_given(void **state) {
    (void)state;
    use_assert_cases(cases, COUNT(cases));
}

/* Split and Unstack, by how many outputs there are. */
static const struct {
    const char *line;
    uint32_t outputs;
    const char *text; /* of the last output, or the message */
} parts[] = {
    {"Split int8[2,6] axis=1", 3, "int8[2,2]"},
    {"Split int8[2,6] axis=1 sizes=1,5", 2, "int8[2,5]"},
    {"Split int8[2,5] axis=1", 2, "the 5 elements of axis 1 of [2,5] cannot be split into 2 equal parts"},
    {"Split int8[5] sizes=5", 2, "sizes must have 2 numbers, got 1"},
    {"Split int8[5] sizes=6,-1", 2, "sizes[0] is 6, of 5"},
    {"Split int8[5] sizes=2,2", 2, "sizes sum up to 4, axis 0 of [5] has 5"},
    {"Unstack int8[2,3] axis=1", 3, "int8[2]"},
    {"Unstack int8[2,3] axis=1", 2, "axis 1 of [2,3] has 3 elements, the outputs are 2"},
};

static void parts_fit_their_whole(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(parts); i++) {
        struct use u;
        use_begin(&u, parts[i].line);
        use_set_outputs(&u, parts[i].outputs);
        if (use_check(&u))
            error_set(&u.err, MSW_INVALID, "%t", &u.outputs[parts[i].outputs - 1]);
        assert_string_equal(u.err.text, parts[i].text);
        use_end(&u);
    }
}

/* What only the data tell. */
static void an_index_out_of_range_is_found_before_the_run(void **state) {
    (void)state;
    static const struct {
        const char *line;
        int32_t at;
        const char *text;
    } uses[] = {
        {"Gather float32[3] int32[1]", 2, ""},
        {"Gather float32[3] int32[1]", -3, ""},
        {"Gather float32[3] int32[1]", 3, "index 0 is 3, for 3 elements"},
        {"GatherD float32[3] int32[1]", -4, "index 0 is -4, for 3 elements"},
        {"GatherNd float32[3] int32[1]", -1, "index 0 is -1, outside 0..2"},
        {"ScatterNdUpdate float32[3] int32[1] float32[]", 3, "index 0 is 3, outside 0..2"},
    };
    for (size_t i = 0; i < COUNT(uses); i++) {
        struct use u;
        const float x[3] = {1, 2, 3};
        use_begin(&u, uses[i].line);
        use_prepare(&u);
        u.step.in = (const void *const[]){x, &uses[i].at};
        assert_int_equal(u.step.verify(&u.step, &u.err), uses[i].text[0] == '\0');
        assert_string_equal(u.err.text, uses[i].text);
        use_end(&u);
    }
}

static size_t firsts[8]; /* of the outputs of the use that was asked about last */

static bool is_view(const char *line) {
    struct use u;
    use_begin(&u, line);
    assert_true(use_check(&u));
    const bool view = site_is_view(&u.site, firsts);
    use_end(&u);
    return view;
}

static void what_moves_nothing_is_a_view(void **state) {
    (void)state;
    assert_true(is_view("StridedSlice int8[5,6] int64[1]:0 int64[1]:5 int64[1]:1"));
    assert_true(is_view("StridedSlice int8[1,6] int64[1]:0 int64[1]:1 int64[1]:1 shrink_axis_mask=1"));
    assert_true(is_view("StridedSlice int8[5,6] int64[1]:1 int64[1]:4 int64[1]:1"));
    assert_int_equal(firsts[0], 6);
    assert_true(is_view("StridedSlice int8[1,3,4] int64[2]:0,1 int64[2]:1,2 int64[2]:1,1 shrink_axis_mask=3"));
    assert_int_equal(firsts[0], 4);
    assert_false(is_view("StridedSlice int8[5,6] int64[2]:0,1 int64[2]:5,6 int64[2]:1,1"));
    assert_true(is_view("Slice int8[5,6] int64[2]:2,0 int64[2]:3,-1"));
    assert_int_equal(firsts[0], 12);
    assert_false(is_view("Slice int8[5,6] int64[2]:2,0 int64[2]:3,5"));
    assert_false(is_view("StridedSlice int8[5,6] int64[1]:-1 int64[1]:-9 int64[1]:-1"));
    assert_true(is_view("BroadcastTo int8[2,3] int64[3]:1,2,3"));
    assert_false(is_view("BroadcastTo int8[2,1] int64[2]:2,3"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapes_follow_or_a_reason_is_given),
        cmocka_unit_test(parts_fit_their_whole),
        cmocka_unit_test(an_index_out_of_range_is_found_before_the_run),
        cmocka_unit_test(what_moves_nothing_is_a_view),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
