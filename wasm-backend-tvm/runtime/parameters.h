/* parameters.h - the parameters of the one model of a module: bytes of the module, or of a file beside it.
 *
 * The file, little endian:
 *   1  8 bytes   "MSWTVMP" and NUL
 *   2  u32       version of this layout: 1
 *   3  u32       0
 *   4  32 bytes  SHA-256 of the graph and its parameters, the same as in the module (plan.h)
 *   5  u64       bytes of data
 *   6  8 bytes   0
 *   7  the data */
#ifndef PARAMETERS_H
#define PARAMETERS_H

#include "base/error.h"
#include "plan.h"

#define PARAMETERS_MAGIC "MSWTVMP"
enum { PARAMETERS_VERSION = 1, PARAMETERS_ALIGNMENT = 64 };

struct parameters_header {
    char magic[8];
    uint32_t version, zero;
    uint8_t hash[PLAN_HASH_BYTES];
    uint64_t bytes;
    uint64_t reserved;
};
_Static_assert(sizeof(struct parameters_header) == 64, "the data begins at a multiple of its alignment");

/*   data      what kernels read, aligned; complete once `stage` is PARAMETERS_READY
 *   memory    what was allocated for it */
struct parameters {
    enum { PARAMETERS_OPEN, PARAMETERS_HEADER, PARAMETERS_DATA, PARAMETERS_READY, PARAMETERS_REFUSED } stage;
    uint64_t file_bytes;
    bool told;
    struct parameters_header header;
    const unsigned char *data;
    void *memory;
};

/* As msw_load_step. */
enum msw_status parameters_step(struct parameters *parameters, struct msw_request *request, struct error *err);

/* As msw_model_file_size of file 1. */
enum msw_status parameters_tell(struct parameters *parameters, uint64_t bytes, struct error *err);

void parameters_end(struct parameters *parameters);

#endif
