/* names.c - ms:wasi-nn/names: graphs that load-by-name finds, since an application or its host put them there. */
#include <string.h>

#include "nn.h"

#define NAMES "ms:wasi-nn/names@0.1.0"

struct entry {
    struct entry *next;
    struct nn_graph *graph;
    struct abi_list name;
};

static struct entry *entries;

bool nn_same(const char *ours, const struct abi_list *theirs) {
    return strlen(ours) == theirs->count && memcmp(ours, theirs->data, theirs->count) == 0;
}

/* Where the entry of that name hangs, or the end. */
static struct entry **find(const struct abi_list *name) {
    struct entry **at = &entries;
    while (*at && ((*at)->name.count != name->count || memcmp((*at)->name.data, name->data, name->count) != 0))
        at = &(*at)->next;
    return at;
}

struct nn_graph *nn_graph_named(const struct abi_list *name) {
    const struct entry *entry = *find(name);
    if (entry)
        return entry->graph;
    if (entries)
        nn_fail(NN_NOT_FOUND, "no graph is named '%l', expected what " NAMES " registered, such as '%l'", name,
                &entries->name);
    else
        nn_fail(NN_NOT_FOUND, "no graph is named '%l', none has a name yet: " NAMES " registers them", name);
    return NULL;
}

static bool forget(const struct abi_list *name) {
    struct entry **at = find(name), *entry = *at;
    if (!entry)
        return false;
    *at = entry->next;
    nn_graph_release(entry->graph);
    abi_free(entry->name);
    msw_free(entry);
    return true;
}

ABI_EXPORT(NAMES "#register")
const struct nn_result *names_register(void *text, uint32_t bytes, struct nn_graph *graph) {
    static struct nn_result result;
    const struct abi_list name = {text, bytes};
    struct entry *entry = msw_alloc(sizeof *entry);
    if (!entry) {
        abi_free(name);
        nn_no_memory(sizeof *entry);
        result = (struct nn_result){.is_error = 1, .handle = nn_error()};
        return &result;
    }
    nn_graph_hold(graph); /* before its old name may release it */
    forget(&name);
    *entry = (struct entry){entries, graph, name};
    entries = entry;
    result = (struct nn_result){.is_error = 0};
    return &result;
}

ABI_EXPORT(NAMES "#unregister")
bool names_unregister(void *text, uint32_t bytes) {
    const struct abi_list name = {text, bytes};
    const bool found = forget(&name);
    abi_free(name);
    return found;
}

ABI_EXPORT(NAMES "#registered")
const struct abi_list *names_registered(void) {
    static struct abi_list names;
    uint32_t count = 0;
    for (const struct entry *entry = entries; entry; entry = entry->next)
        count++;
    struct abi_list *list = cabi_realloc(NULL, 0, _Alignof(struct abi_list), count * sizeof *list);
    names = (struct abi_list){list, count};
    for (const struct entry *entry = entries; entry; entry = entry->next)
        *list++ = entry->name;
    return &names;
}

ABI_EXPORT("cabi_post_" NAMES "#registered")
void names_registered_end(const struct abi_list *names) {
    abi_free(*names);
}
