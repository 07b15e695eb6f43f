/* inspect.h - what is checked about a module before a line of it runs. */
#ifndef INSPECT_H
#define INSPECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <wasmtime.h>

/* Do the bytes begin like a WebAssembly core module? */
bool inspect_is_wasm(const uint8_t *bytes, size_t size);

/* A section of a module or component. start: its number's place. */
struct inspect_section {
    uint8_t id;
    const uint8_t *start, *content;
    size_t bytes;
};

/* The section that begins at *at, which then is its end. False: there is none, or it goes beyond `end`. */
bool inspect_section(const uint8_t **at, const uint8_t *end, struct inspect_section *section);

/* Before compiling: is it a core module, and are its functions small enough that compiling ends soon? Ends the program if not.
 * Compile time is bounded by neither epoch nor fuel: a function of 600 KB took 1.45 s and 234 MB. */
void inspect_binary(const char *path, const uint8_t *bytes, size_t size);

/* Before the first call: no imports, all exports of the contract with their signatures, a memory within the limit.
 * True: the module has threads, imports a shared memory of `memory` pages, and exports what such modules do besides. */
bool inspect_interface(const char *path, const wasmtime_module_t *module, uint64_t memory_limit, wasm_limits_t *memory);

#endif
