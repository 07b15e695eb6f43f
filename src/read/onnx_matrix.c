/* onnx_matrix.c - ONNX's matrix products with factors and addends, softmaxes of the time when they flattened, and the loss over them. */
#include <string.h>

#include "read/onnx_build.h"
#include "read/onnx_compose.h"
#include "read/onnx_rows.h"

static uint32_t product(struct onnx *o, const struct onnx_node *source, const char *a_name, const char *b_name) {
    int64_t transpose_a, transpose_b;
    float alpha;
    if (!onnx_attr_int(o, source, a_name, 0, &transpose_a) || !onnx_attr_int(o, source, b_name, 0, &transpose_b) ||
        !onnx_attr_float(o, source, "alpha", 1, &alpha))
        return NO_VALUE;
    const uint32_t z = ONNX_EMIT(o, source, "MatMul", onnx_input(source, 0), onnx_input(source, 1));
    if (z == NO_VALUE || !node_set_int(o->scope->graph, onnx_last(o), "transpose_a", transpose_a, o->err) ||
        !node_set_int(o->scope->graph, onnx_last(o), "transpose_b", transpose_b, o->err))
        return NO_VALUE;
    onnx_infer(o);
    return alpha == 1 ? z : onnx_scale(o, source, z, alpha);
}

/* z + beta c. What is one number for each column is added as a bias, which the product's own kernel does. */
static uint32_t add_addend(struct onnx *o, const struct onnx_node *source, uint32_t z, uint32_t c, float beta) {
    const struct msw_type *type = onnx_type(o, c);
    const int32_t columns = type->rank > 0 ? type->dims[type->rank - 1] : 0;
    const bool row = type->rank == 2 && type->dims[0] == 1;
    if (beta != 1)
        return onnx_binary(o, source, "Add", z, onnx_scale(o, source, c, beta));
    if (columns < 2 || (type->rank != 1 && !row))
        return onnx_binary(o, source, "Add", z, c);
    if (row)
        c = onnx_reshape(o, source, c, (const int64_t[]){columns}, 1);
    return onnx_binary(o, source, "BiasAdd", z, c);
}

ONNX_MAKE(gemm) {
    float beta;
    if (!onnx_attrs_only(o, source, "transA transB alpha beta") || !onnx_attr_float(o, source, "beta", 1, &beta))
        return false;
    uint32_t z = product(o, source, "transA", "transB");
    const uint32_t c = onnx_input(source, 2);
    if (z != NO_VALUE && c != NO_VALUE && beta != 0)
        z = add_addend(o, source, z, c, beta);
    return onnx_output(o, source, 0, z);
}

ONNX_MAKE(fused_matmul) {
    int64_t batch_a, batch_b;
    if (!onnx_attrs_only(o, source, "transA transB alpha transBatchA transBatchB") ||
        !onnx_attr_int(o, source, "transBatchA", 0, &batch_a) || !onnx_attr_int(o, source, "transBatchB", 0, &batch_b))
        return false;
    if (batch_a || batch_b)
        return error_set(o->err, MSW_UNSUPPORTED, "transBatchA and transBatchB must be 0");
    return onnx_output(o, source, 0, product(o, source, "transA", "transB"));
}

/* Before version 13 the axes from `axis` on are one. */
ONNX_MAKE(flat_softmax) {
    const uint32_t x = onnx_input(source, 0);
    int64_t axis;
    if (x == NO_VALUE || !onnx_attrs_only(o, source, "axis") || !onnx_attr_int(o, source, "axis", 1, &axis))
        return x != NO_VALUE ? false : error_set(o->err, MSW_INVALID, "input 0 is missing");
    if (axis == -1 || axis == onnx_type(o, x)->rank - 1)
        return onnx_output(o, source, 0, onnx_emit_int(o, source, source->spelling, x, "axis", -1));
    const uint32_t flat = onnx_emit_int(o, source, "Flatten", x, "axis", axis);
    const uint32_t z = onnx_emit_int(o, source, source->spelling, flat, "axis", 1);
    return onnx_output(o, source, 0, onnx_binary(o, source, "Reshape", z, onnx_unary(o, source, "Shape", x)));
}

/* The negative logarithms of a softmax, picked by the labels. */
ONNX_MAKE(softmax_cross_entropy) {
    static const char loss[] = "NegativeLogLikelihoodLoss";
    const uint32_t logs = onnx_emit_int(o, source, "LogSoftmax", onnx_input(source, 0), "axis", 1);
    const uint32_t weights = onnx_input(source, 2);
    const uint32_t z = weights == NO_VALUE ? ONNX_EMIT(o, source, loss, logs, onnx_input(source, 1))
                                           : ONNX_EMIT(o, source, loss, logs, onnx_input(source, 1), weights);
    if (z == NO_VALUE || !onnx_set_attributes(o, source, onnx_last(o), "ignore_index reduction{mean:1,none:0,sum:2}"))
        return false;
    onnx_infer(o);
    return onnx_output(o, source, 0, z) && onnx_output(o, source, 1, logs);
}
