/* reduce.c - the kernels of reduce_loops.h for each element type. */
#include "kernels/reduce.h"

#define ARGMAX argmax_f32
#define EQUAL_COUNT equal_count_f32
#define T float
#include "kernels/reduce_loops.h"

#define ARGMAX argmax_i32
#define EQUAL_COUNT equal_count_i32
#define T int32_t
#include "kernels/reduce_loops.h"

#define ARGMAX argmax_i8
#define EQUAL_COUNT equal_count_i8
#define T int8_t
#include "kernels/reduce_loops.h"
