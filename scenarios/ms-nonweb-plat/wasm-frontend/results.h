/* results.h - what a run gave: shown, or written to files. */
#ifndef RESULTS_H
#define RESULTS_H

#include "contract.h"
#include "inputs.h"
#include "options.h"
#include "profile.h"
#include "times.h"
#include "top.h"

/* The outputs of a run; with --each those of all samples, stacked along the first axis (each is true).
 *   inputs        of the model
 *   module        that gave them
 *   profile       NULL: not asked for
 *   memory_bytes  the module's memory at the end, which never shrinks: its peak */
struct results {
    size_t count, input_count;
    const struct input *inputs;
    size_t samples;
    bool each;
    const char **names, *module;
    struct array *arrays;
    struct times times;
    const struct profile *profile;
    uint64_t memory_bytes;
};

/* DIR/<index>_<name>.npy, the name made safe for a file. */
const char *results_path(const char *directory, size_t index, const char *name);

/* Write them into the directory, which is made if absent; each file appears whole or not at all. Ends the program with exit 1. */
void results_write(const struct results *results, const char *directory);

/* Print them as the options ask: --json, --top, or the first values of each. */
void results_print(const struct results *results, const struct options *options, const struct top *top);

#endif
