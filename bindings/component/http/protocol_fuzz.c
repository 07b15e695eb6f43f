/* protocol_fuzz.c - libFuzzer target: any bytes as a request to the digits model: its method, its path, a length of the JSON, its body. The first line is the
 * method, the path and the length, a space between them; the rest is the body. */
#include <string.h>

#include "digits_for_test.h"
#include "protocol.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv) {
    (void)argc, (void)argv;
    digits_load();
    return 0;
}

static struct bytes word(struct bytes *line) {
    const char *space = line->count > 0 ? memchr(line->data, ' ', line->count) : NULL;
    const struct bytes found = {line->data, space ? (size_t)(space - line->data) : line->count};
    const size_t used = found.count + (space ? 1 : 0);
    *line = (struct bytes){line->data + used, line->count - used};
    return found;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const uint8_t *end = size > 0 ? memchr(data, '\n', size) : NULL;
    struct bytes line = {(const char *)data, end ? (size_t)(end - data) : size};
    const size_t head = line.count + (end ? 1 : 0);
    struct http_request request = {.method = word(&line), .path = word(&line)};
    const struct http_header header = {bytes_of("Inference-Header-Content-Length"), line};
    request.headers = &header;
    request.header_count = line.count > 0 ? 1 : 0;
    request.body = (struct bytes){(const char *)data + head, size - head};
    struct http_response response = {0};
    if (!protocol_answer_head(&request, &response))
        protocol_answer_body(&request, &response);
    if (response.status < 200 || response.body.failed || response.body.count == 0 ||
        response.json_bytes > response.body.count)
        abort();
    text_free(&response.body);
    return 0;
}
