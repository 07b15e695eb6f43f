/* rule_conv2d.c - convolution (cross-correlation) of images [N,C,H,W] with weights [O,C/group,KH,KW]: output size =
 * (size + pads - dilation * (kernel - 1) - 1) / stride + 1, rounded down (ONNX Conv, MindSpore nn.Conv2d).
 *
 * calls[0], for one group of one image: (x[c,h,w], w[o,c,kh,kw], z[o,oh,ow], stride, dilation and padding before: of height, then of width). */
#include "base/type.h"
#include "operators.h"

enum { PAD_EXPLICIT, PAD_SAME, PAD_VALID };
enum { LARGEST = INT32_MAX / 4 }; /* sums of a few such numbers fit 32 bits */

static const char *const direction[] = {"height", "width"};

struct side {
    int64_t size, kernel, stride, dilation, before, out;
};

static bool check_list(const struct operator_use *use, const char *name, int32_t count, int64_t lowest,
                       struct error *err) {
    const struct operator_attr *attr = use_attr(use, name);
    if (attr->given && attr->count != count)
        return error_set(err, MSW_INVALID, "%s must have %d numbers, got %d", name, count, attr->count);
    for (int32_t i = 0; attr->given && i < count; i++)
        if (attr->ints[i] < lowest || attr->ints[i] > LARGEST)
            return error_set(err, MSW_INVALID, "%s[%d] must be in %l..%d, got %l", name, i, lowest, (int32_t)LARGEST,
                             attr->ints[i]);
    return true;
}

/* Fills the padding and the size of the output. */
static bool place(const struct operator_use *use, int32_t d, int64_t mode, struct side *a, struct error *err) {
    const int64_t reach = (a->kernel - 1) * a->dilation + 1;
    int64_t after = 0;
    if (reach > LARGEST)
        return error_set(err, MSW_LIMIT, "a window of %l in %s is more than %d", reach, direction[d], (int32_t)LARGEST);
    if (mode == PAD_SAME) {
        const int64_t total = ((a->size + a->stride - 1) / a->stride - 1) * a->stride + reach - a->size;
        a->before = total > 0 ? total / 2 : 0;
        after = total > 0 ? total - a->before : 0;
    } else if (mode == PAD_EXPLICIT) {
        a->before = use_int_at(use, "pads", 2 * d, 0);
        after = use_int_at(use, "pads", 2 * d + 1, 0);
    }
    const int64_t room = a->size + a->before + after - reach;
    if (a->size > 0 && room < 0)
        return error_set(err, MSW_INVALID, "a window of %l does not fit %s %d with padding %l and %l", reach,
                         direction[d], (int32_t)a->size, a->before, after);
    a->out = a->size > 0 ? room / a->stride + 1 : 0;
    return true;
}

static bool read_sides(const struct operator_use *use, struct side sides[2], struct error *err) {
    const struct msw_type *x = &use->inputs[0], *w = &use->inputs[1];
    const int64_t mode = use_int(use, "pad_mode", PAD_EXPLICIT);
    if (mode < PAD_EXPLICIT || mode > PAD_VALID)
        return error_set(err, MSW_INVALID, "pad_mode must be 0 (explicit), 1 (same) or 2 (valid), got %l", mode);
    if (!check_list(use, "strides", 2, 1, err) || !check_list(use, "dilations", 2, 1, err) ||
        !check_list(use, "pads", 4, 0, err))
        return false;
    for (int32_t d = 0; d < 2; d++) {
        if (w->dims[2 + d] < 1)
            return error_set(err, MSW_INVALID, "kernel %s must be 1 or more, got %d", direction[d], w->dims[2 + d]);
        sides[d] = (struct side){.size = x->dims[2 + d],
                                 .kernel = w->dims[2 + d],
                                 .stride = use_int_at(use, "strides", d, 1),
                                 .dilation = use_int_at(use, "dilations", d, 1)};
        if (!place(use, d, mode, &sides[d], err))
            return false;
    }
    return true;
}

bool check_conv2d(struct operator_use *use, struct error *err) {
    const struct msw_type *x = &use->inputs[0], *w = &use->inputs[1];
    const int64_t group = use_int(use, "group", 1);
    struct side sides[2];
    if (x->rank != 4)
        return error_set(err, MSW_INVALID, "needs an image of rank 4, got %t", x);
    if (w->rank != 4)
        return error_set(err, MSW_INVALID, "needs weights [O,I/group,KH,KW], got %t for %t", w, x);
    if (!read_sides(use, sides, err))
        return false;
    if (group < 1 || group > INT32_MAX || x->dims[1] % group != 0 || w->dims[0] % group != 0)
        return error_set(err, MSW_INVALID, "group must divide %d input and %d output channels, got %l", x->dims[1],
                         w->dims[0], group);
    if (w->dims[1] != x->dims[1] / group)
        return error_set(err, MSW_INVALID, "weights %x want %d channels a group, the image %x has %d in %l groups", w,
                         w->dims[1], x, x->dims[1], group);
    if (!use_check_depth(use, type_extent(w, 1, 4), err))
        return false;
    use->output.rank = 4;
    use->output.dims[0] = x->dims[0];
    use->output.dims[1] = w->dims[0];
    use->output.dims[2] = (int32_t)sides[0].out;
    use->output.dims[3] = (int32_t)sides[1].out;
    size_t elements, bytes; /* what is too large is told by the caller */
    if (type_sizes(&use->output, &elements, &bytes))
        use->operations = (uint64_t)use->row->operations * elements * type_extent(w, 1, 4);
    return true;
}

void plan_conv2d(const struct operator_use *use, const struct operator_places *at, struct msw_run *run,
                 struct error *err) {
    const struct msw_type *x = &use->inputs[0], *w = &use->inputs[1], *z = &use->output;
    const size_t groups = (size_t)use_int(use, "group", 1), element = dtype_info(x->dtype)->bytes;
    struct side s[2];
    if (!read_sides(use, s, err))
        return;
    const size_t x_dims[] = {(size_t)w->dims[1], (size_t)x->dims[2], (size_t)x->dims[3]};
    const size_t w_dims[] = {(size_t)w->dims[0] / groups, (size_t)w->dims[1], (size_t)w->dims[2], (size_t)w->dims[3]};
    const size_t z_dims[] = {w_dims[0], (size_t)z->dims[2], (size_t)z->dims[3]};
    const struct tvm_any args[] = {use_tensor(run, x->dtype, at->inputs[0], 3, x_dims, err),
                                   use_tensor(run, x->dtype, at->inputs[1], 4, w_dims, err),
                                   use_tensor(run, z->dtype, at->output, 3, z_dims, err),
                                   run_pass_int(s[0].stride),
                                   run_pass_int(s[1].stride),
                                   run_pass_int(s[0].dilation),
                                   run_pass_int(s[1].dilation),
                                   run_pass_int(s[0].before),
                                   run_pass_int(s[1].before)};
    const size_t x_group = x_dims[0] * x_dims[1] * x_dims[2] * element, w_group = type_bytes(w) / groups;
    const size_t z_group = z_dims[0] * z_dims[1] * z_dims[2] * element;
    const struct run_loops loops = {.count = 2,
                                    .times = {(size_t)x->dims[0], groups},
                                    .steps = {{x_group * groups, 0, z_group * groups}, {x_group, w_group, z_group}}};
    step_loops(use_step(use, run, 0, args, 9, err), &loops, run, err);
}
