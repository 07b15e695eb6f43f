/* about.c - the functions of msw.h that say what this module is and has. */
#include "api/model.h"
#include "base/host.h"
#include "kernels/hot/gemm_f32.h"

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

uint32_t msw_module_kind(void) {
    return MSW_KIND_LIBRARY;
}

void msw_tune(uint32_t engine) {
    gemm_prefer_shuffles(engine == MSW_ENGINE_CRANELIFT);
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

const struct msw_operator *msw_operator_at(uint32_t index) {
    return index < op_count ? &op_table[index].about : NULL;
}
