/* lstm_weights.c - the model's tensor is read as rows of one number, because its matrices have rows of different lengths. */
#include "ops/lstm_weights.h"

#include "kernels/hot/gemm_f32.h"

/* The parts of the tensor: a kind of weights, for all layers and directions, then the next. */
enum kind { OF_INPUT, OF_STATE, OF_BIAS, KINDS };

/* How many numbers a gate has of each kind. */
static size_t depth_of(const struct lstm_sizes *s, enum kind kind, size_t layer) {
    switch (kind) {
    case OF_INPUT: return lstm_width(s, layer);
    case OF_STATE: return s->hidden;
    default: return s->has_bias ? 1 : 0;
    }
}

static uint64_t packed_floats(const struct lstm_sizes *s, enum kind kind, size_t layer) {
    const size_t gates = 4 * s->hidden;
    return (uint64_t)(kind == OF_BIAS ? gates : panel_columns(gates)) * depth_of(s, kind, layer);
}

/* Where a part begins in the packed form, in floats; (OF_INPUT, layers, 0) is the end. */
static uint64_t packed_at(const struct lstm_sizes *s, enum kind kind, size_t layer, size_t direction) {
    uint64_t at = 0;
    for (size_t l = 0; l <= layer && l < s->layers; l++)
        for (int k = 0; k < KINDS; k++)
            at += packed_floats(s, (enum kind)k, l) * (l < layer ? s->directions : direction);
    for (int k = 0; k < (int)kind; k++)
        at += packed_floats(s, (enum kind)k, layer);
    return at;
}

uint64_t lstm_weight_floats(const struct lstm_sizes *s) {
    uint64_t floats = 0;
    for (int kind = 0; kind < KINDS; kind++)
        for (size_t layer = 0; layer < s->layers; layer++)
            floats += (uint64_t)4 * s->hidden * s->directions * depth_of(s, (enum kind)kind, layer);
    return floats;
}

static struct lstm_sizes sizes_of(const struct packing *packing) {
    return (struct lstm_sizes){.input = packing->shape[0],
                               .hidden = packing->shape[1],
                               .layers = packing->shape[2],
                               .directions = packing->shape[3] / 2,
                               .has_bias = packing->shape[3] % 2};
}

/* Numbers `first` and on of one part, at most `count` and to its end. */
static void pack_part(const float *source, size_t first, size_t count, size_t depth, bool panels, float *packed) {
    for (size_t i = first; i < first + count; i++) {
        const size_t j = i / depth, k = i % depth;
        packed[panels ? (j / PANEL * depth + k) * PANEL + j % PANEL : i] = *source++;
    }
}

static void pack(const struct packing *packing, const void *source, size_t first, size_t count, void *packed) {
    const struct lstm_sizes s = sizes_of(packing);
    const float *from = source;
    size_t begin = 0; /* of the part */
    for (int kind = 0; kind < KINDS; kind++)
        for (size_t number = 0; number < s.layers * s.directions; number++) {
            const size_t layer = number / s.directions, direction = number % s.directions;
            const size_t depth = depth_of(&s, (enum kind)kind, layer), end = begin + 4 * s.hidden * depth;
            if (count > 0 && first < end) {
                const size_t some = count < end - first ? count : end - first;
                pack_part(from, first - begin, some, depth, kind != OF_BIAS,
                          (float *)packed + packed_at(&s, (enum kind)kind, layer, direction));
                from += some;
                first += some;
                count -= some;
            }
            begin = end;
        }
}

bool lstm_packing(const struct lstm_sizes *s, struct packing *packing) {
    const uint64_t bytes = packed_at(s, OF_INPUT, s->layers, 0) * sizeof(float);
    *packing = (struct packing){.pack = pack,
                                .bytes = (size_t)bytes,
                                .rows = (size_t)lstm_weight_floats(s),
                                .row_bytes = sizeof(float),
                                .shape = {s->input, s->hidden, s->layers, s->directions * 2 + s->has_bias}};
    return bytes <= TYPE_MAX_BYTES;
}

struct lstm_weights lstm_weights_of(const struct lstm_sizes *s, const float *packed, size_t layer, size_t direction) {
    return (struct lstm_weights){.input = packed + packed_at(s, OF_INPUT, layer, direction),
                                 .state = packed + packed_at(s, OF_STATE, layer, direction),
                                 .bias = s->has_bias ? packed + packed_at(s, OF_BIAS, layer, direction) : NULL};
}
