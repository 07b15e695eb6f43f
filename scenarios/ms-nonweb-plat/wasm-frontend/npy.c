/* Reads and writes .npy (numpy/lib/format.py):
 *   1. "\x93NUMPY", version major and minor
 *   2. length of 3, little endian, 2 bytes in version 1, 4 in versions 2 and 3
 *   3. {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }, padded so that 4 is aligned to 64 bytes
 *   4. the elements */
#include "npy.h"

#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "file.h"

#define MAGIC "\x93NUMPY"
#define LONGEST_HEADER 65536

/* The dictionary as a text with a cursor. */
struct header {
    const char *place;
    const char *at;
};

static _Noreturn void fail_header(const struct header *header, const char *expected) {
    fail(EXIT_INPUT, "%s: .npy header, at '%.20s', expected %s", header->place, header->at, expected);
}

static void skip_blanks(struct header *header) {
    header->at += strspn(header->at, " \n\t");
}

static bool take(struct header *header, const char *token) {
    skip_blanks(header);
    size_t length = strlen(token);
    if (strncmp(header->at, token, length) != 0)
        return false;
    header->at += length;
    return true;
}

static void expect(struct header *header, const char *token) {
    if (!take(header, token))
        fail_header(header, token);
}

/* '<f4' and the like; for one byte the order says nothing. */
static void read_descr(struct header *header, struct array *array) {
    skip_blanks(header);
    const char *descr = header->at;
    size_t length = descr[0] == '\'' ? strcspn(descr + 1, "'") : 0;
    array->number = length == 3 ? descr[2] : '?';
    array->item = length == 3 ? (size_t)(descr[3] - '0') : 0;
    if (array->number == 'B' || !array_is_type(array->number, array->item) ||
        !strchr(array->item == 1 ? "<|>=" : "<", descr[1]))
        fail(EXIT_INPUT,
             "%s: .npy of type %.*s, expected bool, integers, float16, float32 or float64, little endian ('|b1', '<f4' "
             "...)",
             header->place, (int)(length > 0 && length < 40 ? length + 2 : 20), descr);
    header->at += length + 2;
}

static void read_shape(struct header *header, struct array *array) {
    expect(header, "(");
    while (!take(header, ")")) {
        char *end;
        skip_blanks(header);
        long long dim = strtoll(header->at, &end, 10);
        if (end == header->at || dim < 0 || dim > INT32_MAX)
            fail_header(header, "a size from 0 to 2147483647");
        if (array->rank == ARRAY_MAX_RANK)
            fail_header(header, "at most 9 sizes");
        array->dims[array->rank++] = (int32_t)dim;
        header->at = end;
        if (!take(header, ",") && *header->at != ')')
            fail_header(header, "',' or ')'");
    }
}

static void read_fortran_order(struct header *header) {
    if (take(header, "True"))
        fail(EXIT_INPUT, "%s: .npy in Fortran order, expected C order (numpy.ascontiguousarray)", header->place);
    expect(header, "False");
}

/* The keys may come in any order. */
static struct array read_header(const char *place, const char *text) {
    struct header header = {place, text};
    struct array array = {0};
    bool has_shape = false;
    expect(&header, "{");
    while (!take(&header, "}")) {
        if (take(&header, "'descr':"))
            read_descr(&header, &array);
        else if (take(&header, "'fortran_order':"))
            read_fortran_order(&header);
        else if (!has_shape && take(&header, "'shape':")) {
            read_shape(&header, &array);
            has_shape = true;
        } else
            fail_header(&header, "descr, fortran_order or shape");
        take(&header, ",");
    }
    if (!has_shape || array.item == 0)
        fail_header(&header, "descr, fortran_order and shape");
    return array;
}

struct array npy_parse(const char *place, uint8_t *bytes, size_t size) {
    size_t wide = size > 6 && bytes[6] == 1 ? 2 : 4;
    if (size < 8 + wide || memcmp(bytes, MAGIC, 6) != 0 || bytes[6] < 1 || bytes[6] > 3)
        fail(EXIT_INPUT, "%s: not a .npy file of version 1 to 3", place);
    size_t length = 0;
    for (size_t i = 0; i < wide; i++)
        length |= (size_t)bytes[8 + i] << (8 * i);
    size_t start = 8 + wide + length;
    if (length > LONGEST_HEADER || start > size)
        fail(EXIT_INPUT, "%s: .npy header of %zu bytes in a file of %zu, truncated?", place, length, size);
    struct array array = read_header(place, text_of("%.*s", (int)length, (const char *)bytes + 8 + wide));
    if (!array_count(array.dims, array.rank, array.item, &array.elements))
        fail(EXIT_INPUT, "%s: element count of shape %s overflows", place, array_shape_text(array.dims, array.rank));
    if (array.elements * array.item != size - start)
        fail(EXIT_INPUT, "%s: shape %s needs %zu bytes, got %zu", place, array_shape_text(array.dims, array.rank),
             array.elements * array.item, size - start);
    array.data = bytes + start;
    return array;
}

int npy_write(const char *path, const struct array *given) {
    /* NumPy has no bfloat16: it is written as float32, which holds it exactly. */
    struct array wide = given->number == 'B' ? array_widened(given, 'f', 4) : *given;
    const struct array *array = &wide;
    const char *shape = "";
    for (int32_t i = 0; i < array->rank; i++)
        shape = text_of("%s%d,%s", shape, array->dims[i], i + 1 < array->rank ? " " : "");
    const char *dictionary = text_of("{'descr': '%c%c%zu', 'fortran_order': False, 'shape': (%s), }",
                                     array->item == 1 ? '|' : '<', array->number, array->item, shape);
    size_t length = (10 + strlen(dictionary) + 1 + 63) / 64 * 64 - 10;
    char *head = text_of(MAGIC "\x01%c%c%c%-*s\n", 1, 1, 1, (int)length - 1, dictionary);
    head[7] = 0;
    head[8] = (char)(length & 0xff);
    head[9] = (char)(length >> 8);
    return file_replace(path, 0666, head, 10 + length, array->data, array->elements * array->item);
}
