/* dynamic_values.c - memory of values that outlive the piece that made them. */
#include "graph/dynamic_values.h"

#include <string.h>

#include "base/host.h"
#include "base/round.h"

static size_t head_bytes(void) {
    return (size_t)round_up_16(sizeof(struct holder));
}

struct slot slot_share(const struct slot *slot) {
    if (slot->kind == SLOT_TENSOR && slot->holder)
        slot->holder->uses++;
    if (slot->kind == SLOT_SEQUENCE)
        slot->sequence->uses++;
    return *slot;
}

static void drop_holder(struct holder *holder) {
    if (!holder || --holder->uses > 0)
        return;
    if (holder->piece)
        piece_unused(holder->piece);
    else
        host_free(holder);
}

static void drop_sequence(struct sequence *sequence) {
    if (--sequence->uses > 0)
        return;
    for (uint32_t i = 0; i < sequence->count; i++)
        drop_holder(sequence->items[i].holder);
    host_free(sequence->items);
    host_free(sequence);
}

void slot_drop(struct slot *slot) {
    if (slot->kind == SLOT_TENSOR)
        drop_holder(slot->holder);
    if (slot->kind == SLOT_SEQUENCE)
        drop_sequence(slot->sequence);
    *slot = (struct slot){.kind = SLOT_EMPTY};
}

bool slot_new(struct slot *slot, const struct msw_type *type, struct error *err) {
    size_t elements, bytes;
    if (!type_sizes(type, &elements, &bytes))
        return error_set(err, MSW_LIMIT, "%t is larger than %l bytes", type, (int64_t)TYPE_MAX_BYTES);
    struct holder *holder = host_alloc(head_bytes() + bytes);
    if (!holder)
        return error_no_memory(err, head_bytes() + bytes);
    *holder = (struct holder){.uses = 1};
    *slot = (struct slot){
        .kind = SLOT_TENSOR, .type = *type, .data = (unsigned char *)holder + head_bytes(), .holder = holder};
    return true;
}

void *slot_elements(const struct slot *slot) {
    return (unsigned char *)slot->holder + head_bytes();
}

bool slot_copy(struct slot *copy, const struct slot *slot, struct error *err) {
    if (slot->kind != SLOT_TENSOR || (slot->holder && !slot->holder->piece)) {
        *copy = slot_share(slot);
        return true;
    }
    const size_t bytes = type_bytes(&slot->type);
    if (!slot_new(copy, &slot->type, err))
        return false;
    if (bytes > 0)
        memcpy(slot_elements(copy), slot->data, bytes);
    return true;
}

bool slot_new_sequence(struct slot *slot, int32_t dtype, struct error *err) {
    struct sequence *sequence = host_alloc(sizeof *sequence);
    if (!sequence)
        return error_no_memory(err, sizeof *sequence);
    *sequence = (struct sequence){.uses = 1, .dtype = dtype};
    *slot = (struct slot){.kind = SLOT_SEQUENCE, .sequence = sequence};
    return true;
}

bool sequence_insert(struct sequence *sequence, uint32_t at, struct slot *item, struct error *err) {
    if (sequence->count == sequence->room) {
        const uint64_t room = sequence->room > 0 ? 2 * (uint64_t)sequence->room : 4;
        const uint64_t bytes = room * sizeof *sequence->items;
        struct slot *items = bytes > TYPE_MAX_BYTES ? NULL : host_alloc((size_t)bytes);
        if (!items)
            return error_no_memory(err, (size_t)bytes);
        if (sequence->count > 0)
            memcpy(items, sequence->items, sequence->count * sizeof *items);
        host_free(sequence->items);
        sequence->items = items;
        sequence->room = (uint32_t)room;
    }
    memmove(sequence->items + at + 1, sequence->items + at, (sequence->count - at) * sizeof *sequence->items);
    sequence->items[at] = *item;
    sequence->count++;
    *item = (struct slot){.kind = SLOT_EMPTY};
    return true;
}

bool slot_own_sequence(struct slot *slot, struct error *err) {
    struct sequence *old = slot->sequence;
    struct slot copy;
    if (old->uses == 1)
        return true;
    if (!slot_new_sequence(&copy, old->dtype, err))
        return false;
    for (uint32_t i = 0; i < old->count; i++) {
        struct slot item = slot_share(&old->items[i]);
        if (!sequence_insert(copy.sequence, i, &item, err)) {
            slot_drop(&item);
            slot_drop(&copy);
            return false;
        }
    }
    slot_drop(slot);
    *slot = copy;
    return true;
}
