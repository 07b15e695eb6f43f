/* message.h - a request and its response, as the protocol sees them, whatever carries them. */
#ifndef HTTP_MESSAGE_H
#define HTTP_MESSAGE_H

#include "text.h"

struct http_header {
    struct bytes name;
    struct bytes value;
};

/* path: as in the request line, with what follows a '?'. */
struct http_request {
    struct bytes method;
    struct bytes path;
    const struct http_header *headers;
    size_t header_count;
    struct bytes body;
};

/* Zeros before it is answered.
 *   allow        the header of that name, or NULL
 *   binary       the body is JSON of json_bytes bytes and then the bytes of tensors; else all of it is JSON
 *   body         to be freed */
struct http_response {
    int status;
    const char *allow;
    bool binary;
    size_t json_bytes;
    struct text body;
};

/* Answer with an error, unless one is there. Returns false. format: as text_format takes it. */
bool http_fail(struct http_response *response, int status, const char *format, ...);

/* The same for what the engine said last. */
bool http_fail_engine(struct http_response *response);

/* The value of a header, whose names have no case. Returns how many there are of it. */
size_t http_header(const struct http_request *request, const char *name, struct bytes *value);

/* A number without a sign, of digits alone, that fits. */
bool http_number(struct bytes digits, uint64_t *number);

#endif
