/* sniff_test.c - a file of another kind is named for what it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "read/reader.h"

static void other_files_are_named(void **state) {
    (void)state;
    static const struct {
        const char *head;
        size_t bytes;
        const char *text;
    } cases[] = {
        {"", 0, "not a MindIR or ONNX file (it looks like an empty file)"},
        {"\x1c\0\0\0MSL2\0\0", 10, "not a MindIR or ONNX file (it looks like a MindSpore Lite .ms model)"},
        {"\x1c\0\0\0TFL3\0\0", 10, "not a MindIR or ONNX file (it looks like a TensorFlow Lite model)"},
        {"PK\x03\x04", 4, "not a MindIR or ONNX file (it looks like a zip archive)"},
        {"\x89PNG\r\n", 6, "not a MindIR or ONNX file (it looks like a PNG picture)"},
        {"\xff\xd8\xff\xe0", 4, "not a MindIR or ONNX file (it looks like a JPEG picture)"},
        {"\x93NUMPY\x01", 7, "not a MindIR or ONNX file (it looks like a .npy array)"},
        {"\x89HDF\r\n", 6, "not a MindIR or ONNX file (it looks like an HDF5 file)"},
        {"GGUF\x03", 5, "not a MindIR or ONNX file (it looks like a GGUF model)"},
        {"%PDF-1.7", 8, "not a MindIR or ONNX file (it looks like a PDF document)"},
        {"\x1f\x8b\x08", 3, "not a MindIR or ONNX file (it looks like a gzip archive)"},
        {"\x7f"
         "ELF\x02",
         5, "not a MindIR or ONNX file (it looks like a program)"},
        {"\0asm\x01", 5, "not a MindIR or ONNX file (it looks like a wasm module)"},
        {"<!DOCTYPE html>", 15, "not a MindIR or ONNX file (it looks like an HTML or XML page)"},
        {"{\"a\": 1}", 8, "not a MindIR or ONNX file (it looks like a JSON file)"},
        {"[1, 2]", 6, "not a MindIR or ONNX file (it looks like a JSON file)"},
        {"\x0a\x2e\x0a\x06"
         "conv.w",
         10, "not a MindIR or ONNX file (it looks like a MindSpore checkpoint (.ckpt), or protobuf of another kind)"},
        {"\x0a\x03"
         "1.1\x12\x09MindSpor",
         15, "not a MindIR or ONNX file (it looks like a MindSpore checkpoint (.ckpt), or protobuf of another kind)"},
        {"words", 5, "not a MindIR or ONNX file"},
        {"\xd8\x5e\x3a\x7f....", 8, "the file is encrypted (AES-GCM): export it without a key"},
        {"\xd9\x5e\x3a\x7f....", 8, "the file is encrypted (AES-CBC): export it without a key"},
        {"\xda\x5e\x3a\x7f....", 8, "the file is encrypted (SM4-CBC): export it without a key"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct error err;
        error_clear(&err);
        assert_null(reader_for((const unsigned char *)cases[i].head, cases[i].bytes, &err));
        assert_string_equal(err.text, cases[i].text);
        assert_int_equal(err.about.status, MSW_INVALID);
    }
}

static void mindir_is_known_by_its_producer(void **state) {
    (void)state;
    static const unsigned char head[] = "\x0a\x03"
                                        "1.1\x12\x09MindSpore*\x06"
                                        "2.10.0";
    struct error err;
    error_clear(&err);
    assert_ptr_equal(reader_for(head, sizeof head - 1, &err), &mindir_reader);
}

static void onnx_is_known_by_its_version(void **state) {
    (void)state;
    struct error err;
    error_clear(&err);
    assert_ptr_equal(reader_for((const unsigned char *)"\x08\x08\x12\x07pytorch", 11, &err), &onnx_reader);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(other_files_are_named),
        cmocka_unit_test(mindir_is_known_by_its_producer),
        cmocka_unit_test(onnx_is_known_by_its_version),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
