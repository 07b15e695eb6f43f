/* op_conv_integer.c - convolution of 8-bit images with 8-bit weights and exact sums, answered as int32 or as 8 bits of another scale. */
#include <string.h>

#include "base/round.h"
#include "ops/conv_depthwise_i8.h"
#include "ops/rows.h"

static const struct conv_roles to_int32 = {
    FINISH_I32, {0, 1, 2, 3, CONV_ABSENT, CONV_ABSENT, CONV_ABSENT, CONV_ABSENT, CONV_ABSENT}};
static const struct conv_roles to_bytes = {FINISH_BYTES, {0, 3, 2, 5, 1, 4, 6, 7, 8}};

/* Weights are always [O][I / group][KH][KW], in whichever layout the image is. */
static bool conv_window(const struct op_site *site, const struct conv_roles *roles, struct window *w,
                        struct error *err) {
    const struct msw_type *x = &site->inputs[0], *k = &site->inputs[roles->input[CONV_W]];
    const int64_t group = site_int(site, "group", 1);
    if (!quantised_dtype(x->dtype) || !quantised_dtype(k->dtype) || k->rank != 4)
        return error_set(err, MSW_INVALID,
                         "needs an image and weights [O,I/group,KH,KW] of int8 or uint8, got %t and %t", x, k);
    if (!window_make(site, k->dims + 2, w, err))
        return false;
    if (group < 1 || group > INT32_MAX || w->channels % group != 0 || k->dims[0] % group != 0)
        return error_set(err, MSW_INVALID, "group must divide %d input and %d output channels, got %l", w->channels,
                         k->dims[0], group);
    if (k->dims[1] != w->channels / group)
        return error_set(err, MSW_INVALID, "weights %x want %d channels a group, the image %x has %d in %l groups", k,
                         k->dims[1], x, w->channels, group);
    return true;
}

static bool check(const struct op_site *site, const struct conv_roles *roles, struct error *err) {
    struct window w;
    if (!conv_window(site, roles, &w, err))
        return false;
    const struct msw_type *k = &site->inputs[roles->input[CONV_W]];
    const size_t columns = (size_t)k->dims[0];
    const struct quantised_input inputs[] = {
        {roles->input[CONV_X_ZERO], QUANTISED_ZERO, site->inputs[0].dtype, 1, 1, "zero point of the image"},
        {roles->input[CONV_W_ZERO], QUANTISED_ZERO, k->dtype, columns, columns, "zero point of the weights"},
        {roles->input[CONV_X_SCALE], QUANTISED_SCALE, 0, 1, 1, "scale of the image"},
        {roles->input[CONV_W_SCALE], QUANTISED_SCALE, 0, columns, columns, "scale of the weights"},
        {roles->input[CONV_Z_SCALE], QUANTISED_SCALE, 0, 1, 1, "scale of the answer"},
        {roles->input[CONV_Z_ZERO], QUANTISED_ZERO, 0, 1, 1, "zero point of the answer"},
    };
    for (size_t i = 0; i < sizeof inputs / sizeof inputs[0]; i++)
        if (!quantised_input_check(site, &inputs[i], err))
            return false;
    const uint32_t bias = roles->input[CONV_BIAS];
    if (site_has(site, bias) &&
        (site->inputs[bias].dtype != MSW_INT32 || type_elements(&site->inputs[bias]) != columns))
        return error_set(err, MSW_INVALID, "the bias must be int32[%z], got %t", columns, &site->inputs[bias]);
    if (roles->kind == FINISH_BYTES && !quantised_dtype(site->inputs[roles->input[CONV_Z_ZERO]].dtype))
        return error_set(err, MSW_INVALID, "the zero point of the answer must be int8 or uint8, got %t",
                         &site->inputs[roles->input[CONV_Z_ZERO]]);
    site->outputs[0] = window_output(site, &w, k->dims[0]);
    site->outputs[0].dtype =
        roles->kind == FINISH_I32 ? (int32_t)MSW_INT32 : site->inputs[roles->input[CONV_Z_ZERO]].dtype;
    return true;
}

/* packing->shape: groups, columns of a group, depth, taps. */
static void pack(const struct packing *packing, const unsigned char *from, size_t first, size_t count,
                 unsigned char flip, int8_t *packed) {
    const size_t columns = packing->shape[1], depth = packing->shape[2], taps = packing->shape[3];
    for (size_t row = first, n; row < first + count; row += n, from += n * depth * taps) {
        n = smaller(first + count - row, columns - row % columns);
        pack_columns_i8(from, row % columns, n, depth, taps, flip,
                        packed + row / columns * packed_i8(columns, depth * taps));
    }
}

static void pack_signed(const struct packing *p, const void *source, size_t first, size_t count, void *packed) {
    pack(p, source, first, count, 0, packed);
}

static void pack_unsigned(const struct packing *p, const void *source, size_t first, size_t count, void *packed) {
    pack(p, source, first, count, 0x80, packed);
}

static bool packs(const struct op_site *site, uint32_t input, const struct conv_roles *roles, struct packing *packing) {
    const struct msw_type *k = &site->inputs[input];
    const int64_t group = site_int(site, "group", 1);
    if (input != roles->input[CONV_W] || !quantised_dtype(k->dtype) || k->rank != 4 || group < 1 || group > INT32_MAX ||
        k->dims[0] % group != 0)
        return false;
    if (conv_is_depthwise_i8(site, k, group)) {
        *packing = conv_depthwise_packing_i8(k);
        return packing->bytes <= TYPE_MAX_BYTES;
    }
    const size_t groups = (size_t)group, depth = (size_t)k->dims[1], taps = type_extent(k, 2, k->rank);
    *packing = (struct packing){.pack = k->dtype == MSW_UINT8 ? pack_unsigned : pack_signed,
                                .rows = (size_t)k->dims[0],
                                .row_bytes = depth * taps,
                                .shape = {groups, (size_t)k->dims[0] / groups, depth, taps}};
    const uint64_t bytes = (uint64_t)groups * panels_i8(packing->shape[1]) * depth_i8(depth * taps);
    packing->bytes = (size_t)bytes;
    return bytes <= TYPE_MAX_BYTES;
}

/* Scratch: weights packed in the step; scale, zeros and bias by column; then the workers'.
 *   flat    every point sees itself alone
 *   joined  the taps of a row of a window lie side by side */
struct conv_params {
    struct product_i8 product;
    struct conv_columns columns;
    struct packing packing;
    struct window window;
    bool packed, flat, joined;
    size_t workers_at;
};

struct image {
    const struct conv_params *p;
    const unsigned char *data;
    struct widening how;
};

/* What a row of taps at column x sees: zeros outside of the image. from: the first pixel of the image's row, NULL: the row is outside. */
static int16_t *fill_row(const struct image *image, const unsigned char *from, ptrdiff_t x, int16_t *to) {
    const struct conv_params *p = image->p;
    const struct window_axis *a = &p->window.axis[WIDTH];
    const size_t depth = p->packing.shape[2], pixel = (size_t)p->window.channels;
    const ptrdiff_t joined = p->joined ? a->kernel : 1;
    if (!from) {
        memset(to, 0, (size_t)a->kernel * depth * sizeof *to);
        return to + (size_t)a->kernel * depth;
    }
    for (ptrdiff_t k = 0; k < a->kernel; k += joined, x += joined * a->dilation) {
        const ptrdiff_t before = x >= 0 ? 0 : -x < joined ? -x : joined;
        const ptrdiff_t end = x + joined <= a->size ? joined : a->size > x ? a->size - x : 0;
        const size_t inside = end > before ? (size_t)(end - before) * depth : 0,
                     left = (size_t)(inside ? before : 0) * depth;
        memset(to, 0, left * sizeof *to);
        if (inside)
            widen_i8(from + (size_t)(x + before) * pixel, inside, &image->how, to + left);
        memset(to + left + inside, 0, ((size_t)joined * depth - left - inside) * sizeof *to);
        to += (size_t)joined * depth;
    }
    return to;
}

static void fill_point(const struct image *image, size_t group, size_t index, int16_t *to) {
    const struct window *w = &image->p->window;
    const struct window_axis *height = &w->axis[HEIGHT], *width = &w->axis[WIDTH];
    const size_t ox = index % (size_t)width->out, row = index / (size_t)width->out;
    const size_t oy = row % (size_t)height->out, n = row / (size_t)height->out;
    const ptrdiff_t x = (ptrdiff_t)ox * width->stride - width->pad_before;
    ptrdiff_t y = (ptrdiff_t)oy * height->stride - height->pad_before;
    const unsigned char *data = image->data + n * window_image(w) + group * image->p->packing.shape[2];
    for (int32_t k = 0; k < height->kernel; k++, y += height->dilation) {
        const bool inside = y >= 0 && y < height->size;
        to = fill_row(image, inside ? data + (size_t)y * (size_t)width->size * (size_t)w->channels : NULL, x, to);
    }
}

static void fill(const void *context, size_t group, size_t first, size_t count, int16_t *to) {
    const struct image *image = context;
    const size_t depth = image->p->product.depth, whole = depth_i8(depth);
    if (image->p->flat && depth == whole) {
        widen_i8(image->data + first * depth, count * depth, &image->how, to);
        return;
    }
    for (size_t r = first; r < first + count; r++, to += whole) {
        if (image->p->flat)
            widen_i8(image->data + r * depth, depth, &image->how, to);
        else
            fill_point(image, group, r, to);
        memset(to + depth, 0, (whole - depth) * sizeof *to);
    }
}

static void run_conv_integer(const struct step *step) {
    const struct conv_params *p = step->params;
    unsigned char *scratch = step->scratch;
    const struct image image = {.p = p, .data = step->in[0], .how = conv_widening(step, &p->columns)};
    const struct product_i8_run run = {.p = &p->product,
                                       .fill = fill,
                                       .context = &image,
                                       .weights =
                                           step_packed(step, p->columns.roles->input[CONV_W], p->packed, &p->packing),
                                       .finish = conv_finish(step, &p->columns),
                                       .z = step->out[0],
                                       .workers = scratch + p->workers_at};
    product_i8_run(&run);
}

static bool is_flat(const struct window *w, size_t groups) {
    bool flat = groups == 1;
    for (int32_t d = 0; d < DIRECTIONS; d++) {
        const struct window_axis *a = &w->axis[d];
        flat = flat && a->kernel == 1 && a->stride == 1 && a->pad_before == 0 && a->pad_after == 0;
    }
    return flat;
}

static bool prepare(const struct op_site *site, const struct conv_roles *roles, struct step *step, struct arena *arena,
                    struct error *err) {
    const uint32_t input = roles->input[CONV_W];
    struct conv_params p = {.packed = site->packed[input]};
    uint64_t workers;
    if (!conv_window(site, roles, &p.window, err))
        return false;
    if (!packs(site, input, roles, &p.packing))
        return error_set(err, MSW_LIMIT, "weights %t need more than %l bytes when packed", &site->inputs[input],
                         (int64_t)TYPE_MAX_BYTES);
    packing_in_step(&p.packing, p.packed);
    const uint64_t first = p.packed ? 0 : round_up_16(p.packing.bytes);
    const uint64_t own_at = first + conv_columns_make(site, roles, (size_t)first, &p.columns);
    if (conv_is_depthwise_i8(site, &site->inputs[input], site_int(site, "group", 1)))
        return conv_depthwise_prepare_i8(site, &p.window, &p.packing, &p.columns, own_at, step, arena, err);
    const size_t groups = p.packing.shape[0], columns = p.packing.shape[1], depth = p.packing.shape[2];
    const size_t points =
        p.packing.rows && type_elements(&site->outputs[0]) ? type_elements(&site->outputs[0]) / p.packing.rows : 0;
    p.flat = is_flat(&p.window, groups);
    p.joined = groups == 1 && p.window.axis[WIDTH].dilation == 1;
    p.workers_at = (size_t)own_at;
    step->run = run_conv_integer;
    return product_i8_make(points, depth * p.packing.shape[3], columns, groups, &p.product, &workers, err) &&
           step_scratch(step, own_at + workers, err) && step_params(step, &p, sizeof p, arena, err);
}

OP_CHECK(conv_integer) {
    return check(site, &to_int32, err);
}

OP_PACKING(conv_integer) {
    return packs(site, input, &to_int32, packing);
}

OP_PREPARE(conv_integer) {
    return prepare(site, &to_int32, step, arena, err);
}

OP_CHECK(qlinear_conv) {
    return check(site, &to_bytes, err);
}

OP_PACKING(qlinear_conv) {
    return packs(site, input, &to_bytes, packing);
}

OP_PREPARE(qlinear_conv) {
    return prepare(site, &to_bytes, step, arena, err);
}

static void count(const struct op_site *site, uint32_t weights, struct work *work) {
    const struct msw_type *k = &site->inputs[weights];
    work->operations = 2 * (uint64_t)type_elements(&site->outputs[0]) * type_extent(k, 1, k->rank);
}

OP_WORK(conv_integer) {
    count(site, 1, work);
}

OP_WORK(qlinear_conv) {
    count(site, 3, work);
}
