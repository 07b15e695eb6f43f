/* profile.h - where the time of a run goes: each node's, with the work it does, against the limit of the machine. */
#ifndef PROFILE_H
#define PROFILE_H

#include "contract.h"
#include "json_out.h"

/* A node in one run, whichever way a kernel does it.
 *   count              steps that it took: more than one in a loop, or in a function that is called again
 *   ms                 the median of the runs
 *   operations, bytes  at least, as the module counts them
 *   output             type of what it makes in its first step */
struct profile_node {
    struct node node;
    uint64_t count, operations, bytes;
    struct msw_type output;
    const struct dtype *dtype;
    double ms;
};

/* The nodes in the order of their first steps.
 *   limit_gflops  multiply-adds in registers, in this engine, on as many threads; 0: not known */
struct profile {
    size_t runs, count;
    struct profile_node *nodes;
    double limit_gflops;
};

/* Run the inputs again and again, step by step; `repeats` times, or 0: as often as makes a steady median in a few seconds. */
struct profile profile_take(struct guest *guest, const char *place, uint32_t model, uint32_t run, size_t repeats,
                            const struct tensor_list *inputs, const struct array *arrays);

/* A line for each node, the longest first, then for each operator, then all together. */
void profile_print(const struct profile *profile);

/* The same as JSON: docs/COMMAND_LINE.md has the keys. */
void profile_json(struct json_out *out, const struct profile *profile);

/* The same into a file, which appears whole or not at all. Ends the program with exit 1. */
void profile_write(const struct profile *profile, const char *path);

#endif
