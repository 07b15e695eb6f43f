/* load_driver.h - for tests: a host that has the whole file in memory and checks every request. */
#ifndef READ_LOAD_DRIVER_H
#define READ_LOAD_DRIVER_H

#include <assert.h>
#include <string.h>

#include "msw.h"

/* Serve msw_load_step until it is done. Returns its last status. */
static inline enum msw_status drive_load(struct msw_model *model, const void *file, size_t bytes) {
    struct msw_request want;
    for (;;) {
        const enum msw_status status = msw_load_step(model, &want);
        if (status != MSW_MORE)
            return status;
        assert(want.file == 0 && want.offset <= bytes && want.bytes <= bytes - want.offset && want.bytes > 0);
        memcpy(want.destination, (const unsigned char *)file + want.offset, want.bytes);
    }
}

#endif
