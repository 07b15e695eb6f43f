/* onnx_compose.h - what files that lower one operator of ONNX to several of ours have in common. Each function adds a node and infers its type; a NO_VALUE
 * among its inputs, or an error, gives NO_VALUE. */
#ifndef READ_ONNX_COMPOSE_H
#define READ_ONNX_COMPOSE_H

#include "read/onnx_build.h"

uint32_t onnx_unary(struct onnx *o, const struct onnx_node *source, const char *op, uint32_t x);
uint32_t onnx_binary(struct onnx *o, const struct onnx_node *source, const char *op, uint32_t x, uint32_t y);

/* With a list of whole numbers as an attribute. */
uint32_t onnx_emit_ints(struct onnx *o, const struct onnx_node *source, const char *op, uint32_t x, const char *attr,
                        const int64_t *ints, int32_t count);

/* 0 as a dim: as it is; -1: what is left. */
uint32_t onnx_reshape(struct onnx *o, const struct onnx_node *source, uint32_t x, const int64_t *dims, uint32_t rank);

/* One number, of the data type of `like`, once that is known; NO_VALUE: float32. */
uint32_t onnx_number(struct onnx *o, const struct onnx_node *source, uint32_t like, float number);

/* x times a number. */
uint32_t onnx_scale(struct onnx *o, const struct onnx_node *source, uint32_t x, float factor);

/* x in parts of these sizes along an axis, parts[i] being values. */
bool onnx_split(struct onnx *o, const struct onnx_node *source, uint32_t x, int64_t axis, const int64_t *sizes,
                uint32_t count, uint32_t *parts);

/* One behind the other. */
uint32_t onnx_concat(struct onnx *o, const struct onnx_node *source, int64_t axis, const uint32_t *values,
                     uint32_t count);

/* The value as an optional operand: onnx_absent where there is none. */
uint32_t onnx_optional(struct onnx *o, uint32_t value);

#endif
