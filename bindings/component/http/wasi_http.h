/* wasi_http.h - the functions of wasi:http and wasi:io that handler.c imports, as the canonical ABI flattens them. Resources are handles, int32_t; what does
 * not fit one result is written to `result`. */
#ifndef HTTP_WASI_HTTP_H
#define HTTP_WASI_HTTP_H

#include "canonical.h"

#define HTTP_IMPORT(name) ABI_IMPORT("wasi:http/types@0.2.0", name)
#define STREAMS_IMPORT(name) ABI_IMPORT("wasi:io/streams@0.2.0", name)

/* variant method, and option<string>, whose case 1 is the string. */
struct wasi_string_case {
    uint8_t which;
    struct abi_list string;
};
enum { METHODS = 9 }; /* cases without a string; then other(string) */

/* result<a handle>, result<_, anything small>; 0 is the good case. */
struct wasi_result {
    uint8_t failed;
    int32_t handle;
};

/* result<list<u8>, stream-error>, result<_, stream-error>: of the error, its case and, for case 0, an error resource. */
struct wasi_stream_result {
    uint8_t failed;
    union {
        struct abi_list list;
        struct {
            uint8_t closed;
            int32_t error;
        } why;
    } value;
};

/* result<_, error-code>, of which only the first byte is looked at. */
struct wasi_finish_result {
    _Alignas(8) uint8_t bytes[64];
};

HTTP_IMPORT("[method]incoming-request.method") void request_method(int32_t request, struct wasi_string_case *result);
HTTP_IMPORT("[method]incoming-request.path-with-query")
void request_path(int32_t request, struct wasi_string_case *result);
HTTP_IMPORT("[method]incoming-request.headers") int32_t request_headers(int32_t request);
HTTP_IMPORT("[method]incoming-request.consume") void request_consume(int32_t request, struct wasi_result *result);
HTTP_IMPORT("[resource-drop]incoming-request") void request_drop(int32_t request);

HTTP_IMPORT("[method]incoming-body.stream") void incoming_stream(int32_t body, struct wasi_result *result);
HTTP_IMPORT("[resource-drop]incoming-body") void incoming_drop(int32_t body);

HTTP_IMPORT("[constructor]fields") int32_t fields_new(void);
HTTP_IMPORT("[method]fields.entries") void fields_entries(int32_t fields, struct abi_list *result);
HTTP_IMPORT("[method]fields.append")
void fields_append(int32_t fields, const char *name, size_t name_count, const char *value, size_t value_count,
                   void *result);
HTTP_IMPORT("[resource-drop]fields") void fields_drop(int32_t fields);

HTTP_IMPORT("[constructor]outgoing-response") int32_t response_new(int32_t headers);
HTTP_IMPORT("[method]outgoing-response.set-status-code") int32_t response_set_status(int32_t response, int32_t status);
HTTP_IMPORT("[method]outgoing-response.body") void response_body(int32_t response, struct wasi_result *result);
HTTP_IMPORT("[method]outgoing-body.write") void outgoing_stream(int32_t body, struct wasi_result *result);
HTTP_IMPORT("[static]outgoing-body.finish")
void outgoing_finish(int32_t body, int32_t has_trailers, int32_t trailers, struct wasi_finish_result *result);

/* result<outgoing-response, error-code>: with failed 0, `response` is all that counts. */
HTTP_IMPORT("[static]response-outparam.set")
void outparam_set(int32_t outparam, int32_t failed, int32_t response, int32_t a, int64_t b, int32_t c, int32_t d,
                  int32_t e, int32_t f);

STREAMS_IMPORT("[method]input-stream.blocking-read")
void stream_read(int32_t stream, int64_t most, struct wasi_stream_result *result);
STREAMS_IMPORT("[resource-drop]input-stream") void input_drop(int32_t stream);
STREAMS_IMPORT("[method]output-stream.blocking-write-and-flush")
void stream_write(int32_t stream, const char *data, size_t count, struct wasi_stream_result *result);
STREAMS_IMPORT("[resource-drop]output-stream") void output_drop(int32_t stream);
ABI_IMPORT("wasi:io/error@0.2.0", "[resource-drop]error") void error_drop(int32_t error);

#endif
