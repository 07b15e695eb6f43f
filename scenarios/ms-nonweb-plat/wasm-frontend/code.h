/* code.h - from a module's file to its compiled code. */
#ifndef CODE_H
#define CODE_H

#include <stdbool.h>
#include <stddef.h>

#include <wasmtime.h>

/* The compiled form of the module at `path`, from the cache where it is there; ends the program where it is no module.
 *   most           bytes that the file may have
 *   interruptible  as the engine is configured */
wasmtime_module_t *code_of_file(wasm_engine_t *engine, const char *path, size_t most, bool interruptible);

#endif
