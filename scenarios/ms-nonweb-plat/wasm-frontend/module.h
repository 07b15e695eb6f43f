/* module.h - from a file name to a module that is ready to be called. */
#ifndef MODULE_H
#define MODULE_H

#include <stdint.h>

#include "builds.h"
#include "guest.h"

/* Open the module at `path`, or our own where `path` is NULL: find it, compile it (or take it from the cache), check imports, exports and
 * signatures, instantiate it under the limits.
 * A module given by `path` is a stranger's: its code is made interruptible, which costs speed.
 *   threads  that are to share its loops, where the module has threads; 1: our own is the one without */
struct guest *module_open(const char *path, enum build build, uint64_t memory_limit, size_t threads);

/* The template of compiled modules, and its bytes. What it imports for a face that it may have traps. */
struct guest *module_open_template(uint64_t memory_limit, const uint8_t **bytes, size_t *size);

/* The module of generated operators (wasm-backend-tvm) in the folder of our own one, or NULL where there is none. It is as much our own. */
struct guest *module_open_generated(const struct guest *ours);

#endif
