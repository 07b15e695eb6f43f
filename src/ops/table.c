/* table.c - ops.def as the array that hosts and the engine read. */
#include <string.h>

#include "kernels/elementwise.h"
#include "kernels/fold.h"
#include "kernels/reduce.h"
#include "kernels/scan.h"
#include "kernels/sort.h"
#include "ops/rows.h"

#define F32 (1u << MSW_FLOAT32)
#define F64 (1u << MSW_FLOAT64)
#define I32 (1u << MSW_INT32)
#define I8 (1u << MSW_INT8)
#define U8 (1u << MSW_UINT8)
#define I16 (1u << MSW_INT16)
#define I64 (1u << MSW_INT64)
#define BOOL (1u << MSW_BOOL)
#define U16 (1u << MSW_UINT16)
#define U32 (1u << MSW_UINT32)
#define U64 (1u << MSW_UINT64)
#define SIGNED (I32 | I8 | I16 | I64)
#define UNSIGNED (U8 | U16 | U32 | U64)
#define INTEGERS (SIGNED | UNSIGNED)
/* whatever takes float32 takes these: ops/through_float.c */
#define OTHER_FLOATS (1u << MSW_FLOAT16 | 1u << MSW_BFLOAT16 | F64)
#define ANY_DTYPE (((1u << DTYPE_END) - 1) & ~1u)

#define MANY OP_MANY
#define packing_none NULL
#define view_none NULL

#define NONE NULL
#define KERNELS(...) ((const op_kernel[DTYPE_END]){__VA_ARGS__})
#define ON_F32(f) [MSW_FLOAT32] = (op_kernel)(f)
#define ON_F64(f) [MSW_FLOAT64] = (op_kernel)(f)
#define ON_I32(f) [MSW_INT32] = (op_kernel)(f)
#define ON_I8(f) [MSW_INT8] = (op_kernel)(f)
#define ON_U8(f) [MSW_UINT8] = (op_kernel)(f)
#define ON_I16(f) [MSW_INT16] = (op_kernel)(f)
#define ON_I64(f) [MSW_INT64] = (op_kernel)(f)
#define ON_BOOL(f) [MSW_BOOL] = (op_kernel)(f)
#define ON_UNSIGNED(f)                                                                                                 \
    ON_U8(f##_u8), [MSW_UINT16] = (op_kernel)(f##_u16), [MSW_UINT32] = (op_kernel)(f##_u32),                           \
                   [MSW_UINT64] = (op_kernel)(f##_u64)
/* Signed integers by kernels that look at the sign (f_i32 ...), and all integers by kernels that wrap (f_u32 ...). */
#define ON_SIGNED(f) ON_I32(f##_i32), ON_I8(f##_i8), ON_I16(f##_i16), ON_I64(f##_i64)
#define ON_WRAPPING_SIGNED(f) ON_I32(f##_u32), ON_I8(f##_u8), ON_I16(f##_u16), ON_I64(f##_u64)
#define ON_WRAPPING(f) ON_WRAPPING_SIGNED(f), ON_UNSIGNED(f)

/* Both floats by kernels of their own. */
#define ON_FLOATS(f) ON_F32(f##_f32), ON_F64(f##_f64)

/* All integers by kernels of their own. */
#define ON_EACH(f) ON_SIGNED(f), ON_UNSIGNED(f)

#define NO_FLAGS 0
#define IN_PLACE OP_IN_PLACE
#define ELEMENTWISE OP_ELEMENTWISE
#define CHANNELS_LAST OP_CHANNELS_LAST
#define EITHER_LAYOUT OP_EITHER_LAYOUT
#define OF_SHAPE OP_OF_SHAPE
#define ALL_IMAGES OP_ALL_IMAGES
#define MODEL_LAYOUT_OUT OP_MODEL_LAYOUT_OUT
#define VOLUME OP_VOLUME
#define FUSES OP_FUSES

#define ARRAY MSW_ANSWER_ARRAY
#define NUMERIC MSW_ANSWER_NUMERIC
#define MAX_INDEX MSW_ANSWER_MAX_INDEX

#define INT(name) {#name, MSW_ATTR_INT, 0}
#define INTS(name) {#name, MSW_ATTR_INTS, 0}
#define FLOAT(name) {#name, MSW_ATTR_FLOAT, 0}
#define FLOATS(name) {#name, MSW_ATTR_FLOATS, 0}
#define REQUIRED_INT(name) {#name, MSW_ATTR_INT, 1}
#define REQUIRED_INTS(name) {#name, MSW_ATTR_INTS, 1}
#define ATTRS(...)                                                                                                     \
    .attrs = (const struct msw_attr_spec[]){__VA_ARGS__},                                                              \
    .attr_count = sizeof((const struct msw_attr_spec[]){__VA_ARGS__}) / sizeof(struct msw_attr_spec)
#define NO_ATTRS .attr_count = 0

/* An object each, so that a row can be left out of a module that needs it not (bindings/component/compile). */
#define OP(id, min, max, outs, types, check_fn, prepare_fn, packing_fn, view_fn, work_fn, kernel_list, flag_set, form, \
           attr_list, tests, doc)                                                                                      \
    static const struct op row_##id = {.about = {.name = #id,                                                          \
                                                 .dtypes = (types) | ((types) & F32 ? OTHER_FLOATS : 0),               \
                                                 .answer = (form),                                                     \
                                                 .inputs_min = (min),                                                  \
                                                 .inputs_max = (max),                                                  \
                                                 .outputs = (outs),                                                    \
                                                 attr_list},                                                           \
                                       .native = (types),                                                              \
                                       .check = check_##check_fn,                                                      \
                                       .prepare = prepare_##prepare_fn,                                                \
                                       .packing = packing_##packing_fn,                                                \
                                       .view = view_##view_fn,                                                         \
                                       .work = work_##work_fn,                                                         \
                                       .kernels = kernel_list,                                                         \
                                       .flags = flag_set};
#include "ops/ops.def"
#undef OP

const struct op *const op_table[] = {
#define OP(id, ...) &row_##id,
#include "ops/ops.def"
#undef OP
};

const uint32_t op_count = sizeof op_table / sizeof op_table[0];

const struct op *op_find(const char *name) {
    for (uint32_t i = 0; i < op_count; i++)
        if (strcmp(op_table[i]->about.name, name) == 0)
            return op_table[i];
    return NULL;
}
