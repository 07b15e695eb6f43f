/* assert.h - for the wasm module, which has no C library and is built with NDEBUG: a failed check has nowhere to print.
 * The native builds run the same checks with the system's header. */
#undef assert
#ifndef NDEBUG
#error "the wasm module is built with NDEBUG"
#endif
#define assert(condition) ((void)0)
#define static_assert _Static_assert
