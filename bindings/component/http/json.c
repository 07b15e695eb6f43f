/* json.c - yyjson with the engine's memory. It reads without recursion, so that nesting costs memory alone, 16 bytes for each byte of input at most. */
#include "json.h"

#include <string.h>

#include "msw.h"

static void *json_malloc(void *context, size_t bytes) {
    (void)context;
    return msw_alloc(bytes);
}

static void *json_realloc(void *context, void *old, size_t old_bytes, size_t bytes) {
    (void)context;
    void *memory = msw_alloc(bytes);
    if (!memory)
        return NULL;
    memcpy(memory, old, old_bytes < bytes ? old_bytes : bytes);
    msw_free(old);
    return memory;
}

static void json_free(void *context, void *memory) {
    (void)context;
    msw_free(memory);
}

const yyjson_alc json_memory = {json_malloc, json_realloc, json_free, NULL};

yyjson_doc *json_read(struct bytes body, struct http_response *response) {
    yyjson_read_err err = {0};
    /* Without a flag yyjson only reads what it is given. */
    yyjson_doc *doc =
        yyjson_read_opts((char *)(uintptr_t)body.data, body.count, YYJSON_READ_NOFLAG, &json_memory, &err);
    if (!doc && err.code == YYJSON_READ_ERROR_MEMORY_ALLOCATION)
        http_fail(response, 413, "out of memory while reading JSON of %l bytes", (int64_t)body.count);
    else if (!doc && err.code == YYJSON_READ_ERROR_UNEXPECTED_CONTENT)
        http_fail(response, 400,
                  "the JSON ends at byte %l, but the body goes on; with the bytes of tensors behind it, "
                  "the header Inference-Header-Content-Length says how long it is",
                  (int64_t)err.pos);
    else if (!doc)
        http_fail(response, 400, "JSON, byte %l: %s", (int64_t)err.pos, err.msg);
    return doc;
}

static struct bytes key_bytes(yyjson_val *key) {
    return (struct bytes){yyjson_get_str(key), yyjson_get_len(key)};
}

static bool fail_unknown(struct http_response *response, const char *what, yyjson_val *key,
                         const struct json_member *members, size_t count) {
    char known[256] = "";
    for (size_t i = 0, used = 0; i < count; i++) {
        const size_t length = strlen(members[i].name);
        if (used + length + 3 > sizeof known)
            break;
        if (i > 0) {
            memcpy(known + used, ", ", 2);
            used += 2;
        }
        memcpy(known + used, members[i].name, length + 1);
        used += length;
    }
    return http_fail(response, 400, "%s has an unknown member '%b'; known: %s", what, key_bytes(key), known);
}

bool json_members(yyjson_val *object, const char *what, struct json_member *members, size_t count,
                  struct http_response *response) {
    if (!yyjson_is_obj(object))
        return http_fail(response, 400, "%s is %s, expected an object", what, yyjson_get_type_desc(object));
    uint32_t seen = 0;
    size_t at, all;
    yyjson_val *key, *value;
    yyjson_obj_foreach(object, at, all, key, value) {
        size_t i = 0;
        while (i < count && !bytes_equal(key_bytes(key), members[i].name))
            i++;
        if (i == count)
            return fail_unknown(response, what, key, members, count);
        if (seen >> i & 1)
            return http_fail(response, 400, "%s has member '%s' twice", what, members[i].name);
        seen |= 1u << i;
        members[i].value = yyjson_is_null(value) ? NULL : value;
    }
    return true;
}
