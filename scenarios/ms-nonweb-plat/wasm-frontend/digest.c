/* Writes and checks the section by which a compiled module is known without being read. */
#include "digest.h"

#include <string.h>

#include <nettle/sha2.h>

static const char prefix[DIGEST_PREFIX_BYTES + 1] = "\0asm\1\0\0\0"
                                                    "\0\x2b\x0a"
                                                    "msw.digest";

void digest_head(uint8_t head[DIGEST_HEAD_BYTES], const uint8_t *sections, size_t bytes) {
    struct sha256_ctx sha;
    sha256_init(&sha);
    sha256_update(&sha, bytes, sections);
    memcpy(head, prefix, DIGEST_PREFIX_BYTES);
    sha256_digest(&sha, DIGEST_BYTES, head + DIGEST_PREFIX_BYTES);
}

const uint8_t *digest_claim(const uint8_t *head, size_t bytes) {
    return bytes >= DIGEST_HEAD_BYTES && memcmp(head, prefix, DIGEST_PREFIX_BYTES) == 0 ? head + DIGEST_PREFIX_BYTES
                                                                                        : NULL;
}

bool digest_holds(const uint8_t *wasm, size_t bytes) {
    uint8_t head[DIGEST_HEAD_BYTES];
    digest_head(head, wasm + DIGEST_HEAD_BYTES, bytes - DIGEST_HEAD_BYTES);
    return memcmp(head, wasm, DIGEST_HEAD_BYTES) == 0;
}
