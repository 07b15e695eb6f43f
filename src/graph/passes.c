/* passes.c - the list of passes. */
#include "graph/passes.h"

static const graph_pass passes[] = {
    pass_channels_last,
    pass_drop_unused,
};

bool graph_run_passes(struct graph *graph, struct error *err) {
    for (size_t i = 0; i < sizeof passes / sizeof passes[0]; i++) {
        bool changed = false;
        if (!passes[i](graph, &changed, err))
            return false;
    }
    return true;
}
