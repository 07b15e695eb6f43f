/* protocol.h - the Open Inference Protocol, version 2 (KServe), for the one model of a compiled module, as a function from request to response.
 * (https://kserve.github.io/website/docs/concepts/architecture/data-plane/v2-protocol) */
#ifndef HTTP_PROTOCOL_H
#define HTTP_PROTOCOL_H

#include "message.h"

/* Answer from all but the body. False: the body is needed, of at most protocol_body_limit bytes. */
bool protocol_answer_head(const struct http_request *request, struct http_response *response);

/* Answer a request whose head was not enough. */
void protocol_answer_body(const struct http_request *request, struct http_response *response);

/* What a body may have at most: enough for every input in indented JSON, and 64 MiB where the model leaves sizes open. */
size_t protocol_body_limit(void);

/* Answer that a body has more. */
void protocol_too_large(struct http_response *response);

#endif
