/* All services look the same from outside, so the component around them is built once, by wasm-tools, and found beside the modules. */
#include "service.h"

#include <string.h>

#include "builds.h"
#include "fail.h"
#include "file.h"
#include "inspect.h"

#define SECTION_CORE_MODULE 1
#define LARGEST_WRAPPER (64U << 20)
#define HEAD_BYTES 8

void service_wrap(struct wasm_writer *writer, const uint8_t *core, size_t core_bytes) {
    const char *path = builds_need_service();
    size_t size;
    const uint8_t *bytes = file_read(path, LARGEST_WRAPPER, &size);
    struct inspect_section section = {0};
    const uint8_t *at = bytes + HEAD_BYTES;
    do
        if (size < HEAD_BYTES || !inspect_section(&at, bytes + size, &section))
            fail(EXIT_INPUT, "%s: not a component around a core module (make components)", shown(path));
    while (section.id != SECTION_CORE_MODULE);
    put_reserve(writer, size + core_bytes);
    put_bytes(writer, bytes, (size_t)(section.start - bytes));
    put_byte(writer, SECTION_CORE_MODULE);
    put_u32(writer, (uint32_t)core_bytes);
    put_bytes(writer, core, core_bytes);
    put_bytes(writer, at, (size_t)(bytes + size - at));
}
