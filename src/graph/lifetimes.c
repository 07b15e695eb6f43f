/* lifetimes.c - a search goes down only where the buffer's steps reach, so it costs little more than what it finds. */
#include "graph/lifetimes.h"

#include <string.h>

struct range {
    int64_t first, last; /* steps; empty where last < first */
};

static uint32_t middle(const struct range *range) {
    return (uint32_t)((range->first + range->last) / 2);
}

bool lifetimes_begin(struct lifetimes *set, const struct buffer *buffers, uint32_t count, uint32_t steps,
                     struct arena *arena, struct error *err) {
    const size_t nodes = (size_t)steps + 1;
    *set = (struct lifetimes){.buffers = buffers, .steps = steps};
    set->newest = arena_alloc(arena, nodes, sizeof *set->newest, err);
    set->next = arena_alloc(arena, count, sizeof *set->next, err);
    set->below = arena_alloc(arena, nodes, sizeof *set->below, err);
    return set->newest && set->next && set->below;
}

void lifetimes_clear(struct lifetimes *set) {
    const size_t nodes = (size_t)set->steps + 1;
    memset(set->newest, 0, nodes * sizeof *set->newest);
    memset(set->below, 0, nodes * sizeof *set->below);
}

void lifetimes_add(struct lifetimes *set, uint32_t index) {
    const struct buffer *buffer = &set->buffers[index];
    struct range range = {0, set->steps};
    for (;;) {
        const uint32_t step = middle(&range);
        set->below[step]++;
        if (buffer->last < step) {
            range.last = (int64_t)step - 1;
        } else if (buffer->first > step) {
            range.first = (int64_t)step + 1;
        } else {
            set->next[index] = set->newest[step];
            set->newest[step] = index + 1;
            return;
        }
    }
}

uint32_t lifetimes_find(const struct lifetimes *set, const struct buffer *buffer, uint32_t *found) {
    struct range open[64]; /* one for each level of a tree of 2^32 steps, and the one that is looked at */
    uint32_t depth = 0, count = 0;
    open[depth++] = (struct range){0, set->steps};
    while (depth > 0) {
        const struct range range = open[--depth];
        const uint32_t step = middle(&range);
        if (range.last < range.first || set->below[step] == 0)
            continue;
        for (uint32_t i = set->newest[step]; i > 0; i = set->next[i - 1])
            if (set->buffers[i - 1].first <= buffer->last && buffer->first <= set->buffers[i - 1].last)
                found[count++] = i - 1;
        if (buffer->first < step)
            open[depth++] = (struct range){range.first, (int64_t)step - 1};
        if (buffer->last > step)
            open[depth++] = (struct range){(int64_t)step + 1, range.last};
    }
    return count;
}
