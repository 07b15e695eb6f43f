/* common.c - the last error, memory for the host, and the table of data types. */
#include "api/common.h"

#include "base/host.h"
#include "base/type.h"

static _Thread_local struct error last_error;

struct error *api_error(void) {
    error_clear(&last_error);
    return &last_error;
}

const struct msw_error *msw_error(void) {
    last_error.about.text = last_error.text; /* before the first error nothing has set it */
    return &last_error.about;
}

uint32_t msw_abi_version(void) {
    return MSW_ABI_VERSION;
}

void *msw_alloc(size_t bytes) {
    return host_alloc(bytes);
}

void msw_free(void *memory) {
    host_free(memory);
}

const struct msw_dtype_info *msw_dtype_at(uint32_t index) {
    return index + MSW_ANY + 1 < DTYPE_END && index < DTYPE_END ? dtype_info((int32_t)index + MSW_ANY + 1) : NULL;
}
