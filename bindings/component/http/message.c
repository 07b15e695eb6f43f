/* message.c - errors as one line of JSON, and headers. */
#include "message.h"

#include <string.h>

#include "msw.h"

bool http_fail(struct http_response *response, int status, const char *format, ...) {
    if (response->status >= 400)
        return false;
    struct text line = {0};
    va_list arguments;
    va_start(arguments, format);
    text_format(&line, format, &arguments);
    va_end(arguments);
    text_free(&response->body);
    *response = (struct http_response){.status = status};
    response->body.failed = line.failed;
    text_add(&response->body, "{\"error\":");
    text_quote(&response->body, line.data, line.count);
    text_add(&response->body, "}");
    text_free(&line);
    return false;
}

bool http_fail_engine(struct http_response *response) {
    const struct msw_error *err = msw_error();
    return http_fail(response, err->status == MSW_LIMIT ? 413 : 400, "%s", err->text);
}

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static bool same_name(struct bytes x, const char *name) {
    if (x.count != strlen(name))
        return false;
    for (size_t i = 0; i < x.count; i++)
        if (lower(x.data[i]) != lower(name[i]))
            return false;
    return true;
}

size_t http_header(const struct http_request *request, const char *name, struct bytes *value) {
    size_t found = 0;
    for (size_t i = 0; i < request->header_count; i++)
        if (same_name(request->headers[i].name, name)) {
            *value = request->headers[i].value;
            found++;
        }
    return found;
}

bool http_number(struct bytes digits, uint64_t *number) {
    *number = 0;
    for (size_t i = 0; i < digits.count; i++) {
        const unsigned digit = (unsigned char)digits.data[i] - (unsigned)'0';
        if (digit > 9 || *number > (UINT64_MAX - digit) / 10)
            return false;
        *number = *number * 10 + digit;
    }
    return digits.count > 0;
}
