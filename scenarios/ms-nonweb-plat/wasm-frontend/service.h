/* service.h - a compiled model's core module as a component that answers HTTP. */
#ifndef SERVICE_H
#define SERVICE_H

#include <stddef.h>
#include <stdint.h>

#include "wasm_writer.h"

/* The core module's exports behind it. */
#define SERVICE_REALLOC "cabi_realloc"
#define SERVICE_HANDLER "wasi:http/incoming-handler@0.2.0#handle"

/* Write the component: the one that was built around the template, with this core module in the template's place. Ends the program with exit 3 where it is not there or is no such
 * component. */
void service_wrap(struct wasm_writer *writer, const uint8_t *core, size_t core_bytes);

#endif
