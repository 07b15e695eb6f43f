/* json.h - reading JSON with yyjson in the engine's memory, and objects of which every member is known. */
#ifndef HTTP_JSON_H
#define HTTP_JSON_H

#include <yyjson.h>

#include "message.h"

extern const yyjson_alc json_memory;

/* A member that an object may have. value: set where it is there and not null. */
struct json_member {
    const char *name;
    yyjson_val *value;
};

/* Read a whole document. NULL: the response says what is wrong with it; free it with yyjson_doc_free. */
yyjson_doc *json_read(struct bytes body, struct http_response *response);

/* The members of `object`, which messages call `what`. False where it is no object, or has a member twice or another one. */
bool json_members(yyjson_val *object, const char *what, struct json_member *members, size_t count,
                  struct http_response *response);

#endif
