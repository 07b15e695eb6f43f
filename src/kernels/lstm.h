/* lstm.h - the part of an LSTM that is not a matrix product. */
#ifndef KERNELS_LSTM_H
#define KERNELS_LSTM_H

#include <stddef.h>

/* One step of `batch` items with `hidden` cells each; gates are 4 * hidden wide: input, forget, candidate, output.
 *   x, h     the gates' sums from the input and from the hidden state; bias for all items, or NULL
 *   c        cells: c = sigmoid(forget) * c + sigmoid(input) * tanh(candidate)
 *   z        new hidden state: sigmoid(output) * tanh(c) */
void lstm_step_f32(const float *x, const float *h, const float *bias, size_t batch, size_t hidden, float *c, float *z);

#endif
