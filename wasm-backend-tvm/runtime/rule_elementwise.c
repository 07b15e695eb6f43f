/* rule_elementwise.c - operators that work element by element.
 *
 * calls of a unary row: 0 (x[n], z[n]). Of a binary one, for z[m,n] with numbers sx and sy by which a row moves x and y:
 * 0 both go on along n, 1 only x does, 2 only y does: (x[..], y[..], z[m,n], sx, sy). */
#include "base/type.h"
#include "operators.h"
#include "ops/broadcast.h"

bool check_unary(struct operator_use *use, struct error *err) {
    (void)err;
    use->output = use->inputs[0];
    use->operations = (uint64_t)use->row->operations * type_elements(&use->output);
    return true;
}

void plan_unary(const struct operator_use *use, const struct operator_places *at, struct msw_run *run,
                struct error *err) {
    const size_t n = type_elements(&use->output);
    const struct tvm_any args[] = {use_tensor(run, use->kernels->input, at->inputs[0], 1, &n, err),
                                   use_tensor(run, use->kernels->output, at->output, 1, &n, err)};
    use_step(use, run, 0, args, 2, err);
}

bool check_binary(struct operator_use *use, struct error *err) {
    const struct msw_type *x = &use->inputs[0], *y = &use->inputs[1];
    if (!type_broadcast(x, y, &use->output))
        return error_set(err, MSW_INVALID, "shapes %x and %x cannot be broadcast to one", x, y);
    use->operations = (uint64_t)use->row->operations * type_elements(&use->output);
    return true;
}

/* The loops outside the last two. */
static struct run_loops outer_loops(const struct broadcast *b, int32_t count, size_t row, size_t in, size_t out) {
    struct run_loops loops = {.count = count};
    for (int32_t l = count; l-- > 0;) {
        loops.times[l] = b->dims[l];
        loops.steps[l][0] = b->x_steps[l] * in;
        loops.steps[l][1] = b->y_steps[l] * in;
        loops.steps[l][2] = row * out;
        row *= b->dims[l];
    }
    return loops;
}

/* The last two loops are the kernel's, the others the step's. */
void plan_binary(const struct operator_use *use, const struct operator_places *at, struct msw_run *run,
                 struct error *err) {
    const struct msw_type *x = &use->inputs[0], *y = &use->inputs[1], *z = &use->output;
    struct broadcast b;
    broadcast_make(x->dims, x->rank, 1, y->dims, y->rank, 1, z->dims, z->rank, &b);
    const size_t last = b.loops - 1, rows = last > 0 ? b.dims[last - 1] : 1;
    const size_t x_size = type_elements(x), y_size = type_elements(y), z_sizes[] = {rows, b.dims[last]};
    const struct tvm_any args[] = {use_tensor(run, use->kernels->input, at->inputs[0], 1, &x_size, err),
                                   use_tensor(run, use->kernels->input, at->inputs[1], 1, &y_size, err),
                                   use_tensor(run, use->kernels->output, at->output, 2, z_sizes, err),
                                   run_pass_int(last > 0 ? (int64_t)b.x_steps[last - 1] : 0),
                                   run_pass_int(last > 0 ? (int64_t)b.y_steps[last - 1] : 0)};
    const uint32_t call = b.x_steps[last] == b.y_steps[last] ? 0 : b.y_steps[last] == 0 ? 1 : 2;
    struct run_step *step = use_step(use, run, call, args, 5, err);
    const struct run_loops loops = outer_loops(&b, last > 1 ? (int32_t)last - 1 : 0, rows * b.dims[last],
                                               dtype_info(x->dtype)->bytes, dtype_info(z->dtype)->bytes);
    if (loops.count > 0)
        step_loops(step, &loops, run, err);
}
