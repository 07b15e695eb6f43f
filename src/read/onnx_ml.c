/* onnx_ml.c - ai.onnx.ml: tables that are attributes of the node become constants that ours read. */
#include "read/onnx_build.h"
#include "read/onnx_rows.h"

static uint32_t floats_of(struct onnx *o, const float *floats, uint32_t count) {
    const struct msw_type type = {.dtype = MSW_FLOAT32, .rank = 1, .dims = {(int32_t)count}};
    return onnx_copy(o, &type, floats, count * sizeof *floats);
}

/* A tensor attribute as a constant; NO_VALUE without an error where the node lacks it. */
static uint32_t tensor_of(struct onnx *o, const struct onnx_node *source, const char *name) {
    const struct onnx_attribute *a = onnx_attribute(source, name);
    struct onnx_tensor tensor;
    if (!a)
        return NO_VALUE;
    if (a->kind != ONNX_TENSOR_VALUE) {
        error_set_at_byte(o->err, MSW_INVALID, (int64_t)a->at, "attribute '%s' must be a tensor", name);
        return NO_VALUE;
    }
    return onnx_tensor_read(a->message, &tensor) ? onnx_constant(o, &tensor, source->title) : NO_VALUE;
}

static uint32_t required(struct onnx *o, const char *name, uint32_t value) {
    if (value == NO_VALUE)
        error_set(o->err, MSW_INVALID, "attribute '%s' is missing", name); /* unless something was said before */
    return value;
}

ONNX_MAKE(array_feature_extractor) {
    const int64_t flat = -1;
    const uint32_t x = onnx_input(source, 0);
    if (!onnx_attrs_only(o, source, ""))
        return false;
    if (x == NO_VALUE)
        return error_set(o->err, MSW_INVALID, "input 0 is missing");
    const int32_t rank = onnx_rank(o, x, "ArrayFeatureExtractor");
    if (rank < 0)
        return false;
    const uint32_t places = ONNX_EMIT(o, source, "Reshape", onnx_input(source, 1), onnx_ints(o, &flat, 1));
    if (places == NO_VALUE)
        return false;
    onnx_infer(o);
    uint32_t rows = x;
    if (rank == 1) { /* one row */
        rows = ONNX_EMIT(o, source, "ExpandDims", x);
        if (rows == NO_VALUE)
            return false;
        onnx_infer(o);
    }
    const uint32_t z = ONNX_EMIT(o, source, "Gather", rows, places);
    if (z == NO_VALUE || !node_set_int(o->scope->graph, onnx_last(o), "axis", -1, o->err))
        return false;
    onnx_infer(o);
    return onnx_output(o, source, 0, z);
}

/* 1 where x is above the threshold, which for whole numbers is the one at or below it. */
ONNX_MAKE(binarizer) {
    const uint32_t x = onnx_input(source, 0);
    float threshold;
    if (!onnx_attrs_only(o, source, "threshold") || !onnx_attr_float(o, source, "threshold", 0, &threshold))
        return false;
    const int32_t dtype = x == NO_VALUE ? MSW_ANY : onnx_type(o, x)->dtype;
    if (dtype == MSW_ANY)
        return error_set(o->err, MSW_UNSUPPORTED, "the data type of its input is not known when the model is read");
    const bool whole = dtype_info(dtype)->number == 'i' || dtype_info(dtype)->number == 'u';
    uint32_t limit = onnx_float(o, whole ? __builtin_floorf(threshold) : threshold);
    if (dtype != MSW_FLOAT32)
        limit = onnx_emit_int(o, source, "Cast", limit, "dtype", dtype);
    const uint32_t above = ONNX_EMIT(o, source, "Greater", x, limit);
    if (above == NO_VALUE)
        return false;
    onnx_infer(o);
    return onnx_output(o, source, 0, onnx_emit_int(o, source, "Cast", above, "dtype", dtype));
}

/* LabelEncoder's lists: NAME_int64s, NAME_floats, or NAME_tensor. */
static uint32_t list_of(struct onnx *o, const struct onnx_node *source, const char *ints_name, const char *floats_name,
                        const char *tensor_name) {
    const int64_t *ints;
    const float *floats;
    uint32_t int_count, float_count;
    if (!onnx_attr_ints(o, source, ints_name, &ints, &int_count) ||
        !onnx_attr_floats(o, source, floats_name, &floats, &float_count))
        return NO_VALUE;
    if (int_count > 0)
        return onnx_ints(o, ints, int_count);
    if (float_count > 0)
        return floats_of(o, floats, float_count);
    return required(o, tensor_name, tensor_of(o, source, tensor_name));
}

static uint32_t default_of(struct onnx *o, const struct onnx_node *source, int32_t dtype) {
    int64_t whole;
    float real;
    const uint32_t tensor = tensor_of(o, source, "default_tensor");
    if (tensor != NO_VALUE || !onnx_attr_int(o, source, "default_int64", -1, &whole) ||
        !onnx_attr_float(o, source, "default_float", -0.0f, &real))
        return tensor;
    const struct msw_type type = {.dtype = MSW_INT64};
    if (dtype == MSW_FLOAT32)
        return onnx_float(o, real);
    if (dtype == MSW_INT64)
        return onnx_copy(o, &type, &whole, sizeof whole);
    return onnx_emit_int(o, source, "Cast", onnx_float(o, real), "dtype", dtype);
}

ONNX_MAKE(label_encoder) {
    if (!onnx_attrs_only(o, source,
                         "keys_int64s keys_floats keys_tensor values_int64s values_floats values_tensor "
                         "default_int64 default_float default_tensor -default_string"))
        return false;
    const uint32_t keys = list_of(o, source, "keys_int64s", "keys_floats", "keys_tensor");
    const uint32_t values =
        keys == NO_VALUE ? keys : list_of(o, source, "values_int64s", "values_floats", "values_tensor");
    if (values == NO_VALUE)
        return false;
    const uint32_t absent = default_of(o, source, onnx_type(o, values)->dtype);
    const uint32_t z = ONNX_EMIT(o, source, "LabelEncoder", onnx_input(source, 0), keys, values, absent);
    if (z == NO_VALUE)
        return false;
    onnx_infer(o);
    return onnx_output(o, source, 0, z);
}

/* A list of a number for each node; zeros where the node lacks it. */
static uint32_t node_list(struct onnx *o, const struct onnx_node *source, const char *name, uint32_t nodes) {
    const int64_t *ints;
    uint32_t count;
    if (!onnx_attr_ints(o, source, name, &ints, &count))
        return NO_VALUE;
    if (count == nodes)
        return onnx_ints(o, ints, count);
    if (count > 0) {
        error_set(o->err, MSW_INVALID, "attribute '%s' has %d numbers, for %d nodes", name, (int32_t)count,
                  (int32_t)nodes);
        return NO_VALUE;
    }
    const int64_t *zeros = arena_alloc(o->arena, nodes, sizeof *zeros, o->err);
    return zeros ? onnx_ints(o, zeros, nodes) : NO_VALUE;
}

static uint32_t tree_nodes(struct onnx *o, const struct onnx_node *source) {
    static const char *const names[] = {"nodes_featureids", "nodes_truenodeids", "nodes_falsenodeids",
                                        "nodes_trueleafs",  "nodes_falseleafs",  "nodes_missing_value_tracks_true"};
    enum { LISTS = sizeof names / sizeof names[0] };
    const int64_t *features;
    uint32_t nodes, lists[LISTS + 1];
    if (!onnx_attr_ints(o, source, names[0], &features, &nodes))
        return NO_VALUE;
    const uint32_t modes = required(o, "nodes_modes", tensor_of(o, source, "nodes_modes"));
    lists[0] = modes == NO_VALUE ? modes : onnx_emit_int(o, source, "Cast", modes, "dtype", MSW_INT64);
    for (int i = 0; i < LISTS; i++)
        lists[i + 1] = lists[i] == NO_VALUE ? NO_VALUE : node_list(o, source, names[i], nodes);
    if (lists[LISTS] == NO_VALUE)
        return NO_VALUE;
    const uint32_t all = onnx_emit(o, source, "Stack", LISTS + 1, lists, 1);
    if (all != NO_VALUE)
        onnx_infer(o);
    return all;
}

ONNX_MAKE(tree_ensemble) {
    const int64_t *roots, *targets;
    uint32_t root_count, target_count;
    int64_t transform, aggregate, wanted;
    if (!onnx_attrs_only(o, source,
                         "aggregate_function post_transform tree_roots -nodes_hitrates nodes_missing_value_tracks_true "
                         "nodes_modes leaf_weights leaf_targetids nodes_falsenodeids n_targets nodes_trueleafs "
                         "nodes_featureids nodes_splits nodes_falseleafs nodes_truenodeids membership_values") ||
        !onnx_attr_ints(o, source, "tree_roots", &roots, &root_count) ||
        !onnx_attr_ints(o, source, "leaf_targetids", &targets, &target_count) ||
        !onnx_attr_int(o, source, "post_transform", 0, &transform) ||
        !onnx_attr_int(o, source, "n_targets", 1, &wanted) ||
        !onnx_attr_int(o, source, "aggregate_function", 1, &aggregate))
        return false;
    if (transform != 0)
        return error_set(o->err, MSW_UNSUPPORTED, "post_transform %l is not supported, only 0", transform);
    const uint32_t members = tensor_of(o, source, "membership_values");
    const uint32_t inputs[] = {onnx_input(source, 0),
                               tree_nodes(o, source),
                               required(o, "nodes_splits", tensor_of(o, source, "nodes_splits")),
                               onnx_ints(o, targets, target_count),
                               required(o, "leaf_weights", tensor_of(o, source, "leaf_weights")),
                               members};
    const uint32_t z = o->err->about.status == MSW_OK
                           ? onnx_emit(o, source, "TreeEnsemble", members == NO_VALUE ? 5 : 6, inputs, 1)
                           : NO_VALUE;
    struct graph *g = o->scope->graph;
    if (z == NO_VALUE || !node_set_ints(g, onnx_last(o), "roots", roots, (int32_t)root_count, o->err) ||
        !node_set_int(g, onnx_last(o), "targets", wanted, o->err) ||
        !node_set_int(g, onnx_last(o), "aggregate", aggregate, o->err))
        return false;
    onnx_infer(o);
    return onnx_output(o, source, 0, z);
}
