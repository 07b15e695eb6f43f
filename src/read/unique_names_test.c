/* unique_names_test.c - which names inputs and outputs get. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "graph/graph_text.h"
#include "read/unique_names.h"

static void a_name_that_is_taken_gets_its_place_behind_it(void **state) {
    (void)state;
    struct graph_text t;
    graph_text_read(&t, "input x float32[2]\n"
                        "input y float32[2]\n"
                        "a b c d = Split(x) outputs=4\n"
                        "output a\n"
                        "output a\n"
                        "output c\n"
                        "output b\n"
                        "output d\n");
    struct value *values = t.graph.values;
    values[1].name = "x";
    values[text_find(&t.graph, "b")].name = "a";
    values[text_find(&t.graph, "c")].name = "a.3"; /* where b would be */
    values[text_find(&t.graph, "d")].name = NULL;
    assert_true(unique_names(&t.graph, &t.err));
    static const char *const outputs[] = {"a", "a.1", "a.3", "a.3.3", "?"};
    for (uint32_t i = 0; i < 5; i++)
        assert_string_equal(graph_output_name(&t.graph, i), outputs[i]);
    assert_string_equal(t.graph.values[0].name, "x");
    assert_string_equal(t.graph.values[1].name, "x.1");
    graph_text_free(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_that_is_taken_gets_its_place_behind_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
