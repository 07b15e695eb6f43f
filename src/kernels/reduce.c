/* reduce.c - the kernels of reduce_loops.h for each element type. */
#include "kernels/reduce.h"

#define ARGMAX argmax_f32
#define ARGMIN argmin_f32
#define EQUAL_COUNT equal_count_f32
#define T float
#include "kernels/reduce_loops.h"

#define ARGMAX argmax_i8
#define ARGMIN argmin_i8
#define EQUAL_COUNT equal_count_i8
#define T int8_t
#include "kernels/reduce_loops.h"

#define ARGMAX argmax_u8
#define ARGMIN argmin_u8
#define EQUAL_COUNT equal_count_u8
#define T uint8_t
#include "kernels/reduce_loops.h"

#define ARGMAX argmax_i16
#define ARGMIN argmin_i16
#define EQUAL_COUNT equal_count_i16
#define T int16_t
#include "kernels/reduce_loops.h"

#define ARGMAX argmax_i32
#define ARGMIN argmin_i32
#define EQUAL_COUNT equal_count_i32
#define T int32_t
#include "kernels/reduce_loops.h"

#define ARGMAX argmax_i64
#define ARGMIN argmin_i64
#define EQUAL_COUNT equal_count_i64
#define T int64_t
#include "kernels/reduce_loops.h"

#define ARGMAX argmax_u16
#define ARGMIN argmin_u16
#define EQUAL_COUNT equal_count_u16
#define T uint16_t
#include "kernels/reduce_loops.h"

#define ARGMAX argmax_u32
#define ARGMIN argmin_u32
#define EQUAL_COUNT equal_count_u32
#define T uint32_t
#include "kernels/reduce_loops.h"

#define ARGMAX argmax_u64
#define ARGMIN argmin_u64
#define EQUAL_COUNT equal_count_u64
#define T uint64_t
#include "kernels/reduce_loops.h"

#define ARGMAX argmax_f64
#define ARGMIN argmin_f64
#define EQUAL_COUNT equal_count_f64
#define T double
#include "kernels/reduce_loops.h"
