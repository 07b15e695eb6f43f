/* sniff.c - telling file formats by their first bytes, so that a wrong file is named for what it is. */
#include <string.h>

#include "read/reader.h"

struct signature {
    uint8_t at, length;
    const char *bytes;
    const char *what;
};

#define AT(offset, text, name) {offset, sizeof(text) - 1, text, name}

/* What users hand over by mistake. */
static const struct signature others[] = {
    AT(4, "MSL0", "a MindSpore Lite .ms model"),
    AT(4, "MSL1", "a MindSpore Lite .ms model"),
    AT(4, "MSL2", "a MindSpore Lite .ms model"),
    AT(4, "TFL3", "a TensorFlow Lite model"),
    AT(0, "PK\x03\x04", "a zip archive"),
    AT(0, "\x89PNG", "a PNG picture"),
    AT(0, "\xff\xd8\xff", "a JPEG picture"),
    AT(0, "\x93NUMPY", "a .npy array"),
    AT(0, "\x89HDF", "an HDF5 file"),
    AT(0, "GGUF", "a GGUF model"),
    AT(0, "%PDF", "a PDF document"),
    AT(0, "\x1f\x8b", "a gzip archive"),
    AT(0,
       "\x7f"
       "ELF",
       "a program"),
    AT(0, "\0asm", "a wasm module"),
    AT(0, "<", "an HTML or XML page"),
    AT(0, "{", "a JSON file"),
    AT(0, "[", "a JSON file"),
    AT(0, "\n", "a MindSpore checkpoint (.ckpt), or protobuf of another kind"),
};

/* What the encryption of MindSpore's own export begins with, by cipher. */
static const struct signature encrypted[] = {
    AT(0, "\xd8\x5e\x3a\x7f", "AES-GCM"),
    AT(0, "\xd9\x5e\x3a\x7f", "AES-CBC"),
    AT(0, "\xda\x5e\x3a\x7f", "SM4-CBC"),
};

static bool begins(const struct signature *s, const unsigned char *head, size_t bytes) {
    return bytes >= (size_t)s->at + s->length && memcmp(head + s->at, s->bytes, s->length) == 0;
}

/* ModelProto opens with ir_version (field 1, text) and producer_name (field 2) "MindSpore". */
static bool is_mindir(const unsigned char *head, size_t bytes) {
    static const char producer[] = "\x12\x09MindSpore";
    if (bytes < 2 || head[0] != 0x0a || head[1] > 16)
        return false;
    const size_t at = (size_t)2 + head[1];
    return bytes >= at + sizeof producer - 1 && memcmp(head + at, producer, sizeof producer - 1) == 0;
}

/* ModelProto opens with ir_version (field 1, a number below 128), then another field of it. */
static bool is_onnx(const unsigned char *head, size_t bytes) {
    return bytes >= 2 && head[0] == 0x08 && head[1] < 128;
}

const struct reader *reader_for(const unsigned char *head, size_t bytes, struct error *err) {
    if (is_mindir(head, bytes))
        return &mindir_reader;
    if (is_onnx(head, bytes))
        return &onnx_reader;
    for (size_t i = 0; i < sizeof encrypted / sizeof encrypted[0]; i++) {
        if (begins(&encrypted[i], head, bytes)) {
            error_set(err, MSW_INVALID, "the file is encrypted (%s): export it without a key", encrypted[i].what);
            return NULL;
        }
    }
    const char *what = bytes == 0 ? "an empty file" : NULL;
    for (size_t i = 0; !what && i < sizeof others / sizeof others[0]; i++)
        what = begins(&others[i], head, bytes) ? others[i].what : NULL;
    error_set(err, MSW_INVALID, what ? "not a MindIR or ONNX file (it looks like %s)" : "not a MindIR or ONNX file",
              what);
    return NULL;
}
