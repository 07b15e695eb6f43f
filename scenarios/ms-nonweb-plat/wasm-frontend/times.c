/* Sums up and shows how long the parts of a request took. */
#include "times.h"

#include <stdlib.h>

static int by_value(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double times_median(double *values, size_t count) {
    if (count == 0)
        return 0;
    qsort(values, count, sizeof *values, by_value);
    return (values[(count - 1) / 2] + values[count / 2]) / 2;
}

static void member(struct json_out *out, const char *key, double value) {
    out_key(out, key);
    out_milliseconds(out, value);
}

void times_json(struct json_out *out, const struct times *times) {
    out_open_inline(out, '{');
    member(out, "module", times->module);
    member(out, "load", times->load);
    member(out, "plan", times->plan);
    member(out, "run", times->run);
    if (times->count > 1) {
        out_key(out, "runs");
        out_open(out, '[');
        for (size_t i = 0; i < times->count; i++)
            out_milliseconds(out, times->runs[i]);
        out_close(out, ']');
    }
    out_close(out, '}');
}
