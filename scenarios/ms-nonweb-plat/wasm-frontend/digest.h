/* digest.h - the section in which a compiled module says what it is: SHA-256 of all that follows it.
 *
 * 1. "\0asm", version 1   2. custom section: id 0, size 43, name "msw.digest", 32 bytes   3. the sections that the digest is of
 *
 * The section is the first one and always written in this form, so that a few bytes from the head of a file are enough to know a module of any
 * size. A claim is worth nothing before the rest was hashed once: whoever goes by it keeps that in mind (cache_digest.c). */
#ifndef DIGEST_H
#define DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DIGEST_BYTES 32
#define DIGEST_PREFIX_BYTES 21
#define DIGEST_HEAD_BYTES (DIGEST_PREFIX_BYTES + DIGEST_BYTES)

/* The head of a module whose other sections are these `bytes` bytes. */
void digest_head(uint8_t head[DIGEST_HEAD_BYTES], const uint8_t *sections, size_t bytes);

/* The digest that a module claims whose first `bytes` bytes are at `head`, or NULL. */
const uint8_t *digest_claim(const uint8_t *head, size_t bytes);

/* Whether a module with a claim is what it claims to be. */
bool digest_holds(const uint8_t *wasm, size_t bytes);

#endif
