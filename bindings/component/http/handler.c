/* handler.c - wasi:http/incoming-handler, which a server calls for each request: reads it, has it answered by protocol.c, and sends the answer. */
#include <string.h>

#include "msw.h"
#include "protocol.h"
#include "wasi_http.h"

enum { READ_BYTES = 65536, WRITE_BYTES = 4096 }; /* the second is what blocking-write-and-flush takes at most */

static const char *const method_names[METHODS] = {"GET",     "HEAD",    "POST",  "PUT",  "DELETE",
                                                  "CONNECT", "OPTIONS", "TRACE", "PATCH"};

static struct bytes bytes_of_list(struct abi_list list) {
    return (struct bytes){list.data, list.count};
}

static struct bytes read_method(int32_t request) {
    struct wasi_string_case method = {0};
    request_method(request, &method);
    return method.which < METHODS ? bytes_of(method_names[method.which]) : bytes_of_list(method.string);
}

static struct bytes read_path(int32_t request) {
    struct wasi_string_case path = {0};
    request_path(request, &path);
    return path.which == 1 ? bytes_of_list(path.string) : bytes_of("");
}

/* A header is two lists, as the entries are. */
_Static_assert(sizeof(struct http_header) == 2 * sizeof(struct abi_list), "a field is read in place");

static void read_headers(int32_t request, struct http_request *to) {
    const int32_t fields = request_headers(request);
    struct abi_list entries = {0};
    fields_entries(fields, &entries);
    fields_drop(fields);
    to->headers = entries.data;
    to->header_count = entries.count;
}

static void drop_error(const struct wasi_stream_result *result) {
    if (!result->value.why.closed)
        error_drop(result->value.why.error);
}

/* All of the stream, of which one byte more than `limit` is enough. False: it broke off. */
static bool read_stream(int32_t stream, size_t limit, struct text *body) {
    while (body->count <= limit && !body->failed) {
        struct wasi_stream_result result = {0};
        stream_read(stream, READ_BYTES, &result);
        if (result.failed) {
            drop_error(&result);
            return result.value.why.closed;
        }
        text_put(body, result.value.list.data, result.value.list.count);
        msw_free(result.value.list.count > 0 ? result.value.list.data : NULL);
    }
    return true;
}

static bool read_body(int32_t request, size_t limit, struct text *body) {
    struct wasi_result incoming = {0}, stream = {0};
    request_consume(request, &incoming);
    if (incoming.failed)
        return false;
    incoming_stream(incoming.handle, &stream);
    bool whole = false;
    if (!stream.failed) {
        whole = read_stream(stream.handle, limit, body);
        input_drop(stream.handle);
    }
    incoming_drop(incoming.handle);
    return whole;
}

/* A length that is known to be too much is not read. */
static bool says_too_large(const struct http_request *request) {
    struct bytes digits;
    uint64_t length;
    return http_header(request, "Content-Length", &digits) > 0 && http_number(digits, &length) &&
           length > protocol_body_limit();
}

static void answer(int32_t handle, struct http_request *request, struct http_response *response) {
    struct text body = {0};
    if (protocol_answer_head(request, response))
        return;
    if (says_too_large(request))
        protocol_too_large(response);
    else if (!read_body(handle, protocol_body_limit(), &body))
        http_fail(response, 400, "the body broke off after %l bytes", (int64_t)body.count);
    else if (body.failed)
        http_fail(response, 413, "out of memory while reading the body, at byte %l", (int64_t)body.count);
    else {
        request->body = (struct bytes){body.data, body.count};
        protocol_answer_body(request, response);
    }
    text_free(&body);
}

static void add_header(int32_t fields, const char *name, struct bytes value) {
    uint8_t result[2];
    fields_append(fields, name, strlen(name), value.data, value.count, result);
}

static void add_number(int32_t fields, const char *name, size_t number) {
    struct text digits = {0};
    text_integer(&digits, (int64_t)number);
    add_header(fields, name, (struct bytes){digits.data, digits.count});
    text_free(&digits);
}

static int32_t response_head(const struct http_response *response) {
    const int32_t fields = fields_new();
    add_header(fields, "Content-Type", bytes_of(response->binary ? "application/octet-stream" : "application/json"));
    add_number(fields, "Content-Length", response->body.count);
    if (response->binary)
        add_number(fields, "Inference-Header-Content-Length", response->json_bytes);
    if (response->allow)
        add_header(fields, "Allow", bytes_of(response->allow));
    const int32_t head = response_new(fields);
    response_set_status(head, response->status);
    return head;
}

/* A client that is gone is no reason to fail. */
static void write_stream(int32_t stream, struct bytes body) {
    for (size_t at = 0; at < body.count; at += WRITE_BYTES) {
        struct wasi_stream_result result = {0};
        const size_t left = body.count - at;
        stream_write(stream, body.data + at, left < WRITE_BYTES ? left : WRITE_BYTES, &result);
        if (result.failed) {
            drop_error(&result);
            return;
        }
    }
}

static void send(int32_t outparam, const struct http_response *response, bool with_body) {
    const int32_t head = response_head(response);
    struct wasi_result body = {0}, stream = {0};
    response_body(head, &body);
    outparam_set(outparam, 0, head, 0, 0, 0, 0, 0, 0);
    outgoing_stream(body.handle, &stream);
    if (with_body)
        write_stream(stream.handle, (struct bytes){response->body.data, response->body.count});
    output_drop(stream.handle);
    struct wasi_finish_result result;
    outgoing_finish(body.handle, 0, 0, &result);
}

/* What cabi_realloc gave for the request. */
static void free_request(const struct http_request *request, bool own_method) {
    for (size_t i = 0; i < request->header_count; i++) {
        msw_free(request->headers[i].name.count > 0 ? (void *)(uintptr_t)request->headers[i].name.data : NULL);
        msw_free(request->headers[i].value.count > 0 ? (void *)(uintptr_t)request->headers[i].value.data : NULL);
    }
    msw_free(request->header_count > 0 ? (void *)(uintptr_t)request->headers : NULL);
    msw_free(request->path.count > 0 ? (void *)(uintptr_t)request->path.data : NULL);
    if (own_method)
        msw_free((void *)(uintptr_t)request->method.data);
}

static bool is_known(struct bytes method) {
    for (size_t i = 0; i < METHODS; i++)
        if (method.data == method_names[i])
            return true;
    return method.count == 0;
}

ABI_EXPORT("wasi:http/incoming-handler@0.2.0#handle")
void handle(int32_t incoming, int32_t outparam) {
    static char no_memory[] = "{\"error\":\"out of memory for the answer\"}";
    struct http_request request = {.method = read_method(incoming), .path = read_path(incoming)};
    struct http_response response = {0};
    read_headers(incoming, &request);
    answer(incoming, &request, &response);
    request_drop(incoming);
    if (response.body.failed) {
        text_free(&response.body);
        response = (struct http_response){.status = 503, .body = {.data = no_memory, .count = sizeof no_memory - 1}};
    }
    send(outparam, &response, !bytes_equal(request.method, "HEAD"));
    if (response.body.data != no_memory)
        text_free(&response.body);
    free_request(&request, !is_known(request.method));
}
