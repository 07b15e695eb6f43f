/* onnx_image.c - convolutions, pools and normalisations of ONNX, whose images have any number of directions, by our operators, which have two or three. */
#include <string.h>

#include "read/onnx_compose.h"
#include "read/onnx_rows.h"

enum { MOST_DIRECTIONS = 3 };

static struct graph *graph_of(const struct onnx *o) {
    return o->scope->graph;
}

/* Windows */

/* How many directions the image has. A node with one gets another of size 1 before it (`added`). */
static bool directions(struct onnx *o, const struct onnx_node *source, int32_t *count) {
    const int64_t *kernel;
    uint32_t length;
    if (!onnx_attr_ints(o, source, "kernel_shape", &kernel, &length))
        return false;
    *count = (int32_t)length;
    for (uint32_t i = 0; *count == 0 && i < 2 && i < source->input_count; i++) /* weights say it too */
        if (source->values[i] != NO_VALUE && onnx_type(o, source->values[i])->rank > 2)
            *count = onnx_type(o, source->values[i])->rank - 2;
    if (*count == 0)
        return error_set(o->err, MSW_UNSUPPORTED, "the rank of the image is not known when the model is loaded");
    return (*count >= 1 && *count <= MOST_DIRECTIONS) ||
           error_set(o->err, MSW_UNSUPPORTED, "images of %d directions are not supported (1 to %d)", *count,
                     (int32_t)MOST_DIRECTIONS);
}

static const int64_t ahead = 2; /* the axis of the added direction */

static uint32_t add_direction(struct onnx *o, const struct onnx_node *source, uint32_t x) {
    return onnx_emit_ints(o, source, "ExpandDims", x, "axis", &ahead, 1);
}

static uint32_t drop_direction(struct onnx *o, const struct onnx_node *source, uint32_t z) {
    onnx_infer(o);
    return onnx_emit_ints(o, source, "Squeeze", z, "axis", &ahead, 1);
}

/* A list of a number for each direction, with `filler` for an added one. */
static bool set_list(struct onnx *o, const struct onnx_node *source, const char *name, const char *ours, int32_t count,
                     int64_t filler) {
    const int64_t *ints;
    int64_t list[MOST_DIRECTIONS] = {filler, filler};
    uint32_t length;
    if (!onnx_attr_ints(o, source, name, &ints, &length))
        return false;
    if (length == 0)
        return true;
    if (length != (uint32_t)count)
        return error_set(o->err, MSW_INVALID, "attribute '%s' must have %d numbers, has %d", name, count,
                         (int32_t)length);
    const int32_t added = count == 1;
    memcpy(list + added, ints, length * sizeof *ints);
    return node_set_ints(graph_of(o), onnx_last(o), ours, list, count + added, o->err);
}

/* ONNX: all that is before, then all that is after; ours: both for each direction. */
static bool set_padding(struct onnx *o, const struct onnx_node *source, int32_t count) {
    static const char *const modes[] = {"NOTSET", "SAME_UPPER", "VALID", "SAME_LOWER"};
    const int64_t *pads;
    int64_t list[2 * MOST_DIRECTIONS] = {0};
    uint32_t length;
    const char *mode;
    if (!onnx_attr_text(o, source, "auto_pad", modes[0], &mode) || !onnx_attr_ints(o, source, "pads", &pads, &length))
        return false;
    int64_t number = 0;
    while (number < 4 && strcmp(mode, modes[number]) != 0)
        number++;
    if (number == 4)
        return error_set(o->err, MSW_INVALID,
                         "attribute 'auto_pad' is '%s', expected NOTSET, SAME_UPPER, SAME_LOWER or VALID", mode);
    if (number != 0)
        return node_set_int(graph_of(o), onnx_last(o), "pad_mode", number, o->err);
    if (length == 0)
        return true;
    if (length != 2 * (uint32_t)count)
        return error_set(o->err, MSW_INVALID, "attribute 'pads' must have %d numbers, has %d", 2 * count,
                         (int32_t)length);
    const int32_t added = count == 1;
    for (int32_t i = 0; i < count; i++) {
        list[2 * (i + added)] = pads[i];
        list[2 * (i + added) + 1] = pads[count + i];
    }
    return node_set_ints(graph_of(o), onnx_last(o), "pads", list, 2 * (count + added), o->err);
}

ONNX_MAKE(conv) {
    int32_t count;
    int64_t group;
    uint32_t x = onnx_input(source, 0), w = onnx_input(source, 1);
    const uint32_t b = onnx_input(source, 2);
    if (x == NO_VALUE || w == NO_VALUE)
        return error_set(o->err, MSW_INVALID, "needs an image and weights");
    if (!onnx_attrs_only(o, source, "auto_pad dilations group kernel_shape pads strides") ||
        !directions(o, source, &count) || !onnx_attr_int(o, source, "group", 1, &group))
        return false;
    if (count == 1) {
        x = add_direction(o, source, x);
        w = add_direction(o, source, w);
    }
    uint32_t z = ONNX_EMIT(o, source, count == 3 ? "Conv3D" : "Conv2D", x, w);
    if (z == NO_VALUE || !set_padding(o, source, count) || !set_list(o, source, "strides", "strides", count, 1) ||
        !set_list(o, source, "dilations", "dilations", count, 1) ||
        !node_set_int(graph_of(o), onnx_last(o), "group", group, o->err))
        return false;
    onnx_infer(o);
    if (b != NO_VALUE)
        z = ONNX_EMIT(o, source, "BiasAdd", z, b);
    if (z != NO_VALUE && count == 1)
        z = drop_direction(o, source, z);
    return onnx_output(o, source, 0, z);
}

/* A pool of operator `op`, or `op`3D; attributes but the kernel's are set by the caller on onnx_last. */
static bool pool(struct onnx *o, const struct onnx_node *source, uint32_t x, const char *op, const char *op_3d,
                 int32_t count, uint32_t *z) {
    *z = ONNX_EMIT(o, source, count == 3 ? op_3d : op, x);
    int64_t ceil_mode;
    return *z != NO_VALUE && set_list(o, source, "kernel_shape", "kernel", count, 1) &&
           set_list(o, source, "strides", "strides", count, 1) && set_padding(o, source, count) &&
           onnx_attr_int(o, source, "ceil_mode", 0, &ceil_mode) &&
           node_set_int(graph_of(o), onnx_last(o), "ceil_mode", ceil_mode, o->err);
}

static bool all_ones(struct onnx *o, const struct onnx_node *source, const char *name) {
    const int64_t *ints;
    uint32_t count;
    if (!onnx_attr_ints(o, source, name, &ints, &count))
        return false;
    for (uint32_t i = 0; i < count; i++)
        if (ints[i] != 1)
            return error_set(o->err, MSW_UNSUPPORTED, "attribute '%s' other than 1 is not supported", name);
    return true;
}

static bool begin_pool(struct onnx *o, const struct onnx_node *source, int32_t *count, uint32_t *x) {
    *x = onnx_input(source, 0);
    if (*x == NO_VALUE || !onnx_attribute(source, "kernel_shape"))
        return error_set(o->err, MSW_INVALID, "needs an image and attribute 'kernel_shape'");
    if (!directions(o, source, count))
        return false;
    if (*count == 1)
        *x = add_direction(o, source, *x);
    return *x != NO_VALUE;
}

static bool end_pool(struct onnx *o, const struct onnx_node *source, int32_t count, uint32_t z) {
    return onnx_output(o, source, 0, count == 1 ? drop_direction(o, source, z) : z);
}

ONNX_MAKE(max_pool) {
    int32_t count;
    uint32_t x, z;
    if (onnx_has_output(source, 1))
        return error_set(o->err, MSW_UNSUPPORTED, "indices of the largest elements are not supported");
    return onnx_attrs_only(o, source, "auto_pad ceil_mode dilations kernel_shape pads storage_order strides") &&
           begin_pool(o, source, &count, &x) && pool(o, source, x, "MaxPool", "MaxPool3D", count, &z) &&
           set_list(o, source, "dilations", "dilations", count, 1) && end_pool(o, source, count, z);
}

ONNX_MAKE(average_pool) {
    int32_t count;
    int64_t include;
    uint32_t x, z;
    return onnx_attrs_only(o, source, "auto_pad ceil_mode count_include_pad dilations kernel_shape pads strides") &&
           all_ones(o, source, "dilations") && begin_pool(o, source, &count, &x) &&
           onnx_attr_int(o, source, "count_include_pad", 0, &include) &&
           pool(o, source, x, "AvgPool", "AvgPool3D", count, &z) &&
           node_set_int(graph_of(o), onnx_last(o), "count_include_pad", include, o->err) &&
           end_pool(o, source, count, z);
}

/* (sum of |x|^p)^(1/p), the sum being a mean of which one point is all. */
ONNX_MAKE(lp_pool) {
    int32_t count;
    int64_t p;
    uint32_t x, z;
    if (!onnx_attrs_only(o, source, "auto_pad ceil_mode dilations kernel_shape p pads strides") ||
        !all_ones(o, source, "dilations") || !begin_pool(o, source, &count, &x) ||
        !onnx_attr_int(o, source, "p", 2, &p))
        return false;
    if (p < 1)
        return error_set(o->err, MSW_INVALID, "attribute 'p' must be 1 or more, got %l", p);
    const uint32_t power = onnx_number(o, source, x, (float)p);
    const uint32_t powers = ONNX_EMIT(o, source, "Pow", ONNX_EMIT(o, source, "Abs", x), power);
    if (powers == NO_VALUE || !pool(o, source, powers, "AvgPool", "AvgPool3D", count, &z) ||
        !node_set_int(graph_of(o), onnx_last(o), "divisor", 1, o->err))
        return false;
    const uint32_t root = onnx_number(o, source, x, 1 / (float)p);
    return end_pool(o, source, count, ONNX_EMIT(o, source, "Pow", z, root));
}

/* All axes from `first` on, of a rank that is known. */
static bool axes_from(struct onnx *o, uint32_t x, int64_t first, int64_t axes[MSW_MAX_RANK], int32_t *count) {
    const int32_t rank = onnx_rank(o, x, "input");
    if (rank < 0)
        return false;
    first = first < 0 ? first + rank : first;
    if (first < 0 || first >= rank)
        return error_set(o->err, MSW_INVALID, "axis %l is outside of rank %d", first, rank);
    *count = rank - (int32_t)first;
    for (int32_t i = 0; i < *count; i++)
        axes[i] = first + i;
    return true;
}

static uint32_t reduce(struct onnx *o, const struct onnx_node *source, const char *op, uint32_t x, const int64_t *axes,
                       int32_t count) {
    const uint32_t z = onnx_emit_ints(o, source, op, x, "axis", axes, count);
    if (z == NO_VALUE || !node_set_int(graph_of(o), onnx_last(o), "keep_dims", 1, o->err))
        return NO_VALUE;
    onnx_infer(o);
    return z;
}

static bool global_pool(struct onnx *o, const struct onnx_node *source, const char *op) {
    int64_t axes[MSW_MAX_RANK];
    int32_t count;
    const uint32_t x = onnx_input(source, 0);
    return x != NO_VALUE && onnx_attrs_only(o, source, "") && axes_from(o, x, 2, axes, &count) &&
           onnx_output(o, source, 0, reduce(o, source, op, x, axes, count));
}

ONNX_MAKE(global_average_pool) {
    return global_pool(o, source, "ReduceMean");
}

ONNX_MAKE(global_max_pool) {
    return global_pool(o, source, "ReduceMax");
}

/* Norms */

ONNX_MAKE(batch_norm) {
    float epsilon;
    int64_t training, spatial;
    uint32_t inputs[5];
    for (uint32_t i = 0; i < 5; i++)
        inputs[i] = onnx_input(source, i);
    if (!onnx_attrs_only(o, source, "epsilon momentum training_mode spatial") ||
        !onnx_attr_float(o, source, "epsilon", 1e-5f, &epsilon) ||
        !onnx_attr_int(o, source, "training_mode", 0, &training) || !onnx_attr_int(o, source, "spatial", 1, &spatial))
        return false;
    if (training || !spatial || onnx_has_output(source, 1))
        return error_set(o->err, MSW_UNSUPPORTED, "statistics of the batch are not supported");
    const uint32_t z = onnx_emit(o, source, "BatchNorm", 5, inputs, 1);
    if (z == NO_VALUE || !node_set_float(graph_of(o), onnx_last(o), "epsilon", (double)epsilon, o->err))
        return false;
    onnx_infer(o);
    return onnx_output(o, source, 0, z);
}

/* x as float32 where a stash type asks for it. */
static bool stash(struct onnx *o, const struct onnx_node *source, uint32_t *x) {
    int64_t type;
    if (!onnx_attr_int(o, source, "stash_type", 1, &type))
        return false;
    if (onnx_attribute(source, "stash_type") && type != 1)
        return error_set(o->err, MSW_UNSUPPORTED, "attribute 'stash_type' is %l, expected 1", type);
    *x = onnx_type(o, *x)->dtype == MSW_FLOAT32 ? *x : onnx_emit_int(o, source, "Cast", *x, "dtype", MSW_FLOAT32);
    return *x != NO_VALUE;
}

/* scale z + bias, as far as they are there, in the type of the input. */
static uint32_t affine(struct onnx *o, const struct onnx_node *source, uint32_t z, uint32_t x, uint32_t scale,
                       uint32_t bias) {
    z = onnx_type(o, x)->dtype == MSW_FLOAT32 ? z : ONNX_EMIT(o, source, "CastLike", z, x);
    if (scale != NO_VALUE)
        z = ONNX_EMIT(o, source, "Mul", z, scale);
    return bias != NO_VALUE && z != NO_VALUE ? ONNX_EMIT(o, source, "Add", z, bias) : z;
}

/* x - mean and 1 / sqrt(variance + epsilon) over the axes */
static bool statistics(struct onnx *o, const struct onnx_node *source, uint32_t x, const int64_t *axes, int32_t count,
                       float epsilon, uint32_t *mean, uint32_t *centred, uint32_t *inverse) {
    *mean = reduce(o, source, "ReduceMean", x, axes, count);
    *centred = *mean == NO_VALUE ? NO_VALUE : ONNX_EMIT(o, source, "Sub", x, *mean);
    onnx_infer(o);
    const uint32_t variance =
        *centred == NO_VALUE ? NO_VALUE
                             : reduce(o, source, "ReduceMean", ONNX_EMIT(o, source, "Square", *centred), axes, count);
    if (variance == NO_VALUE)
        return false;
    const uint32_t moved = ONNX_EMIT(o, source, "Add", variance, onnx_number(o, source, variance, epsilon));
    *inverse = ONNX_EMIT(o, source, "Rsqrt", moved);
    return *inverse != NO_VALUE;
}

ONNX_MAKE(layer_norm) {
    int64_t axis, axes[MSW_MAX_RANK];
    float epsilon;
    int32_t count;
    const uint32_t x = onnx_input(source, 0), scale = onnx_input(source, 1), bias = onnx_input(source, 2);
    uint32_t wide = x, mean, centred, inverse;
    if (x == NO_VALUE || scale == NO_VALUE)
        return error_set(o->err, MSW_INVALID, "needs an input and its scale");
    if (!onnx_attrs_only(o, source, "axis epsilon stash_type") || !onnx_attr_int(o, source, "axis", -1, &axis) ||
        !onnx_attr_float(o, source, "epsilon", 1e-5f, &epsilon))
        return false;
    const bool plain = !onnx_has_output(source, 1) && !onnx_has_output(source, 2) && bias != NO_VALUE &&
                       onnx_type(o, x)->rank > 0 && onnx_type(o, scale)->rank > 0 &&
                       onnx_type(o, scale)->rank == (axis < 0 ? -axis : onnx_type(o, x)->rank - axis);
    if (plain) {
        const uint32_t z = ONNX_EMIT(o, source, "LayerNorm", x, scale, bias);
        if (z == NO_VALUE || !node_set_int(graph_of(o), onnx_last(o), "begin_norm_axis", axis, o->err) ||
            !node_set_int(graph_of(o), onnx_last(o), "begin_params_axis", axis, o->err) ||
            !node_set_float(graph_of(o), onnx_last(o), "epsilon", (double)epsilon, o->err))
            return false;
        onnx_infer(o);
        return onnx_output(o, source, 0, z);
    }
    if (!axes_from(o, x, axis, axes, &count) || !stash(o, source, &wide) ||
        !statistics(o, source, wide, axes, count, epsilon, &mean, &centred, &inverse))
        return false;
    const uint32_t z = ONNX_EMIT(o, source, "Mul", centred, inverse);
    return onnx_output(o, source, 0, affine(o, source, z, x, scale, bias)) && onnx_output(o, source, 1, mean) &&
           onnx_output(o, source, 2, inverse);
}

ONNX_MAKE(rms_norm) {
    int64_t axis, axes[MSW_MAX_RANK];
    float epsilon;
    int32_t count;
    const uint32_t x = onnx_input(source, 0), scale = onnx_input(source, 1);
    uint32_t wide = x;
    if (x == NO_VALUE || scale == NO_VALUE)
        return error_set(o->err, MSW_INVALID, "needs an input and its scale");
    if (!onnx_attrs_only(o, source, "axis epsilon stash_type") || !onnx_attr_int(o, source, "axis", -1, &axis) ||
        !onnx_attr_float(o, source, "epsilon", 1e-5f, &epsilon) || !axes_from(o, x, axis, axes, &count) ||
        !stash(o, source, &wide))
        return false;
    const uint32_t mean = reduce(o, source, "ReduceMean", ONNX_EMIT(o, source, "Square", wide), axes, count);
    const uint32_t moved =
        mean == NO_VALUE ? NO_VALUE : ONNX_EMIT(o, source, "Add", mean, onnx_number(o, source, mean, epsilon));
    const uint32_t inverse = ONNX_EMIT(o, source, "Rsqrt", moved);
    return onnx_output(o, source, 0, affine(o, source, ONNX_EMIT(o, source, "Mul", wide, inverse), x, scale, NO_VALUE));
}

ONNX_MAKE(mean_variance_norm) {
    static const int64_t usual[] = {0, 2, 3};
    const int64_t *axes;
    uint32_t count, mean, centred, inverse;
    const uint32_t x = onnx_input(source, 0);
    return x != NO_VALUE && onnx_attrs_only(o, source, "axes") && onnx_attr_ints(o, source, "axes", &axes, &count) &&
           statistics(o, source, x, count ? axes : usual, count ? (int32_t)count : 3, 1e-9f, &mean, &centred,
                      &inverse) &&
           onnx_output(o, source, 0, ONNX_EMIT(o, source, "Mul", centred, inverse));
}

/* GroupNorm of `groups` groups, 0: one for each channel, which the scale counts. */
static bool group_norm(struct onnx *o, const struct onnx_node *source, int64_t groups) {
    float epsilon;
    const uint32_t x = onnx_input(source, 0), scale = onnx_input(source, 1), bias = onnx_input(source, 2);
    if (x == NO_VALUE || scale == NO_VALUE || bias == NO_VALUE)
        return error_set(o->err, MSW_INVALID, "needs an input, its scale and its bias");
    if (groups == 0 && onnx_type(o, scale)->rank == 1)
        groups = onnx_type(o, scale)->dims[0];
    if (groups < 1)
        return error_set(o->err, MSW_UNSUPPORTED, "the number of channels is not known when the model is loaded");
    const uint32_t z = ONNX_EMIT(o, source, "GroupNorm", x, scale, bias);
    if (z == NO_VALUE || !onnx_attr_float(o, source, "epsilon", 1e-5f, &epsilon) ||
        !node_set_int(graph_of(o), onnx_last(o), "groups", groups, o->err) ||
        !node_set_float(graph_of(o), onnx_last(o), "epsilon", (double)epsilon, o->err))
        return false;
    onnx_infer(o);
    return onnx_output(o, source, 0, z);
}

ONNX_MAKE(instance_norm) {
    return onnx_attrs_only(o, source, "epsilon") && group_norm(o, source, 0);
}

ONNX_MAKE(group_norm) {
    int64_t groups, stash_type;
    return onnx_attrs_only(o, source, "epsilon num_groups stash_type") &&
           onnx_attr_int(o, source, "num_groups", 0, &groups) &&
           onnx_attr_int(o, source, "stash_type", 1, &stash_type) &&
           (groups > 0 || error_set(o->err, MSW_INVALID, "attribute 'num_groups' must be 1 or more")) &&
           group_norm(o, source, groups);
}

/* x / (p-norm along an axis); where the norm is 0, so is the answer. */
ONNX_MAKE(lp_normalization) {
    int64_t axis, p;
    const uint32_t x = onnx_input(source, 0);
    if (x == NO_VALUE || !onnx_attrs_only(o, source, "axis p") || !onnx_attr_int(o, source, "axis", -1, &axis) ||
        !onnx_attr_int(o, source, "p", 2, &p))
        return false;
    const uint32_t norm = reduce(o, source, "LpNorm", x, &axis, 1);
    if (norm == NO_VALUE || !node_set_int(graph_of(o), onnx_last(o), "p", p, o->err))
        return false;
    const uint32_t zero = onnx_number(o, source, x, 0), none = ONNX_EMIT(o, source, "Equal", norm, zero);
    const uint32_t divisor = ONNX_EMIT(o, source, "Select", none, onnx_number(o, source, x, 1), norm);
    return onnx_output(o, source, 0, ONNX_EMIT(o, source, "RealDiv", x, divisor));
}
