/* plan_buffers.c - how long each value lives, and which values share memory: views with what they look at, results with what they overwrite. */
#include "graph/planning.h"

bool planning_is_view(const struct planning *p, uint32_t node) {
    if (p->graph->nodes[node].call)
        return false;
    const struct op_site site = site_of(p->graph, node, &p->k);
    if (!site_is_view(&site, p->firsts))
        return false;
    /* Hosts are promised that tensors are aligned. */
    for (uint32_t i = 0; i < site.output_count; i++)
        if (p->last_use[p->graph->nodes[node].outputs[i]] == p->graph->node_count &&
            p->firsts[i] * dtype_info(site.inputs[0].dtype)->bytes % 16 != 0)
            return false;
    return true;
}

static void find_last_uses(struct planning *p) {
    const struct graph *g = p->graph;
    for (uint32_t i = 0; i < g->outputs.count; i++)
        p->last_use[g->outputs.at[i]] = g->node_count;
    for (uint32_t n = g->node_count; n-- > 0;) {
        const struct node *node = &g->nodes[n];
        if (node_is_known(g, n, &p->k))
            continue;
        for (uint32_t i = 0; i < node->input_count; i++)
            if (p->last_use[node->inputs[i]] < n)
                p->last_use[node->inputs[i]] = n;
        const uint32_t views = planning_is_view(p, n) ? node->output_count : 0;
        for (uint32_t i = 0; i < views; i++)
            if (p->last_use[node->inputs[0]] < p->last_use[node->outputs[i]])
                p->last_use[node->inputs[0]] = p->last_use[node->outputs[i]];
    }
}

uint32_t planning_add_buffer(struct planning *p, size_t bytes, uint32_t first, uint32_t last) {
    p->buffers[p->buffer_count] = (struct buffer){.bytes = bytes, .first = first, .last = last};
    return p->buffer_count++;
}

/* Does no other input read that memory when the step has written there? One that is the same elements, read just before they are written, may. */
static bool may_overwrite(const struct planning *p, const struct node *node, uint32_t number) {
    const uint32_t x = node->inputs[number];
    for (uint32_t i = 0; i < node->input_count; i++) {
        const uint32_t y = node->inputs[i];
        const bool same =
            p->offset_of[x] == p->offset_of[y] && type_bytes(&p->k.types[x]) == type_bytes(&p->k.types[y]);
        if (i != number && p->buffer_of[x] == p->buffer_of[y] && !(same && node->op->flags & OP_ELEMENTWISE))
            return false;
    }
    return true;
}

/* An input of node n whose memory the node's output may take over, or NO_VALUE. */
static uint32_t input_to_overwrite(const struct planning *p, uint32_t n) {
    const struct node *node = &p->graph->nodes[n];
    if ((node->op->flags & OP_IN_PLACE) == 0)
        return NO_VALUE;
    const struct msw_type *out = &p->k.types[node->outputs[0]];
    for (uint32_t i = 0; i < node->input_count; i++) {
        const uint32_t buffer = p->buffer_of[node->inputs[i]];
        if (buffer != NO_BUFFER && p->buffers[buffer].last == n &&
            type_bytes(&p->k.types[node->inputs[i]]) == type_bytes(out) && may_overwrite(p, node, i))
            return node->inputs[i];
    }
    return NO_VALUE;
}

static void give_views(struct planning *p, const struct node *node) {
    const uint32_t x = node->inputs[0];
    const size_t element = dtype_info(p->k.types[x].dtype)->bytes;
    for (uint32_t i = 0; i < node->output_count; i++) {
        const uint32_t z = node->outputs[i];
        const size_t offset = p->firsts[i] * element;
        p->buffer_of[z] = p->buffer_of[x];
        p->offset_of[z] = p->offset_of[x] + offset;
        p->constant_of[z] = p->constant_of[x] ? (const unsigned char *)p->constant_of[x] + offset : NULL;
    }
}

static void give_buffers(struct planning *p) {
    const struct graph *g = p->graph;
    for (uint32_t v = 0; v < g->value_count; v++) {
        p->buffer_of[v] = NO_BUFFER;
        p->constant_of[v] = g->values[v].kind == VALUE_CONSTANT ? g->values[v].data : NULL;
    }
    for (uint32_t i = 0; i < g->inputs.count; i++) {
        const uint32_t v = g->inputs.at[i];
        const bool state = i >= graph_visible_inputs(g);
        p->buffer_of[v] = planning_add_buffer(p, type_bytes(&p->k.types[v]), 0, state ? g->node_count : p->last_use[v]);
    }
    for (uint32_t n = 0; n < g->node_count; n++) {
        const struct node *node = &g->nodes[n];
        if (node_is_known(g, n, &p->k)) {
            for (uint32_t i = 0; i < node->output_count; i++)
                p->constant_of[node->outputs[i]] = p->k.known[node->outputs[i]];
            continue;
        }
        if (planning_is_view(p, n)) { /* lives as long as x, which find_last_uses has seen to */
            give_views(p, node);
            continue;
        }
        const uint32_t overwritten = input_to_overwrite(p, n);
        for (uint32_t i = 0; i < node->output_count; i++) {
            const uint32_t v = node->outputs[i];
            const uint32_t last = p->last_use[v] > n ? p->last_use[v] : n;
            if (i == 0 && overwritten != NO_VALUE) {
                p->buffer_of[v] = p->buffer_of[overwritten];
                p->offset_of[v] = p->offset_of[overwritten];
                p->buffers[p->buffer_of[v]].last = last;
            } else {
                p->buffer_of[v] = planning_add_buffer(p, type_bytes(&p->k.types[v]), n, last);
            }
        }
    }
}

/* The first buffers are those of the inputs, in their order. */
static bool is_state(const struct planning *p, uint32_t buffer) {
    return buffer >= graph_visible_inputs(p->graph) && buffer < p->graph->inputs.count;
}

/* Outputs that lie in a state's memory, into which new values go when a run ends, get memory of their own to be saved to. */
static void save_outputs(struct planning *p) {
    const struct graph *g = p->graph;
    for (uint32_t i = 0; i < g->outputs.count; i++) {
        const uint32_t v = g->outputs.at[i];
        p->saved_to[i] = is_state(p, p->buffer_of[v])
                             ? planning_add_buffer(p, type_bytes(&p->k.types[v]), g->node_count, g->node_count)
                             : NO_BUFFER;
    }
}

void planning_give_buffers(struct planning *p) {
    find_last_uses(p);
    give_buffers(p);
    save_outputs(p);
}
