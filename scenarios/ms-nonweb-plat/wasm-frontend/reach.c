/* Marks what is reached, with a list of functions and symbols that are still to be looked through. */
#include "reach.h"

#include <string.h>

#include "fail.h"

struct marking {
    const struct linked *linked;
    struct reach reach;
    const uint8_t *memory;
    bool *at_hand; /* slots whose number is reached, called or not */
    uint32_t *functions, *symbols;
    uint32_t functions_left, symbols_left;
    uint32_t longest_symbol;
};

static void mark_function(struct marking *m, uint32_t function) {
    if (m->reach.functions[function])
        return;
    m->reach.functions[function] = true;
    m->functions[m->functions_left++] = function;
}

static void mark_symbol(struct marking *m, uint32_t symbol) {
    if (m->reach.symbols[symbol])
        return;
    m->reach.symbols[symbol] = true;
    m->symbols[m->symbols_left++] = symbol;
}

/* Take a slot that is at hand and called by its type. */
static void take_slot(struct marking *m, uint32_t slot) {
    const uint32_t function = m->linked->slots[slot];
    if (!m->at_hand[slot] || !m->reach.types[m->linked->function_types[function]])
        return;
    m->reach.slots[slot] = true;
    mark_function(m, function);
}

static void mark_slot(struct marking *m, uint32_t number) {
    const uint32_t slot = number - m->linked->first_slot;
    if (slot >= m->linked->slot_count)
        return;
    m->at_hand[slot] = true;
    take_slot(m, slot);
}

static void mark_called_type(struct marking *m, uint32_t type) {
    if (m->reach.types[type])
        return;
    m->reach.types[type] = true;
    for (uint32_t slot = 0; slot < m->linked->slot_count; slot++)
        take_slot(m, slot);
}

/* The first symbol that begins behind an address. */
static uint32_t first_behind(const struct linked *linked, uint32_t address) {
    uint32_t low = 0, high = linked->symbol_count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (linked->symbols[middle].address <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* All symbols in which an address lies: strings may share their ends. */
static void mark_address(struct marking *m, uint32_t address) {
    const struct linked *linked = m->linked;
    if (address < linked->data_start || address >= linked->data_end)
        return;
    for (uint32_t i = first_behind(linked, address); i-- > 0;) {
        const uint32_t into = address - linked->symbols[i].address;
        if (into >= m->longest_symbol)
            return;
        if (into < linked->symbols[i].bytes)
            mark_symbol(m, i);
    }
}

static void mark_word(struct marking *m, uint32_t word) {
    mark_address(m, word);
    mark_slot(m, word);
}

static void follow(struct marking *m, const struct relocation *relocation) {
    const uint32_t value = linked_value(m->linked, relocation);
    switch (relocation->kind) {
    case RELOCATION_FUNCTION: mark_function(m, value); break;
    case RELOCATION_SLOT:
    case RELOCATION_SLOT_WORD: mark_slot(m, value); break;
    case RELOCATION_ADDRESS:
    case RELOCATION_ADDRESS_CONST:
    case RELOCATION_ADDRESS_WORD:
        if (relocation->symbol != NO_SYMBOL)
            mark_symbol(m, relocation->symbol);
        mark_address(m, value);
        break;
    case RELOCATION_TYPE: mark_called_type(m, value); break;
    case RELOCATION_GLOBAL:
    case RELOCATION_TABLE: break; /* the one there is */
    }
}

/* The first of sorted relocations at or behind a place of the file. */
static uint32_t first_at(const struct relocation *list, uint32_t count, size_t at) {
    uint32_t low = 0, high = count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (list[middle].at < at)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void look_through_function(struct marking *m, uint32_t function) {
    const struct linked *linked = m->linked;
    if (function < linked->import_count)
        return;
    const struct span body = linked->bodies[function - linked->import_count];
    const size_t start = (size_t)(body.at - linked->file.at);
    for (uint32_t i = first_at(linked->code, linked->code_count, start);
         i < linked->code_count && linked->code[i].at < start + body.bytes; i++)
        follow(m, &linked->code[i]);
}

static void look_through_words(struct marking *m, size_t from, size_t to) {
    for (size_t at = (from + 3) / 4 * 4; at + 4 <= to; at += 4) {
        uint32_t word;
        memcpy(&word, m->memory + at, sizeof word);
        if (word != 0)
            mark_word(m, word);
    }
}

/* A constant holds what the linker wrote; a variable, what it holds now. */
static void look_through_symbol(struct marking *m, uint32_t index) {
    const struct linked *linked = m->linked;
    const struct data_symbol *symbol = &linked->symbols[index];
    if (!symbol->constant)
        look_through_words(m, symbol->address, symbol->address + symbol->bytes);
    for (uint32_t i = 0; symbol->constant && i < linked->data_count; i++)
        if (linked->data[i].address - symbol->address < symbol->bytes)
            follow(m, &linked->data[i]);
}

struct reach reach_from(const struct linked *linked, const uint32_t *roots, uint32_t root_count, const uint8_t *memory,
                        size_t memory_bytes) {
    struct marking m = {.linked = linked, .memory = memory};
    m.reach.functions = need(linked->function_count);
    m.reach.symbols = need(linked->symbol_count);
    m.reach.slots = need(linked->slot_count);
    m.reach.types = need(linked->type_count);
    m.at_hand = need(linked->slot_count);
    m.functions = need(linked->function_count * sizeof *m.functions);
    m.symbols = need(linked->symbol_count * sizeof *m.symbols);
    for (uint32_t i = 0; i < linked->symbol_count; i++)
        if (linked->symbols[i].bytes > m.longest_symbol)
            m.longest_symbol = linked->symbols[i].bytes;
    for (uint32_t i = 0; i < root_count; i++)
        mark_function(&m, roots[i]);
    look_through_words(&m, linked->data_end, memory_bytes);
    while (m.functions_left + m.symbols_left > 0)
        if (m.functions_left > 0)
            look_through_function(&m, m.functions[--m.functions_left]);
        else
            look_through_symbol(&m, m.symbols[--m.symbols_left]);
    return m.reach;
}
