/* packed.c - functions that generated code calls by name: looked up once for each place that calls, in a table of what this runtime has. */
#include <string.h>

#include "packed_sort.h"
#include "tvm_abi.h"

static const struct tvm_kernel functions[] = {
    {"tvm.contrib.sort.argsort", sort_indices},
    {"tvm.contrib.sort.argsort_nms", sort_valid_indices},
    {"tvm.contrib.sort.sort", sort_values},
    {"tvm.contrib.sort.topk", sort_topk},
};

int TVMFFIEnvModLookupFromImports(void *library, const char *name, void **function) {
    (void)library;
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        if (strcmp(functions[i].name, name) == 0) {
            *function = (void *)(uintptr_t)&functions[i];
            return 0;
        }
    const char *parts[] = {name, ": not a function of this runtime, expected one of tvm.contrib.sort"};
    TVMFFIErrorSetRaisedFromCStrParts("ValueError", parts, 2);
    return -1;
}

int TVMFFIHandleInitOnce(void **handle, int (*look_up)(void **handle)) {
    return *handle ? 0 : look_up(handle);
}

int TVMFFIFunctionCall(void *function, const struct tvm_any *args, int32_t count, struct tvm_any *answer) {
    const struct tvm_kernel *row = function;
    return row->call(NULL, args, count, answer);
}
