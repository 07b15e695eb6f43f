/* infer.h - one inference request, from its JSON to its answer: inputs.c reads, run.c runs, outputs.c writes, infer.c calls them. */
#ifndef HTTP_INFER_H
#define HTTP_INFER_H

#include "json.h"
#include "msw.h"

/* An input of the model as the request has it: `data` is JSON, or NULL where `binary` is it. */
struct given {
    bool seen;
    struct msw_type type;
    yyjson_val *data;
    struct bytes binary;
};

/* An output that is asked for. classes: how many of the best, 0: all of the tensor. */
struct wanted {
    uint32_t index;
    bool binary;
    int64_t classes;
};

/*   blob           bytes behind the JSON that no input has taken
 *   inputs         one for each of the model's
 *   binary         outputs are bytes where they do not say otherwise */
struct infer {
    const struct http_request *request;
    struct http_response *response;
    struct bytes blob;
    struct given *inputs;
    uint32_t input_count;
    struct wanted *outputs;
    uint32_t output_count;
    bool binary;
    struct msw_run *run;
};

/* Answer a request whose path and method are right. */
void infer_answer(const struct http_request *request, struct http_response *response);

/* Its steps: each returns false with the response set. Memory is the caller's to free. */
bool infer_read_inputs(struct infer *infer, yyjson_val *inputs);
bool infer_make_run(struct infer *infer);
bool infer_fill_inputs(struct infer *infer);
bool infer_read_outputs(struct infer *infer, yyjson_val *outputs);
bool infer_write_outputs(struct infer *infer, struct text *json, struct text *blob);

/* Elements of a tensor. False: more than memory could ever hold. */
bool infer_elements(const struct msw_type *type, size_t *elements);

/* [1,3] into text. */
void infer_shape(struct text *text, const struct msw_type *type);

#endif
