/* names.c - open addressing, at most half full. */
#include "read/names.h"

#include <string.h>

/* FNV-1a, 32 bits (Fowler, Noll, Vo). */
static uint32_t hash(const char *text, size_t length) {
    uint32_t h = 2166136261u;
    for (size_t i = 0; i < length; i++)
        h = (h ^ (unsigned char)text[i]) * 16777619u;
    return h;
}

/* The entry of the name, or the empty one where it belongs. */
static struct name_entry *place(const struct names *names, const char *text, size_t length) {
    const uint32_t mask = names->room - 1;
    uint32_t i = hash(text, length) & mask;
    for (; names->entries[i].text; i = (i + 1) & mask)
        if (names->entries[i].length == length && memcmp(names->entries[i].text, text, length) == 0)
            break;
    return &names->entries[i];
}

static bool grow(struct names *names, struct error *err) {
    struct names larger = {.arena = names->arena, .room = names->room ? 2 * names->room : 64, .count = names->count};
    larger.entries = arena_alloc(names->arena, larger.room, sizeof *larger.entries, err);
    if (!larger.entries)
        return false;
    for (uint32_t i = 0; i < names->room; i++)
        if (names->entries[i].text)
            *place(&larger, names->entries[i].text, names->entries[i].length) = names->entries[i];
    *names = larger;
    return true;
}

bool names_add(struct names *names, const char *text, size_t length, uint32_t number, bool *taken, struct error *err) {
    *taken = false;
    if (names->count >= names->room / 2 && !grow(names, err))
        return false;
    struct name_entry *entry = place(names, text, length);
    *taken = entry->text != NULL;
    if (*taken)
        return false;
    *entry = (struct name_entry){.text = text, .length = (uint32_t)length, .number = number};
    names->count++;
    return true;
}

bool names_find(const struct names *names, const char *text, size_t length, uint32_t *number) {
    const struct name_entry *entry = names->room ? place(names, text, length) : NULL;
    if (!entry || !entry->text)
        return false;
    *number = entry->number;
    return true;
}
