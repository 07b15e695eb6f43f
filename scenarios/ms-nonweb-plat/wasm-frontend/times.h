/* times.h - how long the parts of a request took. */
#ifndef TIMES_H
#define TIMES_H

#include "json_out.h"

/* Milliseconds.
 *   module  until the module was compiled, or taken from the cache, and instantiated
 *   load    from the model's first byte to its last weight in memory
 *   plan    layout of the memory and choice of kernels
 *   run     one run, the median of `runs` of them (--repeat); with --each all samples
 *   runs    each of them in turn, the first with a cold cache */
struct times {
    double module, load, plan, run;
    size_t count;
    double *runs;
};

/* The middle one, of an even number the mean of the two in the middle; 0 of none. Sorts them. */
double times_median(double *values, size_t count);

/* {"module": 1.234, ...}; "runs" only where there were more than one. */
void times_json(struct json_out *out, const struct times *times);

#endif
