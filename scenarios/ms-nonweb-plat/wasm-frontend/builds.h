/* builds.h - our own modules: one engine, of which each uses more of what a machine has. */
#ifndef BUILDS_H
#define BUILDS_H

#include <stdbool.h>

enum build {
    BUILD_DEFAULT, /* the faster one in wasmtime, as far as it is installed */
    BUILD_EXACT,   /* plain SIMD: the same bits everywhere */
    BUILD_RELAXED, /* fused multiply-add in the tiles */
};

/* Where the module lies, or NULL where it is in none of
 *   ../wasm and ../share/ms-backend-wasm beside the program, then /opt/ms-backend-wasm */
const char *builds_find(enum build build, bool threads);

/* The same, or the end of the program. */
const char *builds_need(enum build build, bool threads);

/* Where the template of compiled modules lies, or the end of the program. */
const char *builds_need_template(void);

/* Where the component lies that becomes a service with a compiled model in it, or the end of the program. */
const char *builds_need_service(void);

/* Print the program's version, what runs the module, and where it lies. */
void builds_print_version(enum build build);

#endif
