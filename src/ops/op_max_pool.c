/* op_max_pool.c - largest element of each window, float32. */
#include "kernels/pool.h"
#include "ops/rows.h"
#include "ops/window.h"

static bool pool_window(const struct op_site *site, struct window *w, struct error *err) {
    const struct attr *kernel = site_attr(site, "kernel");
    int32_t size[2];
    if (kernel->count != 2)
        return error_set(err, MSW_INVALID, "kernel must have 2 numbers, got %d", kernel->count);
    for (int32_t i = 0; i < 2; i++) {
        if (kernel->ints[i] < 1 || kernel->ints[i] > WINDOW_MAX_TAPS)
            return error_set(err, MSW_INVALID, "kernel[%d] must be in 1..%d, got %l", i, WINDOW_MAX_TAPS,
                             kernel->ints[i]);
        size[i] = (int32_t)kernel->ints[i];
    }
    return window_make(site, size, w, err) && window_meets_image(w, err);
}

OP_CHECK(max_pool) {
    struct window w;
    if (!pool_window(site, &w, err))
        return false;
    site->outputs[0] = window_output(site, &w, w.channels);
    return true;
}

static void run_max_pool(const struct step *step) {
    const struct window *w = step->params;
    const size_t pixel = (size_t)w->channels;
    const float *image = step->in[0];
    float *z = step->out[0];
    for (int32_t n = 0; n < w->batch; n++, image += (size_t)w->axis[0].size * (size_t)w->axis[1].size * pixel) {
        for (int32_t oy = 0; oy < w->axis[0].out; oy++) {
            for (int32_t ox = 0; ox < w->axis[1].out; ox++, z += pixel) {
                const size_t taps = window_taps(w, oy, ox, image, pixel, NULL, step->scratch, 1);
                max_pool_point_f32(step->scratch, taps, pixel, z);
            }
        }
    }
}

OP_PREPARE(max_pool) {
    struct window w;
    if (!pool_window(site, &w, err))
        return false;
    if (type_elements(&site->outputs[0]) == 0)
        w.batch = 0; /* no work, however many points without channels there are */
    step->scratch_bytes = (size_t)w.axis[0].kernel * (size_t)w.axis[1].kernel * sizeof(float *);
    step->run = run_max_pool;
    return step_params(step, &w, sizeof w, arena, err);
}
