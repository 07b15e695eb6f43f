/* canonical.h - the canonical ABI of the component model in C, as far as our components need it: how lists and strings lie in memory, who owns them, and
 * how a function gets its name. (https://github.com/WebAssembly/component-model/blob/main/design/mvp/CanonicalABI.md)
 *
 * A parameter that is a list or a string comes in memory from cabi_realloc and belongs to the function called, which frees it with msw_free. What a
 * function returns by pointer stays valid until its post-return function, `cabi_post_` and its name, is called, or for good where there is none. */
#ifndef CANONICAL_H
#define CANONICAL_H

#include <stddef.h>
#include <stdint.h>

#define ABI_EXPORT(name) __attribute__((export_name(name), used))
#define ABI_IMPORT(module, name) __attribute__((import_module(module), import_name(name)))

/* list<T>, or a string, whose elements are bytes of UTF-8 without a NUL at the end. An empty one may have any data pointer. */
struct abi_list {
    void *data;
    uint32_t count;
};

/* Memory for what comes from outside. Traps where there is none, as the ABI has no other way to say so. */
void *cabi_realloc(void *old, size_t old_bytes, size_t align, size_t bytes);

/* Frees the elements of a list that came as a parameter, not what these point to. */
void abi_free(struct abi_list list);

#endif
