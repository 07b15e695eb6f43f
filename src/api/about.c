/* about.c - the functions of msw.h that say what this module is and has. */
#include "kernels/hot/gemm_f32.h"
#include "kernels/hot/gemm_i8.h"
#include "ops/op.h"

uint32_t msw_module_kind(void) {
    return MSW_KIND_LIBRARY;
}

void msw_tune(uint32_t engine) {
    gemm_prefer_shuffles(engine == MSW_ENGINE_CRANELIFT);
    gemm_i8_prefer_shuffles(engine == MSW_ENGINE_CRANELIFT);
}

const struct msw_operator *msw_operator_at(uint32_t index) {
    return index < op_count ? &op_table[index]->about : NULL;
}
