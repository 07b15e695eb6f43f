/* common.h - the functions of msw.h that are the same in every kind of module: ours, and those of kernels that TVM generated. */
#ifndef API_COMMON_H
#define API_COMMON_H

#include "base/error.h"

/* The calling thread's error, cleared: every function of msw.h that can fail begins so. */
struct error *api_error(void);

#endif
