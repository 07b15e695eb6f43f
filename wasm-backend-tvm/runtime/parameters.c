/* parameters.c - asks the host for the header, then for the data, which it writes where kernels read it: each byte is in memory once. */
#include "parameters.h"

#include <string.h>

#include "base/host.h"

static enum msw_status refuse(struct parameters *parameters, struct error *err) {
    parameters->stage = PARAMETERS_REFUSED;
    return (enum msw_status)err->about.status;
}

static size_t data_bytes(void) {
    return (size_t)model_plan.info.parameter_bytes;
}

/* A hash as text. */
static const char *hash_text(const uint8_t *hash, char *text) {
    for (size_t i = 0; i < PLAN_HASH_BYTES; i++) {
        text[2 * i] = "0123456789abcdef"[hash[i] >> 4];
        text[2 * i + 1] = "0123456789abcdef"[hash[i] & 15];
    }
    text[2 * PLAN_HASH_BYTES] = 0;
    return text;
}

static bool hash_fits(const struct parameters *parameters, struct error *err) {
    char has[2 * PLAN_HASH_BYTES + 1], wanted[2 * PLAN_HASH_BYTES + 1];
    return memcmp(parameters->header.hash, model_plan.hash, PLAN_HASH_BYTES) == 0 ||
           error_set(err, MSW_INVALID, "%s: parameters of another graph (sha256 %s), expected %s", model_plan.file,
                     hash_text(parameters->header.hash, has), hash_text(model_plan.hash, wanted));
}

/* A file of another graph says so, whatever its length. */
static bool check_header(const struct parameters *parameters, struct error *err) {
    const struct parameters_header *header = &parameters->header;
    if (memcmp(header->magic, PARAMETERS_MAGIC, sizeof header->magic) != 0)
        return error_set_at_byte(err, MSW_INVALID, 0,
                                 "%s: not a file of parameters, expected one that begins with '%s'", model_plan.file,
                                 PARAMETERS_MAGIC);
    if (header->version != PARAMETERS_VERSION)
        return error_set_at_byte(err, MSW_INVALID, 8, "%s: parameters of version %l, expected %d", model_plan.file,
                                 (int64_t)header->version, (int32_t)PARAMETERS_VERSION);
    if (!hash_fits(parameters, err))
        return false;
    const uint64_t whole = sizeof *header + data_bytes();
    if (parameters->file_bytes != whole)
        return error_set(err, MSW_INVALID, "%s: %s: it has %l bytes, expected %l", model_plan.file,
                         parameters->file_bytes < whole ? "truncated" : "too long", (int64_t)parameters->file_bytes,
                         (int64_t)whole);
    return true;
}

static bool take_memory(struct parameters *parameters, struct error *err) {
    const size_t bytes = data_bytes() + PARAMETERS_ALIGNMENT;
    parameters->memory = host_alloc(bytes);
    if (!parameters->memory)
        return error_no_memory(err, bytes);
    const uintptr_t at = (uintptr_t)parameters->memory;
    parameters->data =
        (unsigned char *)parameters->memory + (PARAMETERS_ALIGNMENT - at % PARAMETERS_ALIGNMENT) % PARAMETERS_ALIGNMENT;
    return true;
}

static enum msw_status ask(struct parameters *parameters, struct msw_request *request, size_t offset,
                           const void *destination, size_t bytes) {
    parameters->stage++;
    *request = (struct msw_request){
        .offset = offset, .destination = (void *)(uintptr_t)destination, .bytes = bytes, .file = 1};
    return MSW_MORE;
}

static enum msw_status begin(struct parameters *parameters, struct msw_request *request) {
    if (!model_plan.parameters && data_bytes() > 0)
        return ask(parameters, request, 0, &parameters->header, sizeof parameters->header);
    parameters->data = model_plan.parameters;
    parameters->stage = PARAMETERS_READY;
    return MSW_OK;
}

enum msw_status parameters_step(struct parameters *parameters, struct msw_request *request, struct error *err) {
    switch (parameters->stage) {
    case PARAMETERS_OPEN: return begin(parameters, request);
    case PARAMETERS_HEADER:
        if (!parameters->told) {
            error_set(err, MSW_USAGE, "%s: its size was not told", model_plan.file);
            return refuse(parameters, err);
        }
        if (!check_header(parameters, err) || !take_memory(parameters, err))
            return refuse(parameters, err);
        return ask(parameters, request, sizeof parameters->header, parameters->data, data_bytes());
    case PARAMETERS_DATA: parameters->stage = PARAMETERS_READY; return MSW_OK;
    case PARAMETERS_READY: return MSW_OK;
    default: error_set(err, MSW_INVALID, "the model failed to load"); return MSW_INVALID;
    }
}

enum msw_status parameters_tell(struct parameters *parameters, uint64_t bytes, struct error *err) {
    parameters->file_bytes = bytes;
    parameters->told = true;
    if (bytes >= sizeof parameters->header)
        return MSW_OK;
    error_set(err, MSW_INVALID, "%s: truncated: it has %l bytes, expected %l", model_plan.file, (int64_t)bytes,
              (int64_t)(sizeof parameters->header + data_bytes()));
    return refuse(parameters, err);
}

void parameters_end(struct parameters *parameters) {
    host_free(parameters->memory);
}
