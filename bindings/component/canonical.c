/* canonical.c - memory of components is the engine's. */
#include "canonical.h"

#include "msw.h"

ABI_EXPORT("cabi_realloc")
void *cabi_realloc(void *old, size_t old_bytes, size_t align, size_t bytes) {
    if (bytes == 0) { /* an empty list, whose pointer means nothing: nothing to free later */
        msw_free(old);
        return (void *)align;
    }
    void *memory = msw_alloc(bytes); /* of 16-byte alignment; the ABI asks for at most 8 */
    if (!memory)
        __builtin_trap();
    if (old) {
        __builtin_memcpy(memory, old, old_bytes < bytes ? old_bytes : bytes);
        msw_free(old);
    }
    return memory;
}

void abi_free(struct abi_list list) {
    if (list.count > 0)
        msw_free(list.data);
}
