/* values.h - the cases of ms:backend in C: how their values become wasmtime's, and whether an answer is what was wanted. README.md says how they are written. */
#ifndef VALUES_H
#define VALUES_H

#include <jansson.h>
#include <stdbool.h>
#include <wasmtime.h>

/* A resource that a call kept. Those are a list, the newest first. */
struct handle {
    const char *name;
    wasmtime_component_resource_any_t *resource;
    struct handle *next;
};

wasmtime_component_resource_any_t *find_handle(const struct handle *handles, const char *name);

/* A value of this type. The caller deletes it. Ends the program where the case is not as the type wants it. */
wasmtime_component_val_t to_value(const wasmtime_component_valtype_t *type, json_t *json, const struct handle *handles);

/* Whether a value is what a case says; a record may have more fields than are wanted. */
bool fits(const wasmtime_component_val_t *got, json_t *want);

/* Say what is wrong with the program's input and end. */
_Noreturn void give_up(const char *what, const char *which);

#endif
