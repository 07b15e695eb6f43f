/* dynamic_values.h - what a value holds while a dynamic run computes piece by piece: a tensor, a sequence of tensors, or an optional that has nothing. */
#ifndef GRAPH_DYNAMIC_VALUES_H
#define GRAPH_DYNAMIC_VALUES_H

#include "base/type.h"
#include "graph/plan.h"

struct piece;

/* Counts who reads a memory: that of a piece's plan, or, piece being NULL, the tensor that lies behind the holder. */
struct holder {
    uint32_t uses;
    struct piece *piece;
};

enum slot_kind { SLOT_EMPTY, SLOT_TENSOR, SLOT_SEQUENCE, SLOT_NOTHING };

/* SLOT_EMPTY: not computed yet, or not needed any more; SLOT_NOTHING: an optional without element.
 *   holder  of a tensor; NULL: the elements live as long as the run */
struct slot {
    enum slot_kind kind;
    struct msw_type type;
    const void *data;
    struct holder *holder;
    struct sequence *sequence;
};

/* Several slots may hold one sequence: who changes it makes a copy, unless it is the only one. */
struct sequence {
    uint32_t uses, count, room;
    int32_t dtype; /* of an empty one: what it is meant for; MSW_ANY: nobody said */
    struct slot *items;
};

/* Another use of what a slot holds. */
struct slot slot_share(const struct slot *slot);

/* The slot is empty afterwards. */
void slot_drop(struct slot *slot);

/* A new tensor with elements of any value. False with err: too large, or out of memory. */
bool slot_new(struct slot *slot, const struct msw_type *type, struct error *err);

/* The elements of a tensor that slot_new made. */
void *slot_elements(const struct slot *slot);

/* A copy that nothing else writes to or waits for. */
bool slot_copy(struct slot *copy, const struct slot *slot, struct error *err);

/* An empty sequence. */
bool slot_new_sequence(struct slot *slot, int32_t dtype, struct error *err);

/* Put `item`, which the sequence then owns, before position `at`, 0 .. count. */
bool sequence_insert(struct sequence *sequence, uint32_t at, struct slot *item, struct error *err);

/* Make the slot the only one that holds its sequence. */
bool slot_own_sequence(struct slot *slot, struct error *err);

/* A piece whose memory nobody reads any more (dynamic_pieces.c). */
void piece_unused(struct piece *piece);

#endif
