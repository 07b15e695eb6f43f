/* epilogue.h - what is done to rows of a product while they are still in the cache: z = activation(z + bias + residual). */
#ifndef KERNELS_HOT_EPILOGUE_H
#define KERNELS_HOT_EPILOGUE_H

#include "kernels/elementwise.h"

/* Each may be NULL.
 *   bias        one number for each column
 *   residual    one number for each element, laid out as z
 *   activation  a kernel for float32 */
struct epilogue {
    const float *bias, *residual;
    unary_kernel activation;
};

/* The epilogue of the part of z that begins `column` columns and `element` elements further on. */
static inline struct epilogue epilogue_at(const struct epilogue *e, size_t column, size_t element) {
    return (struct epilogue){.bias = e->bias ? e->bias + column : NULL,
                             .residual = e->residual ? e->residual + element : NULL,
                             .activation = e->activation};
}

/* Rows of `columns` numbers, `ld` apart: the bits that BiasAdd, Add and the activation give one after the other. */
void epilogue_rows_f32(const struct epilogue *e, float *z, size_t rows, size_t columns, size_t ld);

#endif
