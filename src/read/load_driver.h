/* load_driver.h - for tests: a host that has the whole file, and those beside it, in memory and checks every request. */
#ifndef READ_LOAD_DRIVER_H
#define READ_LOAD_DRIVER_H

#include <assert.h>
#include <string.h>

#include "msw.h"

/* A file in memory. */
struct held_file {
    const void *data;
    size_t bytes;
};

/* Serve msw_load_step until it is done; file k is files[k]. Returns its last status, or that of msw_model_file_size. */
static inline enum msw_status drive_load_files(struct msw_model *model, const struct held_file *files, uint32_t count) {
    struct msw_request want;
    uint32_t told = 0;
    for (;;) {
        const enum msw_status status = msw_load_step(model, &want);
        if (status != MSW_MORE)
            return status;
        assert(want.file < count && want.file <= told + 1);
        const struct held_file *file = &files[want.file];
        if (want.file > told) {
            assert(msw_model_file(model, want.file));
            const enum msw_status size_status = msw_model_file_size(model, ++told, file->bytes);
            if (size_status != MSW_OK)
                return size_status;
        }
        assert(want.offset <= file->bytes && want.bytes <= file->bytes - want.offset && want.bytes > 0);
        memcpy(want.destination, (const unsigned char *)file->data + want.offset, want.bytes);
    }
}

/* The same for a model that is in one file. */
static inline enum msw_status drive_load(struct msw_model *model, const void *file, size_t bytes) {
    return drive_load_files(model, &(struct held_file){file, bytes}, 1);
}

#endif
