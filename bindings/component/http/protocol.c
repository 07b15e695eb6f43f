/* protocol.c - which path and method mean what. */
#include "protocol.h"

#include "compile/compiled.h"
#include "infer.h"
#include "metadata.h"

enum { MAX_PARTS = 7 };
#define OPEN_LIMIT ((size_t)64 << 20)
enum { JSON_ELEMENT = 64, JSON_REST = 65536 };

/* A path without its query, cut at its slashes. */
struct path {
    struct bytes part[MAX_PARTS];
    size_t count;
};

static struct path cut(struct bytes text) {
    struct path path = {.count = 0};
    size_t count = 0;
    while (count < text.count && text.data[count] != '?')
        count++;
    if (count == 0 || text.data[0] != '/')
        return path;
    for (size_t at = 0; at < count; path.count++) {
        size_t end = at + 1;
        while (end < count && text.data[end] != '/')
            end++;
        if (path.count == MAX_PARTS)
            return (struct path){.count = 0};
        path.part[path.count] = (struct bytes){text.data + at + 1, end - at - 1};
        at = end;
    }
    return path;
}

static int hex(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    const char small = (char)(c | 0x20);
    return small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
}

/* Whether a part of a path is `name`, some of its bytes perhaps as %xx. What an escape stands for never cuts a path, so "..%2f" is a name like any
 * other, and not that of a model. */
static bool names(struct bytes part, const char *name) {
    size_t at = 0;
    for (; at < part.count && *name; name++) {
        int byte = (unsigned char)part.data[at++];
        if (byte == '%') {
            if (part.count - at < 2 || hex(part.data[at]) < 0 || hex(part.data[at + 1]) < 0)
                return false;
            byte = hex(part.data[at]) << 4 | hex(part.data[at + 1]);
            at += 2;
        }
        if (byte != (unsigned char)*name)
            return false;
    }
    return at == part.count && *name == '\0';
}

static bool method_is(const struct http_request *request, struct http_response *response, bool post) {
    if (post ? bytes_equal(request->method, "POST")
             : bytes_equal(request->method, "GET") || bytes_equal(request->method, "HEAD"))
        return true;
    http_fail(response, 405, "method %b, expected %s", request->method, post ? "POST" : "GET");
    response->allow = post ? "POST" : "GET, HEAD";
    return false;
}

static bool answer_with(struct http_response *response, const char *json) {
    response->status = 200;
    text_add(&response->body, json);
    return true;
}

static bool has_model(struct http_response *response) {
    return compiled.model || http_fail(response, 503, "no model is compiled into this module");
}

static bool answer_metadata(struct http_response *response, void (*write)(struct text *)) {
    response->status = 200;
    write(&response->body);
    return true;
}

/* A body that is compressed would only look like bad JSON. */
static bool plain(const struct http_request *request, struct http_response *response) {
    struct bytes coding;
    if (http_header(request, "Content-Encoding", &coding) == 0 || bytes_equal(coding, "identity"))
        return true;
    return http_fail(response, 415, "Content-Encoding '%b': send the body as it is", coding);
}

/* /v2/models/NAME... once the name is known to be right; true: answered. `rest` are the parts behind name and version. */
static bool answer_model(const struct http_request *request, struct http_response *response, const struct path *path,
                         size_t rest) {
    const size_t left = path->count - rest;
    if (left == 0) {
        if (method_is(request, response, false))
            answer_metadata(response, metadata_model);
        return true;
    }
    if (left == 1 && bytes_equal(path->part[rest], "ready")) {
        if (method_is(request, response, false))
            answer_with(response, "{\"ready\":true}");
        return true;
    }
    if (left == 1 && bytes_equal(path->part[rest], "infer"))
        return !(method_is(request, response, true) && plain(request, response));
    http_fail(response, 404, "no such path: %b", request->path);
    return true;
}

static bool answer_models(const struct http_request *request, struct http_response *response, const struct path *path) {
    if (!has_model(response))
        return true;
    if (!names(path->part[2], compiled.name)) {
        http_fail(response, 404, "unknown model '%b'; this is '%s'", path->part[2], compiled.name);
        return true;
    }
    if (path->count == 3 || !bytes_equal(path->part[3], "versions"))
        return answer_model(request, response, path, 3);
    if (path->count == 4 || !bytes_equal(path->part[4], "1")) {
        http_fail(response, 404, "unknown version '%b' of the model; there is '1'",
                  path->count == 4 ? bytes_of("") : path->part[4]);
        return true;
    }
    return answer_model(request, response, path, 5);
}

static bool answer_health(struct http_response *response, struct bytes about) {
    if (bytes_equal(about, "live"))
        return answer_with(response, "{\"live\":true}");
    return has_model(response) && answer_with(response, "{\"ready\":true}");
}

bool protocol_answer_head(const struct http_request *request, struct http_response *response) {
    const struct path path = cut(request->path);
    const bool ours = path.count > 0 && bytes_equal(path.part[0], "v2");
    if (ours && path.count >= 3 && bytes_equal(path.part[1], "models"))
        return answer_models(request, response, &path);
    const bool health = path.count == 3 && bytes_equal(path.part[1], "health") &&
                        (bytes_equal(path.part[2], "live") || bytes_equal(path.part[2], "ready"));
    if (!ours || (path.count > 1 && !health))
        http_fail(response, 404, "no such path: %b; see /v2 and /v2/models/NAME", request->path);
    else if (method_is(request, response, false)) {
        if (health)
            answer_health(response, path.part[2]);
        else
            answer_metadata(response, metadata_server);
    }
    return true;
}

void protocol_answer_body(const struct http_request *request, struct http_response *response) {
    if (request->body.count > protocol_body_limit())
        protocol_too_large(response);
    else
        infer_answer(request, response);
}

size_t protocol_body_limit(void) {
    const struct msw_tensor *input;
    size_t limit = JSON_REST;
    for (uint32_t i = 0; compiled.run && (input = msw_run_input(compiled.run, i)); i++) {
        size_t elements = 0;
        infer_elements(&input->type, &elements);
        limit += elements > OPEN_LIMIT / JSON_ELEMENT ? OPEN_LIMIT : elements * JSON_ELEMENT;
    }
    return compiled.run ? limit : OPEN_LIMIT;
}

void protocol_too_large(struct http_response *response) {
    http_fail(response, 413, "a body of more than %l bytes", (int64_t)protocol_body_limit());
}
