/* lstm_weights.h - where the weights of an LSTM lie: in the one tensor that MindSpore keeps them in, and packed for the matrix product. */
#ifndef OPS_LSTM_WEIGHTS_H
#define OPS_LSTM_WEIGHTS_H

#include "ops/op.h"

struct lstm_sizes {
    size_t steps, batch, input, hidden, layers, directions;
    bool has_bias;
};

/* Width of what a layer reads. */
static inline size_t lstm_width(const struct lstm_sizes *s, size_t layer) {
    return layer == 0 ? s->input : s->hidden * s->directions;
}

/* The model's tensor: of all layers and directions the weights of the input [4H, width], then those of the hidden state [4H, H], then biases [4H]. */
uint64_t lstm_weight_floats(const struct lstm_sizes *s);

/* Its packed form: for each layer and direction both matrices as panels, and the biases. False: it needs more than TYPE_MAX_BYTES. */
bool lstm_packing(const struct lstm_sizes *s, struct packing *packing);

/* What one layer in one direction works with. bias: NULL where there is none. */
struct lstm_weights {
    const float *input, *state, *bias;
};

struct lstm_weights lstm_weights_of(const struct lstm_sizes *s, const float *packed, size_t layer, size_t direction);

#endif
