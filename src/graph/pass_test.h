/* pass_test.h - for tests of passes: a graph as text before and after. Include it after cmocka.h. */
#ifndef GRAPH_PASS_TEST_H
#define GRAPH_PASS_TEST_H

#include "graph/check.h"
#include "graph/graph_text.h"
#include "graph/passes.h"

/* The pass makes `after` of `before`, in that many changes, and what it makes passes the check. */
static inline void expect_pass(graph_pass pass, const char *before, const char *after, uint32_t want_changes) {
    struct graph_text t;
    char text[2048];
    uint32_t changes = 0;
    graph_text_read(&t, before);
    assert_true(graph_check_declared(&t.graph, &t.err));
    assert_true(pass(&t.graph, &changes, &t.err));
    graph_text_print(&t.graph, text, sizeof text);
    assert_string_equal(text, after);
    assert_int_equal(changes, want_changes);
    if (!graph_check_declared(&t.graph, &t.err))
        fail_msg("%s", t.err.text);
    graph_text_free(&t);
}

/* After the pass, a line for each node: its name, and the names of those whose work it does. */
static inline void expect_parts(graph_pass pass, const char *before, const char *after) {
    struct graph_text t;
    char text[1024] = "";
    uint32_t changes = 0;
    graph_text_read(&t, before);
    assert_true(graph_check_declared(&t.graph, &t.err));
    assert_true(pass(&t.graph, &changes, &t.err));
    for (uint32_t n = 0; n < t.graph.node_count; n++) {
        const struct node *node = &t.graph.nodes[n];
        strcat(strcat(text, node_name(node)), ":");
        for (uint32_t i = 0; i < node->part_count; i++)
            strcat(strcat(text, " "), node->parts[i]);
        strcat(text, "\n");
    }
    assert_string_equal(text, after);
    graph_text_free(&t);
}

/* The pass finds nothing to do. */
static inline void expect_unchanged(graph_pass pass, const char *graph) {
    struct graph_text t;
    char text[1024];
    graph_text_read(&t, graph);
    graph_text_print(&t.graph, text, sizeof text);
    graph_text_free(&t);
    expect_pass(pass, graph, text, 0);
}

#endif
