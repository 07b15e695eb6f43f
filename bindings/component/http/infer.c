/* infer.c - an inference request from end to end. */
#include "infer.h"

#include <string.h>

#include "compile/compiled.h"

/* The JSON of a body, whose end a header gives where bytes of tensors are behind it. */
static bool split_body(struct infer *infer, struct bytes *json) {
    const struct bytes body = infer->request->body;
    struct bytes digits;
    uint64_t length = body.count;
    const size_t given = http_header(infer->request, "Inference-Header-Content-Length", &digits);
    if (given > 1)
        return http_fail(infer->response, 400, "Inference-Header-Content-Length is given %l times", (int64_t)given);
    if (given == 1 && (!http_number(digits, &length) || length > body.count))
        return http_fail(
            infer->response, 400,
            "Inference-Header-Content-Length is '%b', expected the length of the JSON in a body of %l bytes", digits,
            (int64_t)body.count);
    *json = (struct bytes){body.data, (size_t)length};
    infer->blob = (struct bytes){body.data + length, body.count - (size_t)length};
    return true;
}

static bool read_parameters(struct infer *infer, yyjson_val *parameters) {
    struct json_member known[] = {{"binary_data_output", NULL}};
    if (!parameters)
        return true;
    if (!json_members(parameters, "parameters", known, 1, infer->response))
        return false;
    if (known[0].value && !yyjson_is_bool(known[0].value))
        return http_fail(infer->response, 400, "binary_data_output is neither true nor false");
    infer->binary = yyjson_get_bool(known[0].value);
    return true;
}

static void quote(struct text *text, const char *string) {
    text_quote(text, string, strlen(string));
}

static bool write_answer(struct infer *infer, yyjson_val *id) {
    struct text json = {0}, blob = {0};
    text_add(&json, "{\"model_name\":");
    quote(&json, compiled.name);
    text_add(&json, ",\"model_version\":\"1\"");
    if (id) {
        text_add(&json, ",\"id\":");
        text_quote(&json, yyjson_get_str(id), yyjson_get_len(id));
    }
    text_add(&json, ",\"outputs\":");
    const bool ok = infer_write_outputs(infer, &json, &blob);
    text_add(&json, "}");
    if (ok) {
        bool binary = false;
        for (uint32_t i = 0; i < infer->output_count; i++)
            binary = binary || infer->outputs[i].binary;
        *infer->response =
            (struct http_response){.status = 200, .binary = binary, .json_bytes = json.count, .body = json};
        text_put(&infer->response->body, blob.data, blob.count);
        infer->response->body.failed = infer->response->body.failed || blob.failed;
    } else {
        text_free(&json);
    }
    text_free(&blob);
    return ok;
}

static bool run(struct infer *infer) {
    return infer_make_run(infer) && infer_fill_inputs(infer) &&
           (msw_run(infer->run) == MSW_OK || http_fail_engine(infer->response));
}

static bool answer(struct infer *infer, yyjson_val *root) {
    struct json_member members[] = {{"id", NULL}, {"parameters", NULL}, {"inputs", NULL}, {"outputs", NULL}};
    if (!json_members(root, "the request", members, 4, infer->response))
        return false;
    yyjson_val *id = members[0].value;
    if (id && !yyjson_is_str(id))
        return http_fail(infer->response, 400, "id is no string");
    return read_parameters(infer, members[1].value) && infer_read_inputs(infer, members[2].value) &&
           infer_read_outputs(infer, members[3].value) && run(infer) && write_answer(infer, id);
}

static bool make_inputs(struct infer *infer) {
    while (msw_model_input(compiled.model, infer->input_count))
        infer->input_count++;
    const size_t bytes = sizeof *infer->inputs * (infer->input_count + 1);
    infer->inputs = msw_alloc(bytes);
    if (!infer->inputs)
        return http_fail(infer->response, 413, "out of memory");
    memset(infer->inputs, 0, bytes);
    return true;
}

void infer_answer(const struct http_request *request, struct http_response *response) {
    struct infer infer = {.request = request, .response = response};
    struct bytes json;
    if (split_body(&infer, &json) && make_inputs(&infer)) {
        yyjson_doc *doc = json_read(json, response);
        if (doc)
            answer(&infer, yyjson_doc_get_root(doc));
        yyjson_doc_free(doc);
    }
    msw_free(infer.inputs);
    msw_free(infer.outputs);
}
