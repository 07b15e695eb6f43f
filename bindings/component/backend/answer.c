/* answer.c - one answer at a time: the next call comes after the last answer was read. */
#include "answer.h"

#include <stdarg.h>
#include <string.h>

enum { TEXT_BYTES = 512, NAME_BYTES = 64 };

struct block {
    _Alignas(16) struct block *next;
};

static struct {
    struct result result;
    struct block *blocks;
    struct msw_run *run;
    struct msw_model *model;
    char text[TEXT_BYTES];
    uint32_t length;
} now;

void *answer_alloc(size_t count, size_t size) {
    struct block *block = count < UINT32_MAX / 2 / size ? msw_alloc(sizeof *block + count * size) : NULL;
    if (!block) {
        fail(MSW_LIMIT, "out of memory");
        return NULL;
    }
    block->next = now.blocks;
    now.blocks = block;
    return block + 1;
}

void *answer_take(size_t bytes) {
    void *memory = msw_alloc(bytes);
    if (!memory)
        fail(MSW_LIMIT, "out of memory");
    return memory;
}

void answer_keep(struct msw_run *run, struct msw_model *model) {
    now.run = run;
    now.model = model;
}

void answer_end(void) {
    msw_run_free(now.run);
    msw_model_free(now.model);
    now.run = NULL;
    now.model = NULL;
    while (now.blocks) {
        struct block *block = now.blocks;
        now.blocks = block->next;
        msw_free(block);
    }
}

struct abi_list string(const char *text) {
    union {
        const char *in;
        void *out;
    } data = {text};
    return (struct abi_list){data.out, (uint32_t)strlen(text)};
}

const struct result *answer(struct abi_list list) {
    now.result = (struct result){.as.list = list};
    return &now.result;
}

const struct result *answer_handle(int32_t handle) {
    now.result = (struct result){.as.handle = handle};
    return &now.result;
}

const struct result *answer_profile(const struct profile_record *profile) {
    now.result = (struct result){.as.profile = *profile};
    return &now.result;
}

const struct result *failure(void) {
    return &now.result;
}

/* Control characters, of ASCII or C1 (which UTF-8 writes as c2 80 to c2 9f), could speak to a terminal. */
static void add_bytes(const char *bytes, size_t count) {
    for (size_t i = 0; i < count && now.length < TEXT_BYTES; i++) {
        const unsigned char c = (unsigned char)bytes[i];
        const bool c1 = c == 0xc2 && i + 1 < count && (unsigned char)bytes[i + 1] < 0xa0;
        now.text[now.length++] = c < ' ' || c == 127 || c1 ? '?' : bytes[i];
        i += c1;
    }
}

/* A name as far as NAME_BYTES go, whole sequences of UTF-8. */
static void add_name(const char *bytes, size_t count) {
    const bool cut = count > NAME_BYTES;
    if (cut)
        for (count = NAME_BYTES; count > 0 && ((unsigned char)bytes[count] & 0xc0) == 0x80;)
            count--;
    add_bytes(bytes, count);
    if (cut)
        add_bytes("...", 3);
}

static void add_number(uint32_t number) {
    char digits[10];
    size_t at = sizeof digits;
    do
        digits[--at] = (char)('0' + number % 10);
    while ((number /= 10) > 0);
    add_bytes(digits + at, sizeof digits - at);
}

static void add_type(const struct msw_type *type) {
    const char *name = msw_dtype_at((uint32_t)type->dtype - 1)->name;
    add_bytes(name, strlen(name));
    add_bytes("[", 1);
    for (int32_t i = 0; i < type->rank; i++) {
        add_bytes(",", i > 0);
        add_number((uint32_t)type->dims[i]);
    }
    add_bytes("]", 1);
}

/* 'x', 'y', as far as there is room. */
static void add_names(const struct names *names) {
    const struct msw_tensor *tensor;
    for (uint32_t i = 0; (tensor = names->at(names->owner, i)); i++) {
        add_bytes(", ", i > 0 ? 2 : 0);
        if (now.length > TEXT_BYTES - NAME_BYTES - 16) {
            add_bytes("...", 3);
            return;
        }
        add_bytes("'", 1);
        add_name(tensor->name, strlen(tensor->name));
        add_bytes("'", 1);
    }
}

static void set_error(enum msw_status status) {
    const bool known = status >= MSW_USAGE && status <= MSW_UNSUPPORTED;
    now.result = (struct result){.is_error = true};
    now.result.as.error.code = known ? (uint8_t)(status - MSW_USAGE) : 0;
    now.length = 0;
}

static void end_text(void) {
    now.result.as.error.text = (struct abi_list){now.text, now.length};
}

bool fail(enum msw_status status, const char *format, ...) {
    va_list args;
    va_start(args, format);
    set_error(status);
    for (; *format; format++) {
        if (*format != '%') {
            add_bytes(format, 1);
            continue;
        }
        const struct abi_list *name;
        switch (*++format) {
        case 'n':
            name = va_arg(args, const struct abi_list *);
            add_name(name->data, name->count);
            break;
        case 'd': add_number(va_arg(args, uint32_t)); break;
        case 't': add_type(va_arg(args, const struct msw_type *)); break;
        default: add_names(va_arg(args, const struct names *));
        }
    }
    va_end(args);
    end_text();
    return false;
}

bool fail_as_engine(const struct msw_model *model) {
    const struct msw_error *error = msw_error();
    set_error((enum msw_status)error->status);
    add_bytes(error->text, strlen(error->text));
    end_text();
    struct error_record *record = &now.result.as.error;
    record->offset = (struct option_u64){error->offset >= 0, (uint64_t)error->offset};
    const struct msw_node *node = model && error->node >= 0 ? msw_model_node(model, (uint32_t)error->node) : NULL;
    if (node)
        record->node = (struct option_list){true, string(node->name)};
    return false;
}
