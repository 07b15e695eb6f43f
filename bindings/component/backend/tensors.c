/* tensors.c - what a host gives is checked here before the engine sees it, so that each failure names the tensor. */
#include "tensors.h"

#include <string.h>

bool read_type(const struct abi_list *name, uint8_t dtype, struct abi_list shape, struct msw_type *type) {
    const uint32_t *dims = shape.data;
    if (shape.count > MSW_MAX_RANK)
        return fail(MSW_LIMIT, "'%n' has %d dimensions, at most %d are possible", name, shape.count,
                    (uint32_t)MSW_MAX_RANK);
    *type = (struct msw_type){.dtype = dtype + 1, .rank = (int32_t)shape.count};
    for (uint32_t i = 0; i < shape.count; i++) {
        if (dims[i] > INT32_MAX)
            return fail(MSW_LIMIT, "'%n': dimension %d is %d, at most %d is possible", name, i, dims[i],
                        (uint32_t)INT32_MAX);
        type->dims[i] = (int32_t)dims[i];
    }
    return true;
}

/* Bytes of a tensor; UINT32_MAX, which no list has, where they are more. */
static uint32_t type_bytes(const struct msw_type *type) {
    uint64_t bytes = msw_dtype_at((uint32_t)type->dtype - 1)->bytes;
    for (int32_t i = 0; i < type->rank; i++)
        if (type->dims[i] == 0)
            return 0;
    for (int32_t i = 0; i < type->rank; i++) {
        bytes *= (uint64_t)type->dims[i]; /* below 2^32 * 2^31 */
        if (bytes >= UINT32_MAX)
            return UINT32_MAX;
    }
    return (uint32_t)bytes;
}

bool check_data(const struct abi_list *name, const struct msw_type *type, struct abi_list data) {
    const uint32_t bytes = type_bytes(type);
    if (bytes == UINT32_MAX)
        return fail(MSW_LIMIT, "'%n' is %t, more than fits into memory", name, type);
    if (data.count != bytes)
        return fail(MSW_INVALID, "'%n' is %t, its data must have %d bytes, got %d", name, type, bytes, data.count);
    const unsigned char *at = data.data;
    for (uint32_t i = 0; type->dtype == MSW_BOOL && i < data.count; i++)
        if (at[i] > 1)
            return fail(MSW_INVALID, "'%n' is %t, element %d must be 0 or 1, got %d", name, type, i, (uint32_t)at[i]);
    return true;
}

bool same_type(const struct msw_type *x, const struct msw_type *y) {
    return x->dtype == y->dtype && x->rank == y->rank &&
           memcmp(x->dims, y->dims, sizeof *x->dims * (size_t)x->rank) == 0;
}

struct abi_list write_shape(const struct msw_type *type) {
    union {
        const int32_t *in;
        void *out; /* a list that goes out is not written to */
    } dims = {type->dims};
    return (struct abi_list){dims.out, (uint32_t)type->rank};
}

struct tensor_record write_tensor(const struct msw_tensor *tensor) {
    return (struct tensor_record){
        .dtype = (uint8_t)(tensor->type.dtype - 1),
        .shape = write_shape(&tensor->type),
        .data = {tensor->data, (uint32_t)tensor->bytes},
    };
}

static bool is_called(const struct abi_list *name, const char *text) {
    return name->count == strlen(text) && memcmp(name->data, text, name->count) == 0;
}

static uint32_t count_names(const struct names *names) {
    uint32_t count = 0;
    while (names->at(names->owner, count))
        count++;
    return count;
}

/* Which of the names this is; `count`: none. */
static uint32_t find_name(const struct names *names, uint32_t count, const struct abi_list *name) {
    uint32_t i = 0;
    while (i < count && !is_called(name, names->at(names->owner, i)->name))
        i++;
    return i;
}

const int64_t *find_names(const char *what, const struct names *names, struct abi_list given, size_t size, bool all) {
    const uint32_t count = count_names(names);
    int64_t *order = answer_alloc(count, sizeof *order);
    if (!order)
        return NULL;
    memset(order, 0xff, count * sizeof *order);
    const struct abi_list kind = string(what);
    for (uint32_t i = 0; i < given.count; i++) {
        const struct abi_list *name = (const void *)((const unsigned char *)given.data + i * size);
        const uint32_t which = find_name(names, count, name);
        if (which == count) {
            fail(MSW_USAGE, count > 0 ? "no %n '%n', the model has %m" : "no %n '%n', the model has none", &kind, name,
                 names);
            return NULL;
        }
        if (order[which] >= 0) {
            fail(MSW_INVALID, "%n '%n' is given twice", &kind, name);
            return NULL;
        }
        order[which] = i;
    }
    for (uint32_t i = 0; all && i < count; i++) {
        if (order[i] >= 0)
            continue;
        const struct abi_list name = string(names->at(names->owner, i)->name);
        fail(MSW_INVALID, "%n '%n' is missing", &kind, &name);
        return NULL;
    }
    return order;
}

static void free_tensor(const struct tensor_record *tensor) {
    abi_free(tensor->shape);
    abi_free(tensor->data);
}

void free_tensors(struct abi_list tensors) {
    const struct tensor_record *at = tensors.data;
    for (uint32_t i = 0; i < tensors.count; i++)
        free_tensor(&at[i]);
    abi_free(tensors);
}

void free_named_tensors(struct abi_list tensors) {
    const struct named_tensor *at = tensors.data;
    for (uint32_t i = 0; i < tensors.count; i++) {
        abi_free(at[i].name);
        free_tensor(&at[i].value);
    }
    abi_free(tensors);
}
