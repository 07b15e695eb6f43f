/* Writes WebAssembly's binary format (https://webassembly.github.io/spec/core/binary): what a compiled model's module and its component are made with. */
#include "wasm_writer.h"

#include <stdlib.h>
#include <string.h>

#include "fail.h"

#define FIRST_ROOM 4096
#define LEB_MORE 0x80
#define LONGEST_LEB_U32 5

void put_reserve(struct wasm_writer *writer, size_t more) {
    if (more <= writer->room - writer->bytes)
        return;
    size_t room = writer->room < FIRST_ROOM ? FIRST_ROOM : writer->room * 2;
    if (room - writer->bytes < more)
        room = writer->bytes + more;
    uint8_t *data = room < more ? NULL : realloc(writer->data, room);
    if (!data)
        fail(EXIT_OURS, "out of memory: %zu bytes", room);
    writer->data = data;
    writer->room = room;
}

void put_byte(struct wasm_writer *writer, uint8_t byte) {
    put_reserve(writer, 1);
    writer->data[writer->bytes++] = byte;
}

void put_bytes(struct wasm_writer *writer, const void *bytes, size_t count) {
    if (count == 0)
        return;
    put_reserve(writer, count);
    memcpy(writer->data + writer->bytes, bytes, count);
    writer->bytes += count;
}

/* Into `to`; returns how many bytes. */
static size_t leb_u32(uint8_t *to, uint32_t value) {
    size_t count = 0;
    for (; value >= LEB_MORE; value >>= 7)
        to[count++] = (uint8_t)(value | LEB_MORE);
    to[count++] = (uint8_t)value;
    return count;
}

void put_u32(struct wasm_writer *writer, uint32_t value) {
    uint8_t leb[LONGEST_LEB_U32];
    put_bytes(writer, leb, leb_u32(leb, value));
}

void put_s32(struct wasm_writer *writer, int32_t value) {
    put_s64(writer, value);
}

void put_s64(struct wasm_writer *writer, int64_t value) {
    /* What is left is only the sign, and so is bit 6 of the byte: that is the last. */
    for (; value < -64 || value > 63; value >>= 7)
        put_byte(writer, (uint8_t)(((uint64_t)value & 0x7f) | LEB_MORE));
    put_byte(writer, (uint8_t)((uint64_t)value & 0x7f));
}

void put_name(struct wasm_writer *writer, const char *name) {
    const size_t begin = put_sized_begin(writer);
    put_bytes(writer, name, strlen(name));
    put_sized_end(writer, begin);
}

size_t put_sized_begin(struct wasm_writer *writer) {
    return writer->bytes;
}

void put_sized_end(struct wasm_writer *writer, size_t begin) {
    const size_t size = writer->bytes - begin;
    if (size > UINT32_MAX)
        fail(EXIT_LIMIT, "%zu bytes in one section: WebAssembly allows %u", size, UINT32_MAX);
    uint8_t leb[LONGEST_LEB_U32];
    const size_t count = leb_u32(leb, (uint32_t)size);
    put_reserve(writer, count);
    if (size > 0)
        memmove(writer->data + begin + count, writer->data + begin, size);
    memcpy(writer->data + begin, leb, count);
    writer->bytes += count;
}

size_t put_section_begin(struct wasm_writer *writer, uint8_t id) {
    put_byte(writer, id);
    return put_sized_begin(writer);
}

size_t put_custom_begin(struct wasm_writer *writer, const char *name) {
    const size_t begin = put_section_begin(writer, 0);
    put_name(writer, name);
    return begin;
}

void writer_free(struct wasm_writer *writer) {
    free(writer->data);
    *writer = (struct wasm_writer){0};
}
