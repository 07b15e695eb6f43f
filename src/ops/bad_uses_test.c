/* bad_uses_test.c - thousands of uses of every row of ops.def, most of them nonsense: each gets a named refusal or an answer, and never reads or writes
 * where it should not (AddressSanitizer and UBSan look on in `ctest --preset asan`).
 *
 * A new row needs nothing here, unless too few of its uses make sense by chance: then the test says so, and asks for a line in `sensible`.
 * The host is this file's own, so that it sees how much memory is asked for. */
#include <math.h>

#include "ops/op_test.h"

#include "base/host.h"

enum {
    USES = 5000,          /* of each operator */
    LEAST_ANSWERS = 30,   /* of them at least so many run, or the test would prove nothing */
    SMALL_BYTES = 100000, /* larger uses are prepared and not run: it would take long */
    LARGEST_ASKED = 1 << 20,
};

static size_t asked;

void *host_alloc(size_t bytes) {
    asked += bytes;
    return test_bytes(bytes);
}

void host_free(void *memory) {
    free(memory);
}

/* Uses that chance would seldom find. */
static const char *const sensible[] = {
    "AdaptiveAvgPool2D float32[1,2,4,3] size=3,2 channels_last=1",
    "AdaptiveMaxPool2D float32[1,2,4,3] size=2,-1 channels_last=1",
    "Attention float32[1,2,3,2] float32[1,2,1,2] float32[1,2,1,3] float32[] float32[3,1] perm=1,2,3 score=2,0",
    "Attention float32[12] float32[2,9] float32[9] dims=1,2,3,3,1,2 q=1,0,1,4,1 k=0,9,3,1,1 v=0,0,1,2,3 perm=0,2,1,3",
    "AvgPool float32[1,2,4,3] kernel=2,2 strides=1,2 pads=1,0,0,1 channels_last=1 ceil_mode=1 divisor=3",
    "AvgPool float32[1,2,4,3] kernel=2,2 strides=1,2 pads=1,0,0,1 channels_last=1 count_include_pad=1",
    "AvgPool3D float32[1,2,2,4,3] kernel=1,2,2 strides=1,1,2 pads=0,1,1,0,0,1 channels_last=1",
    "MaxPool float32[1,2,4,3] kernel=2,2 strides=1,2 dilations=1,1 pads=1,0,0,1 channels_last=1 ceil_mode=1",
    "MaxPool float32[1,2,4,3] kernel=2,2 strides=1,2 pads=1,0,0,1 channels_last=1 nan_wins=1",
    "MaxPool3D float32[1,2,2,4,3] kernel=1,2,2 strides=1,1,2 pads=0,1,1,0,0,1 channels_last=1",
    "BatchNorm float32[2,3,2] float32[3] float32[3] float32[3] float32[3]",
    "BroadcastTo float32[3,1] int64[2]:3,-1",
    "BroadcastTo int8[] int64[3]:2,0,2",
    "Conv2D float32[1,3,4,4] float32[4,3,2,2] strides=2,1 dilations=1,2 pads=0,1,2,0 group=1 channels_last=0",
    "Conv2D float32[2,2,3,3] float32[4,1,2,2] pad_mode=1 group=2 channels_last=0",
    "Conv2D float32[2,3,3,4] float32[4,1,1,2] pad_mode=2 group=4 channels_last=1",
    "Conv2DTranspose float32[1,3,2,2] float32[3,4,2,2] strides=2,1 dilations=1,2 pads=0,1,1,0 group=1 channels_last=0",
    "Conv2DTranspose float32[1,2,2,2] float32[2,3,2,2] strides=2,2 pad_mode=1 group=2 size=4,4 channels_last=1",
    "Conv3D float32[1,2,2,3,3] float32[2,2,1,2,2] strides=1,2,1 dilations=1,1,1 pads=0,0,1,0,0,1 channels_last=0",
    "ConvDepthwise float32[1,3,4,2] float32[3,2,1,1] float32[3,1,2,2] strides=1,1,2,1 pads=0,0,0,0,1,0,0,1",
    "ConvDepthwise float32[2,4,4,1] float32[2,1,2,3] float32[2,1,2,1] dilations=1,1,2,1 pad_mode=1,0",
    "ConvInteger uint8[1,4,4,2] int8[3,2,2,2] uint8[] int8[3] strides=1,2 pads=1,0,0,1 channels_last=1",
    "ConvInteger int8[2,5,4,3] uint8[3,1,3,2] int8[0] uint8[1] pads=1,1,0,1 group=3 channels_last=1",
    "Einsum float32[2,3] float32[3,2] equation=105,106,44,106,107,45,62,105,107",
    "Einsum float32[2,3] equation=105,106,45,62,106",
    "Einsum float64[3,3] float64[3] float64[] equation=97,97,44,97,44,45,62,97",
    "FillV2 int64[2]:2,3 float32[]",
    "GatherNd float32[3,2] int32[4,1]",
    "GatherNd int16[3,2,2] int64[2,2]",
    "GroupNorm float32[2,4,3] float32[4] float32[4] groups=2",
    "LSTM float32[2,1,1] float32[1,1,1] float32[1,1,1] float32[8,1,1] has_bias=0",
    "LSTM float32[2,3,1] float32[2,3,1] float32[2,3,1] float32[24,1,1] bidirectional=1",
    "LabelEncoder int64[3] int64[2] int8[2] int8[]",
    "LSTM float32[2,3,1] float32[0] float32[0] float32[12] hidden_size=1 has_bias=0",
    "LayerNorm float32[2,3] float32[3] float32[3]",
    "LinearAttention float32[2,3,4] float32[2,3,2] float32[2,3,3] rule=0 q_num_heads=2",
    "LinearAttention float32[1,2,4] float32[1,2,4] float32[1,2,6] float32[1,2,2,3] float32[1,2,2] float32[1,2,1] "
    "q_num_heads=2 kv_num_heads=2",
    "NegativeLogLikelihoodLoss float32[2,3,2] int64[2,2] float32[3] reduction=1 ignore_index=-1",
    "NegativeLogLikelihoodLoss float32[2,3] int32[2] reduction=0",
    "OneHot int32[3] float32[] float32[] depth=4",
    "OneHot int64[2,1] int8[] int8[] depth=2 axis=0",
    "PReLU float32[2,3,2] float32[3]",
    "Pad float32[2,3] paddings=1,0,2,1",
    "Pad float32[1,2,3] paddings=1,1 mode=1",
    "Range int64[]:0 int64[]:5 int64[]:2",
    "Range int64[]:5 int64[]:-5 int64[]:-3",
    "Recurrent float32[3,2,2] float32[1,3,2] float32[1,3,3] float32[1,6] int32[2] direction=1 activations=5",
    "Recurrent float32[3,2,2] float32[2,6,2] float32[2,6,2] float32[2,12] int32[2] float32[2,2,2] cell=1 direction=2 variant=1",
    "Recurrent float32[3,2,2] float32[1,6,2] float32[1,6,2] cell=1 activations=7,10",
    "Recurrent float32[2,2,1] float32[1,8,1] float32[1,8,2] float32[0] int32[2] float32[1,2,2] float32[1,2,2] float32[1,6] cell=2",
    "Reshape float32[2,3] int64[2]:3,-1",
    "Reshape bool[0,3] int64[2]:3,0",
    "ResizeBilinear float32[1,2,2,3] int64[2]:3,5 half_pixel_centers=1",
    "ResizeNearest uint8[1,2,3,2] int64[2]:4,1 align_corners=1",
    "RotaryEmbedding float32[1,2,3,4] float32[1,3,2] float32[1,3,2]",
    "RotaryEmbedding float32[1,3,8] float32[5,1] float32[5,1] int64[1,3] num_heads=2 rotary_embedding_dim=2 "
    "interleaved=1",
    "RotaryEmbedding float32[2,3,8] float32[5,2] float32[5,2] int64[1] num_heads=2",
    "ScaledDotProductAttention float32[2,2,3,4] float32[2,1,5,4] float32[2,1,5,3] bool[3,4] float32[0] int64[2] "
    "causal=1 kept=3",
    "ScaledDotProductAttention float32[1,3,8] float32[1,2,4] float32[1,2,6] float32[1,1,2] float32[1,1,1,4] heads=2,1 "
    "window=1,0",
    "ScatterNdUpdate float32[3,2] int32[4,1] float32[4,2]",
    "ScatterNdUpdate int16[3,2,2] int64[2,2] int16[2,2]",
    "ScatterNdUpdate int8[3,2] int32[2] int8[2,2] rows=1",
    "Select bool[3] float32[2,3] float32[1]",
    "Slice float32[2,3] int64[2]:0,1 int64[2]:1,-1",
    "StridedSlice float32[3,4] int64[2]:0,3 int64[2]:3,0 int64[2]:2,-1",
    "StridedSlice int8[3,4,2] int64[3]:0,1,0 int64[3]:2,0,1 int64[3]:1,1,1 ellipsis_mask=1 shrink_axis_mask=4",
    "StridedSlice int8[3,4,2] int64[2]:0,1 int64[2]:2,0 int64[2]:1,1 new_axis_mask=2 begin_mask=1 end_mask=1",
    "TfIdfVectorizer int64[2,6] ngram_counts=0,2 ngram_indexes=1,0,2 pool_int64s=5,6,1,2 max_gram_length=2",
    "TensorScatter float32[2,4,3] float32[2,2,3] int64[2] axis=1 circular=1",
    "Tile float32[2,1] int64[3]:2,1,3",
    "TreeEnsemble float32[3,2] int64[7,1] float32[1] int64[2] float32[2] roots=0 targets=2",
    "TreeEnsemble float64[3,1] int64[7,2] float64[2] int64[2] float64[2] float64[4] roots=0,1",
    "MatMul float32[2,3] float32[3,2]",
    "MatMul float32[2,1,2,3] float32[3,2,3] transpose_b=1",
    "BroadcastTo float32[3,1] int64[3]:2,1,4 two_way=1",
    "Compress int16[3,2] bool[2]:1,0 axis=1",
    "CosineWindow int32[]:10",
    "DFT float32[2,6,1] axis=1 onesided=1",
    "DFT float32[2,4,2] length=6 inverse=1 onesided=1",
    "Det float32[2,3,3]",
    "GatherNd int16[3,2,2] int64[3,1] batch_dims=1 negative=1",
    "MelWeightMatrix int32[]:4 int32[]:16 int32[]:8192 float32[]:0 float32[]:4000",
    "NonMaxSuppression float32[1,2,4]:0,0,1,1,0,2,1,3 float32[1,1,2]:1,2 int64[1]:3",
    "NonZero int8[2,3]:0,1,2,0,0,3",
    "OneHot int64[2,1] int8[2] depth=2 negative=1",
    "Reshape float32[2,3] int32[2]:0,-1 allowzero=0",
    "Dropout float32[2,3] float32[] bool[]",
    "Multinomial float32[2,3] sample_size=4",
    "RandomNormal int64[2]:3,5",
    "RandomUniform int32[3]:3,1,2",
    "ReverseSequence float32[3,2] int64[2]",
    "ReverseSequence int8[2,3,2] int64[2] batch_axis=0 time_axis=1",
    "STFT float32[1,8,1] float32[4] frame_step=2",
    "ScatterElements float32[3,2] int64[2,2] float32[2,2] reduction=1",
    "ScatterNdUpdate float16[3,2] int32[4,1] float16[4,2] reduction=3 negative=1",
    "Split float32[7] axis=0 uneven=1",
    "StridedSlice float32[3,4] int64[1]:-1 int64[1]:0 int32[1]:-1 axis=1",
    "Unique float32[6]:2,1,1,3,4,3",
    "Unique int8[2,2]:1,2,1,2 axis=0 sorted=0",
    "MatMulInteger uint8[2,3] int8[3,2]",
    "MatMulInteger int8[2,1,2,3] uint8[3,3,2] int8[2] uint8[2]",
    "MatMulIntegerToFloat uint8[2,3] int8[3,4] float32[] float32[4] uint8[1] int8[4] float32[4]",
    "MatMulIntegerToFloat int8[2,3] uint8[3,4] float16[2] float32[1]",
    /* clang-format off */
    "QLinearConv uint8[1,4,4,2] float32[] uint8[] int8[3,2,2,2] float32[3] int8[1] float32[] uint8[] int32[3] strides=1,2 pads=1,0,0,1 channels_last=1",
    "QLinearConv int8[1,4,4,3] float32[] int8[] uint8[3,1,2,2] float32[] uint8[3] float16[] int8[] pad_mode=1 group=3 channels_last=1",
    /* clang-format on */
    "QLinearMatMul uint8[2,3] float32[] uint8[] int8[3,2] float32[2] int8[] float32[] int8[]",
    "QLinearMatMul int8[2,1,2,3] float32[2] int8[2] uint8[3,3,2] float32[] uint8[] bfloat16[] uint8[]",
    "MaskedFill float32[2,3] bool[3] float32[]",
};

static const int64_t plain[] = {0, 1, 1, 2, 2, 3, 4, -1, -2};
static const int64_t hostile[] = {
    0,         -1,        127,           INT32_MAX,       INT32_MIN,    1LL << 31, 1LL << 32, -(1LL << 31) - 1,
    INT64_MAX, INT64_MIN, INT32_MAX / 4, (1LL << 32) + 1, INT64_MAX / 2};
static const double floats[] = {1,     0.5,    1e-5,   0,   -0.0, -1, (double)NAN, (double)INFINITY, -(double)INFINITY,
                                1e300, -1e300, 1e-320, 1e39};
static const int32_t dims[] = {0, 1, 1, 1, 2, 2, 3, 3, 4, 5};

static uint64_t random_state;

static bool one_in(size_t n) {
    return test_below(&random_state, n) == 0;
}

static int64_t any_number(void) {
    return one_in(8) ? hostile[test_below(&random_state, COUNT(hostile))]
                     : plain[test_below(&random_state, COUNT(plain))];
}

static int32_t any_dtype(uint32_t among) {
    int32_t dtype;
    do
        dtype = (int32_t)(1 + test_below(&random_state, DTYPE_END - 1));
    while ((among >> dtype & 1) == 0);
    return dtype;
}

static void draw_constant(struct use *u, uint32_t index) {
    const struct msw_type *type = &u->inputs[index];
    const size_t bytes = type_bytes(type);
    free((void *)(uintptr_t)u->constants[index]);
    u->constants[index] = NULL;
    if (bytes > sizeof u->numbers[0] || (index == 0 && !one_in(8)) || one_in(4))
        return;
    unsigned char *data = test_bytes(bytes); /* exactly, so that reading past it is seen */
    for (size_t i = 0; i < type_elements(type); i++) {
        const size_t size = dtype_info(type->dtype)->bytes;
        const int64_t number = any_number();
        const float x = (float)number, y = test_float(&random_state);
        if (type->dtype == MSW_FLOAT32)
            memcpy(data + i * size, one_in(4) ? &y : &x, size);
        else
            memcpy(data + i * size, &number, size); /* little endian: its low bytes */
    }
    u->constants[index] = data;
}

static void draw_input(struct use *u, uint32_t index) {
    static const int32_t ranks[] = {0, 1, 1, 1, 2, 2, 2, 3, 3, 4, 4, 5, 6, 8};
    struct msw_type *type = &u->inputs[index];
    const struct msw_type *first = &u->inputs[0];
    *type = (struct msw_type){.dtype = any_dtype(u->site.op->about.dtypes),
                              .rank = ranks[test_below(&random_state, COUNT(ranks))]};
    for (int32_t d = 0; d < type->rank; d++)
        type->dims[d] = dims[test_below(&random_state, COUNT(dims))];
    if (index > 0) {
        const size_t how = test_below(&random_state, 8);
        if (how < 3)
            *type = *first;
        if (how == 3) /* a number for each axis: a shape, places, strides */
            *type = (struct msw_type){.dtype = MSW_INT64, .rank = 1, .dims = {first->rank}};
        if (how == 4 && first->rank > 1) /* one for each channel */
            *type = (struct msw_type){.dtype = first->dtype, .rank = 1, .dims = {first->dims[1]}};
        if (how == 5)
            type->dtype = one_in(2) ? MSW_INT64 : MSW_INT32;
        if (!one_in(8) && how > 5)
            type->dtype = first->dtype;
        if (one_in(16))
            type->dtype = any_dtype(~1u);
    }
    if (one_in(64) && type->rank > 0) /* too large to run, not too large to be */
        type->dims[test_below(&random_state, (size_t)type->rank)] = one_in(2) ? 3000000 : INT32_MAX / 8;
    size_t elements, bytes;
    if (!type_sizes(type, &elements, &bytes))
        *type = (struct msw_type){.dtype = type->dtype}; /* no graph lets that in */
    draw_constant(u, index);
}

static void draw_attribute(struct use *u, int32_t index) {
    const struct msw_attr_spec *spec = &u->site.op->about.attrs[index];
    const bool list = spec->kind == MSW_ATTR_INTS || spec->kind == MSW_ATTR_FLOATS;
    const int32_t rank = u->inputs[0].rank;
    const int32_t lengths[] = {rank, rank - 2, 2 * (rank - 2), 2, 1, 4, 0, (int32_t)test_below(&random_state, 10)};
    int32_t count = list ? lengths[test_below(&random_state, COUNT(lengths))] : 1;
    if (u->site.op->about.outputs == OP_MANY && strcmp(spec->name, "outputs") == 0)
        return; /* whoever makes a node sets it to the number that there are */
    if (count < 0 || count > USE_NUMBERS)
        count = 1;
    if (one_in(spec->required ? 20 : 2))
        u->attrs[index] = (struct attr){0};
    else if (spec->kind == MSW_ATTR_FLOAT || spec->kind == MSW_ATTR_FLOATS)
        u->attrs[index] =
            (struct attr){.given = true, .count = 1, .floats = &floats[test_below(&random_state, COUNT(floats))]};
    else {
        int64_t *numbers = u->numbers[index];
        for (int32_t i = 0; i < count; i++)
            numbers[i] = any_number();
        u->attrs[index] = (struct attr){.given = true, .count = count, .ints = numbers};
    }
}

/* A use of the operator: all by chance, or a sensible one with something changed. */
static void draw(struct use *u, const struct op *op) {
    const char *lines[COUNT(sensible)];
    size_t count = 0;
    for (size_t i = 0; i < COUNT(sensible); i++)
        if (strncmp(sensible[i], op->about.name, strlen(op->about.name)) == 0 &&
            sensible[i][strlen(op->about.name)] == ' ')
            lines[count++] = sensible[i];
    if (count > 0 && one_in(2)) {
        use_begin(u, lines[test_below(&random_state, count)]);
    } else {
        const int32_t most = op->about.inputs_max < USE_INPUTS ? op->about.inputs_max : USE_INPUTS;
        use_begin(u, op->about.name);
        u->site.input_count = (uint32_t)op->about.inputs_min +
                              (uint32_t)test_below(&random_state, (size_t)most - (size_t)op->about.inputs_min + 1);
        for (uint32_t i = 0; i < u->site.input_count; i++)
            draw_input(u, i);
        for (int32_t a = 0; a < op->about.attr_count; a++)
            draw_attribute(u, a);
    }
    use_set_outputs(u, op->about.outputs == OP_MANY ? 1 + (uint32_t)test_below(&random_state, USE_OUTPUTS)
                                                    : (uint32_t)op->about.outputs);
    if (op->about.attr_count > 0 && one_in(2))
        draw_attribute(u, (int32_t)test_below(&random_state, (size_t)op->about.attr_count));
    if (one_in(3))
        draw_input(u, (uint32_t)test_below(&random_state, u->site.input_count));
    if (one_in(3))
        draw_constant(u, (uint32_t)test_below(&random_state, u->site.input_count));
}

static const char *describe(const struct use *u) {
    static char text[512];
    size_t used = (size_t)snprintf(text, sizeof text, "%s", u->site.op->about.name);
    for (uint32_t i = 0; i < u->site.input_count && used < sizeof text; i++) {
        const struct msw_type *type = &u->inputs[i];
        used += (size_t)snprintf(text + used, sizeof text - used, " %s[", dtype_info(type->dtype)->name);
        for (int32_t d = 0; d < type->rank && used < sizeof text; d++)
            used += (size_t)snprintf(text + used, sizeof text - used, d ? ",%d" : "%d", (int)type->dims[d]);
        if (used < sizeof text)
            used += (size_t)snprintf(text + used, sizeof text - used, u->constants[i] ? "]:..." : "]");
    }
    for (int32_t a = 0; a < u->site.op->about.attr_count && used < sizeof text; a++) {
        const struct msw_attr_spec *spec = &u->site.op->about.attrs[a];
        for (int32_t i = 0; u->attrs[a].given && i < u->attrs[a].count && used < sizeof text; i++) {
            used += (size_t)snprintf(text + used, sizeof text - used, i ? "," : " %s=", spec->name);
            if (used < sizeof text && spec->kind == MSW_ATTR_FLOAT)
                used += (size_t)snprintf(text + used, sizeof text - used, "%g", u->attrs[a].floats[i]);
            else if (used < sizeof text)
                used += (size_t)snprintf(text + used, sizeof text - used, "%lld", (long long)u->attrs[a].ints[i]);
        }
    }
    return text;
}

enum data { DATA_ZEROS, DATA_LOWEST, DATA_HIGHEST, DATA_MINUS_ONE, DATA_SMALL, DATA_NOISE, DATA_END };

/* Numbers of one kind in an input: the lowest float is -inf, the highest NaN. */
static void fill(unsigned char *to, const struct msw_type *type, enum data data) {
    const size_t size = dtype_info(type->dtype)->bytes, bytes = type_bytes(type);
    const bool is_float = dtype_info(type->dtype)->number == 'f' || dtype_info(type->dtype)->number == 'B';
    for (size_t i = 0; i < bytes; i++) {
        const bool top = i % size == size - 1;
        switch (data) {
        case DATA_ZEROS: to[i] = 0; break;
        case DATA_LOWEST: to[i] = top ? (is_float ? 0xff : 0x80) : (is_float && i % size == size - 2 ? 0x80 : 0); break;
        case DATA_HIGHEST: to[i] = top ? 0x7f : 0xff; break;
        case DATA_MINUS_ONE: to[i] = top && is_float ? 0xbf : 0xff; break;
        case DATA_SMALL: to[i] = i % size == 0 ? (unsigned char)test_below(&random_state, 4) : 0; break;
        default: to[i] = (unsigned char)test_random(&random_state); break;
        }
        if (type->dtype == MSW_BOOL)
            to[i] &= 1;
    }
}

/* Bit for bit; but any NaN is like any other. */
static bool same(const struct msw_type *type, const unsigned char *x, const unsigned char *y) {
    const struct msw_dtype_info *info = dtype_info(type->dtype);
    const int mantissa = type->dtype == MSW_FLOAT16 ? 10 : type->dtype == MSW_BFLOAT16 ? 7 : info->bytes == 8 ? 52 : 23;
    const uint64_t sign = 1ull << (info->bytes * 8 - 1), infinity = sign - (1ull << mantissa);
    for (size_t i = 0, size = info->bytes; i < type_elements(type); i++) {
        uint64_t a = 0, b = 0;
        memcpy(&a, x + i * size, size);
        memcpy(&b, y + i * size, size);
        if (a != b &&
            ((info->number != 'f' && info->number != 'B') || (a & ~sign) <= infinity || (b & ~sign) <= infinity))
            return false;
    }
    return true;
}

/* Run with outputs and scratch that hold `rest` before. */
static void run_over(struct use *u, const void *const *in, void *const *out, unsigned char rest) {
    u->step.in = in;
    u->step.out = out;
    u->step.scratch = test_bytes(u->step.scratch_bytes);
    memset(u->step.scratch, rest, u->step.scratch_bytes);
    u->step.run(&u->step);
    free(u->step.scratch);
}

/* The answer depends on the inputs alone: not on what memory held before, nor on whether output 0 lies on an input, where the row allows it. */
static void check_answer(struct use *u, void **in) {
    void *out[USE_OUTPUTS], *again[USE_OUTPUTS];
    const uint32_t outputs = u->site.output_count;
    for (uint32_t i = 0; i < outputs; i++) {
        const size_t bytes = type_bytes(&u->outputs[i]);
        out[i] = test_bytes(bytes);
        again[i] = memset(test_bytes(bytes), 0x5a, bytes);
    }
    run_over(u, (const void *const *)in, out, 0xa5);
    run_over(u, (const void *const *)in, again, 0x5a);
    for (uint32_t i = 0; i < outputs; i++)
        if (!same(&u->outputs[i], out[i], again[i]))
            fail_msg("%s: output %u is not written whole, or not by the inputs alone", describe(u), i);
    const size_t bytes = type_bytes(&u->outputs[0]);
    size_t *firsts = test_bytes(outputs * sizeof *firsts);
    const bool view = site_is_view(&u->site, firsts);
    for (uint32_t i = 0; view && i < outputs; i++)
        if (!same(&u->outputs[i], out[i], (unsigned char *)in[0] + firsts[i] * dtype_info(u->inputs[0].dtype)->bytes))
            fail_msg("%s: is called a view, but its elements are not those of the input", describe(u));
    free(firsts);
    for (uint32_t i = 0; i < u->site.input_count && (u->site.op->flags & OP_IN_PLACE); i++) {
        if (type_bytes(&u->inputs[i]) != bytes)
            continue;
        void *kept = in[i], *first = again[0];
        again[0] = in[i] = memcpy(test_bytes(bytes), kept, bytes);
        run_over(u, (const void *const *)in, again, 0);
        if (!same(&u->outputs[0], out[0], again[0]))
            fail_msg("%s: another answer in the place of input %u", describe(u), i);
        free(in[i]);
        in[i] = kept;
        again[0] = first;
    }
    for (uint32_t i = 0; i < outputs; i++) {
        free(out[i]);
        free(again[i]);
    }
}

/* Returns whether any data had an answer. */
static bool run_with_all_data(struct use *u) {
    size_t all = u->step.scratch_bytes;
    bool answered = false;
    void *in[USE_INPUTS];
    for (uint32_t i = 0; i < u->site.input_count; i++)
        all += type_bytes(&u->inputs[i]);
    for (uint32_t i = 0; i < u->site.output_count; i++)
        all += type_bytes(&u->outputs[i]);
    if (all > SMALL_BYTES)
        return false;
    for (uint32_t i = 0; i < u->site.input_count; i++)
        in[i] = test_bytes(type_bytes(&u->inputs[i]));
    for (enum data data = DATA_ZEROS; data < DATA_END; data++) {
        for (uint32_t i = 0; i < u->site.input_count; i++) {
            if (u->constants[i])
                memcpy(in[i], u->constants[i], type_bytes(&u->inputs[i]));
            else
                fill(in[i], &u->inputs[i], data);
        }
        u->step.in = (const void *const *)in;
        error_clear(&u->err);
        if (u->step.verify && !u->step.verify(&u->step, &u->err)) {
            assert_int_equal(u->err.about.status, MSW_INVALID);
            assert_string_not_equal(u->err.text, "");
            continue;
        }
        check_answer(u, in);
        answered = true;
    }
    for (uint32_t i = 0; i < u->site.input_count; i++)
        free(in[i]);
    return answered;
}

static void check_packing(struct use *u) {
    size_t elements, bytes;
    for (uint32_t i = 0; u->site.op->packing && i < u->site.input_count; i++) { /* may be asked for before check */
        struct packing packing;
        if (!u->site.op->packing(&u->site, i, &packing))
            continue;
        assert_true(packing.bytes <= TYPE_MAX_BYTES);
        assert_true(type_sizes(&u->inputs[i], &elements, &bytes));
        assert_int_equal(packing.rows * packing.row_bytes, bytes);
    }
}

static void expect_refusal(const struct use *u, enum msw_status least) {
    if (u->err.about.status == MSW_MORE) /* site_data: the run will tell */
        return;
    if (u->err.about.status < (int32_t)least || u->err.about.status > MSW_UNSUPPORTED || u->err.text[0] == '\0')
        fail_msg("%s: refused with status %d and '%s'", describe(u), (int)u->err.about.status, u->err.text);
}

/* Returns whether it was run. */
static bool try_use(struct use *u) {
    if ((u->site.op->about.dtypes >> u->inputs[0].dtype & 1) == 0)
        return false; /* the graph refuses it before check */
    check_packing(u);
    if (!use_check(u)) {
        expect_refusal(u, MSW_INVALID);
        return false;
    }
    assert_int_equal(u->err.about.status, MSW_OK);
    for (uint32_t i = 0; i < u->site.output_count; i++) {
        const struct msw_type *z = &u->outputs[i];
        size_t elements, bytes;
        if (!dtype_known(z->dtype) || z->rank < 0 || z->rank > MSW_MAX_RANK || !type_is_static(z))
            fail_msg("%s: output %u has no type", describe(u), i);
        if (!type_sizes(z, &elements, &bytes))
            return false; /* the graph refuses it after check */
    }
    asked = 0;
    const bool prepared = step_prepare(&u->site, &u->step, &u->arena, &u->err);
    if (asked > LARGEST_ASKED)
        fail_msg("%s: asks for %zu bytes to prepare a step", describe(u), asked);
    if (!prepared) {
        expect_refusal(u, MSW_INVALID);
        return false;
    }
    return run_with_all_data(u);
}

static void every_use_gets_an_answer_or_a_reason(void **state) {
    (void)state;
    for (uint32_t i = 0; i < op_count; i++) {
        size_t answers = 0;
        random_state = i + 1;
        for (int k = 0; k < USES; k++) {
            struct use u;
            draw(&u, op_table[i]);
            answers += try_use(&u);
            use_end(&u);
        }
        if (answers < LEAST_ANSWERS)
            fail_msg("%s: %zu of %d uses have an answer; a line in `sensible` would help", op_table[i]->about.name,
                     answers, USES);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_use_gets_an_answer_or_a_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
