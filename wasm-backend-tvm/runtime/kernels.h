/* kernels.h - a module of bare kernels, for the tuner and the tests of kernels: no tensors are planned, the host brings them.
 *
 * link.py writes the table. The exports are those below, msw_alloc and msw_free. */
#ifndef KERNELS_H
#define KERNELS_H

#include "msw.h"
#include "tvm_abi.h"

extern const struct tvm_kernel kernel_table[];
extern const uint32_t kernel_count;

/* Index of a kernel, or -1. */
MSW_API int32_t kernel_find(const char *name);

/* Call a kernel `repeats` times. Returns 0, or what the first call that failed returned. */
MSW_API int32_t kernel_call(uint32_t index, const struct tvm_any *args, int32_t count, uint32_t repeats);

/* Why the last call failed. */
MSW_API const char *kernel_error(void);

#endif
