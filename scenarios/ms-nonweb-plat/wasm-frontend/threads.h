/* threads.h - the threads of a module: each runs an instance of its own over the module's memory (docs/ABI.md, Threads). */
#ifndef THREADS_H
#define THREADS_H

#include "guest.h"
#include "options.h"

struct wasmtime_module;

/* How many threads a run is to have: --threads N, or as many as there are processors, which are never exceeded. */
size_t threads_wanted(const struct options *options);

/* Give a module with threads `count` more than the one that runs it. Where the system gives fewer, there are fewer. */
void threads_start(struct guest *guest, const struct wasmtime_module *module, uint64_t memory_limit, size_t count);

/* End them. False: one does not end, and may write to the module's memory still. */
bool threads_end(struct guest *guest);

#endif
