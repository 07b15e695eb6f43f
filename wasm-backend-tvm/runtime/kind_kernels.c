/* kind_kernels.c - calls kernels by their names. */
#include "kernels.h"

#include <string.h>

#include "workspace.h"

int32_t kernel_find(const char *name) {
    for (uint32_t i = 0; i < kernel_count; i++)
        if (strcmp(kernel_table[i].name, name) == 0)
            return (int32_t)i;
    return -1;
}

int32_t kernel_call(uint32_t index, const struct tvm_any *args, int32_t count, uint32_t repeats) {
    tvm_error_clear();
    for (; repeats > 0; repeats--) {
        struct tvm_any answer = {.type_index = TVM_NONE};
        const int failed = kernel_table[index].call(NULL, args, count, &answer);
        if (failed) {
            if (workspace_reset() > 0) /* which a kernel says nothing of */
                TVMFFIErrorSetRaisedFromCStr("MemoryError", "there is not enough for what the kernel works in");
            return failed;
        }
    }
    return 0;
}

const char *kernel_error(void) {
    return tvm_error_text();
}
