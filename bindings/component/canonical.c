/* canonical.c - memory of components is the engine's. */
#include "canonical.h"

#include "msw.h"

ABI_EXPORT("cabi_realloc")
void *cabi_realloc(void *old, size_t old_bytes, size_t align, size_t bytes) {
    (void)align; /* at most 8; msw_alloc gives 16 */
    void *memory = msw_alloc(bytes);
    if (!memory)
        __builtin_trap();
    if (old) {
        __builtin_memcpy(memory, old, old_bytes < bytes ? old_bytes : bytes);
        msw_free(old);
    }
    return memory;
}
