/* wasm_writer.h - the binary format of WebAssembly, written: numbers, names and sections into bytes that grow. Modules and components alike. */
#ifndef WASM_WRITER_H
#define WASM_WRITER_H

#include <stddef.h>
#include <stdint.h>

/* Set to zero before the first call. Running out of memory ends the program. */
struct wasm_writer {
    uint8_t *data;
    size_t bytes, room;
};

/* Make room for `more` bytes at once, where many are to come. */
void put_reserve(struct wasm_writer *writer, size_t more);

void put_byte(struct wasm_writer *writer, uint8_t byte);
void put_bytes(struct wasm_writer *writer, const void *bytes, size_t count);

/* LEB128, in as few bytes as the value takes. */
void put_u32(struct wasm_writer *writer, uint32_t value);
void put_s32(struct wasm_writer *writer, int32_t value);
void put_s64(struct wasm_writer *writer, int64_t value);

/* A string: its size, then its bytes. */
void put_name(struct wasm_writer *writer, const char *name);

/* All that is written between both calls gets its size before it: a function's body, a nested module. They nest. */
size_t put_sized_begin(struct wasm_writer *writer);
void put_sized_end(struct wasm_writer *writer, size_t begin);

/* The same with a section's number, or a custom section's name, before the size. Ended by put_sized_end. */
size_t put_section_begin(struct wasm_writer *writer, uint8_t id);
size_t put_custom_begin(struct wasm_writer *writer, const char *name);

/* Give the memory back; the writer is empty then. */
void writer_free(struct wasm_writer *writer);

#endif
