/* op_sequence.c - ReverseSequence: of each of a batch of sequences the first elements backwards, as many as it is long. */
#include <string.h>

#include "kernels/gather.h"
#include "ops/rows.h"

/* x seen as [outer, first, middle, second, inner]; one of first and second is the batch, the other time. */
struct reverse_params {
    size_t outer, first, middle, second, row_bytes;
    bool batch_first, wide;
};

static bool read_reverse(const struct op_site *site, struct reverse_params *p, struct error *err) {
    const struct msw_type *x = &site->inputs[0], *lengths = &site->inputs[1];
    int32_t batch, time;
    if (!site_axis(site, "batch_axis", 1, x->rank, &batch, err) ||
        !site_axis(site, "time_axis", 0, x->rank, &time, err))
        return false;
    if (batch == time)
        return error_set(err, MSW_INVALID, "batch_axis and time_axis are both %d", batch);
    if ((lengths->dtype != MSW_INT64 && lengths->dtype != MSW_INT32) || lengths->rank != 1 ||
        lengths->dims[0] != x->dims[batch])
        return error_set(err, MSW_INVALID, "lengths must be int64[%d], got %t", x->dims[batch], lengths);
    const int32_t low = batch < time ? batch : time, high = batch < time ? time : batch;
    *p = (struct reverse_params){.outer = type_elements(x) > 0 ? type_extent(x, 0, low) : 0,
                                 .first = (size_t)x->dims[low],
                                 .middle = type_extent(x, low + 1, high),
                                 .second = (size_t)x->dims[high],
                                 .row_bytes = type_extent(x, high + 1, x->rank) * dtype_info(x->dtype)->bytes,
                                 .batch_first = batch < time,
                                 .wide = lengths->dtype == MSW_INT64};
    return true;
}

OP_CHECK(reverse_sequence) {
    struct reverse_params p;
    site->outputs[0] = site->inputs[0];
    return read_reverse(site, &p, err);
}

static bool verify_lengths(const struct step *step, struct error *err) {
    const struct reverse_params *p = step->params;
    const size_t batch = p->batch_first ? p->first : p->second, time = p->batch_first ? p->second : p->first;
    for (size_t i = 0; i < batch; i++) {
        const int64_t length = index_at(step->in[1], p->wide, i);
        if (length < 0 || length > (int64_t)time)
            return error_set(err, MSW_INVALID, "length %l is %l, outside 0..%l", (int64_t)i, length, (int64_t)time);
    }
    return true;
}

static size_t source_of(size_t at, size_t length) {
    return at < length ? length - 1 - at : at;
}

static void run_reverse_sequence(const struct step *step) {
    const struct reverse_params *p = step->params;
    const unsigned char *x = step->in[0];
    unsigned char *z = step->out[0];
    for (size_t o = 0; o < p->outer; o++)
        for (size_t i = 0; i < p->first; i++)
            for (size_t m = 0; m < p->middle; m++)
                for (size_t k = 0; k < p->second; k++, z += p->row_bytes) {
                    const size_t length = (size_t)index_at(step->in[1], p->wide, p->batch_first ? i : k);
                    const size_t a = p->batch_first ? i : source_of(i, length);
                    const size_t b = p->batch_first ? source_of(k, length) : k;
                    memcpy(z, x + (((o * p->first + a) * p->middle + m) * p->second + b) * p->row_bytes, p->row_bytes);
                }
}

OP_PREPARE(reverse_sequence) {
    struct reverse_params p;
    if (!read_reverse(site, &p, err))
        return false;
    step->verify = verify_lengths;
    step->run = run_reverse_sequence;
    return step_params(step, &p, sizeof p, arena, err);
}
