/* component_test.c - wasmtime takes what is wrapped, with the types that the model's inputs and outputs ask for. */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "component.h"
#include "fail.h" /* before cmocka.h, where fail is a macro */

#include "base/test.h"

#include <wasmtime.h>
#include <wasmtime/component.h>

static const struct dtype dtypes[] = {
    {1, 'f', 4, "float32", ""}, {2, 'i', 4, "int32", ""},  {3, 'i', 1, "int8", ""},    {4, 'u', 1, "uint8", ""},
    {5, 'i', 8, "int64", ""},   {6, 'b', 1, "bool", ""},   {7, 'f', 2, "float16", ""}, {8, 'B', 2, "bfloat16", ""},
    {9, 'f', 8, "float64", ""}, {10, 'i', 2, "int16", ""},
};
enum { DTYPES = sizeof dtypes / sizeof dtypes[0] };

static struct tensor tensor(const char *name, int32_t dtype, int32_t rank) {
    return (struct tensor){.name = name, .dtype = &dtypes[dtype - 1], .type = {.dtype = dtype, .rank = rank}};
}

/* A core module with the exports that the component asks for, made by wasmtime from text. */
static wasm_byte_vec_t core_for(const struct component_face *face, size_t parameters) {
    char text[2048] =
        "(module (memory (export \"memory\") 1) (func (export \"cabi_realloc\") (param i32 i32 i32 i32) "
        "(result i32) unreachable) (func (export \"typed:labels\") (result i32) unreachable) (func (export \"";
    strcat(text, component_run_export(face));
    strcat(text, "\")");
    for (size_t i = 0; i < parameters; i++)
        strcat(text, " (param i32)");
    strcat(text, " (result i32) unreachable))");
    wasm_byte_vec_t core;
    assert_null(wasmtime_wat2wasm(text, strlen(text), &core));
    return core;
}

/* Wraps such a module and has wasmtime compile it. */
static wasmtime_component_t *wrapped(wasm_engine_t *engine, const struct component_face *face, size_t parameters) {
    wasm_byte_vec_t core = core_for(face, parameters);
    struct wasm_writer writer = {0};
    component_wrap(&writer, face, (const uint8_t *)core.data, core.size);
    wasmtime_component_t *component = NULL;
    wasmtime_error_t *error = wasmtime_component_new(engine, writer.data, writer.bytes, &component);
    if (error) {
        wasm_name_t text;
        wasmtime_error_message(error, &text);
        fail_msg("%.*s", (int)text.size, text.data);
    }
    wasm_byte_vec_delete(&core);
    writer_free(&writer);
    return component;
}

/* These and no others does the interface export: types and functions. */
static void assert_exports(wasm_engine_t *engine, const wasmtime_component_t *component, const char *interface,
                           const char *const *names, size_t count) {
    wasmtime_component_type_t *type = wasmtime_component_type(component);
    wasmtime_component_extern_t *export = NULL;
    wasmtime_component_item_t item;
    assert_true(wasmtime_component_type_export_get(type, engine, interface, strlen(interface), &export));
    wasmtime_component_extern_type(export, &item);
    assert_int_equal(item.kind, WASMTIME_COMPONENT_ITEM_COMPONENT_INSTANCE);
    assert_int_equal(wasmtime_component_instance_type_export_count(item.of.component_instance, engine), count);
    for (size_t i = 0; i < count; i++) {
        wasmtime_component_extern_t *inside = NULL;
        assert_true(wasmtime_component_instance_type_export_get(item.of.component_instance, engine, names[i],
                                                                strlen(names[i]), &inside));
        wasmtime_component_extern_delete(inside);
    }
    wasmtime_component_item_delete(&item);
    wasmtime_component_extern_delete(export);
    wasmtime_component_type_delete(type);
}

static void a_classifier_exports_its_types_and_functions(void **state) {
    struct tensor inputs[] = {tensor("x", 1, 4)}, outputs[] = {tensor("Logits", 1, 2)};
    const struct component_face face = {.place = "digits.mindir",
                                        .package = "acme:digits@0.1.0",
                                        .inputs = {1, inputs},
                                        .outputs = {1, outputs},
                                        .labels = true};
    static const char *const names[] = {"f32-tensor4", "f32-tensor2", "outputs", "error-code",
                                        "error",       "run",         "labels"};
    assert_string_equal(component_run_export(&face), "typed:run-6");
    wasmtime_component_t *component = wrapped(*state, &face, 6);
    assert_exports(*state, component, "acme:digits/model@0.1.0", names, 7);
    wasmtime_component_delete(component);
}

static void tensors_of_one_type_share_it(void **state) {
    struct tensor inputs[] = {tensor("a", 6, 1), tensor("b", 6, 1), tensor("c", 7, 0)};
    struct tensor outputs[] = {tensor("a", 6, 1), tensor("mask", 6, -1), tensor("c", 8, 0)};
    const struct component_face face = {
        .place = "m", .package = "acme:m", .inputs = {3, inputs}, .outputs = {3, outputs}};
    static const char *const names[] = {"bool-tensor1", "bool-tensor", "float16-tensor0", "bfloat16-tensor0",
                                        "outputs",      "error-code",  "error",           "run"};
    assert_string_equal(component_run_export(&face), "typed:run-8");
    wasmtime_component_t *component = wrapped(*state, &face, 8);
    assert_exports(*state, component, "acme:m/model", names, 8);
    wasmtime_component_delete(component);
}

static void every_data_type_and_rank_is_taken(void **state) {
    for (int32_t dtype = 1; dtype <= DTYPES; dtype++)
        for (int32_t rank = -1; rank <= 8; rank++) {
            struct tensor inputs[] = {tensor("x", dtype, rank)};
            const struct component_face face = {
                .place = "m", .package = "a:b", .inputs = {1, inputs}, .outputs = {1, inputs}};
            wasmtime_component_delete(wrapped(*state, &face, rank < 0 ? 4 : (size_t)rank + 2));
        }
}

static void more_parameters_than_registers_go_through_memory(void **state) {
    struct tensor inputs[] = {tensor("a", 1, 4), tensor("b", 1, 3), tensor("c", 1, 3), tensor("d", 1, 0)};
    for (size_t count = 0; count <= 4; count++) {
        static const size_t words[] = {0, 6, 11, 16, 1};
        const struct component_face face = {
            .place = "m", .package = "a:b", .inputs = {count, inputs}, .outputs = {1, inputs}};
        assert_string_equal(component_run_export(&face),
                            count < 4 ? text_of("typed:run-%zu", words[count]) : "typed:run-in-memory");
        wasmtime_component_delete(wrapped(*state, &face, words[count]));
    }
}

static void tensors_of_any_name_are_taken(void **state) {
    static const char *const names[] = {"result", "",      "record", "run",   "type", "labels", "error", "X1", "x.1",
                                        "x-1",    "\xff%", "func",   "use 1", "99",   "own",    "async", "-",  "a-"};
    struct tensor tensors[18];
    for (size_t i = 0; i < 18; i++)
        tensors[i] = tensor(names[i], 1, 0);
    const struct component_face face = {
        .place = "m", .package = "interface:export", .inputs = {18, tensors}, .outputs = {18, tensors}};
    wasmtime_component_delete(wrapped(*state, &face, 1));
}

static void random_faces_are_taken(void **state) {
    uint64_t random = 3;
    for (int round = 0; round < 100; round++) {
        char names[40][12];
        struct tensor tensors[40];
        for (size_t i = 0; i < 40; i++) {
            const size_t length = test_below(&random, 11);
            for (size_t c = 0; c < length; c++)
                names[i][c] = (char)(round % 2 ? 1 + (int)test_below(&random, 255) : "aB1-_"[test_below(&random, 5)]);
            names[i][length] = '\0';
            tensors[i] = tensor(names[i], 1 + (int)test_below(&random, DTYPES), (int)test_below(&random, 10) - 1);
        }
        const size_t inputs = test_below(&random, 20);
        const struct component_face face = {.place = "m",
                                            .package = "a:b@1.2.3",
                                            .inputs = {inputs, tensors},
                                            .outputs = {1 + test_below(&random, 20), tensors + 20},
                                            .labels = round % 3 == 0};
        size_t words = 0;
        for (size_t i = 0; i < inputs; i++)
            words += tensors[i].type.rank < 0 ? 4 : (size_t)tensors[i].type.rank + 2;
        wasmtime_component_delete(wrapped(*state, &face, words > 16 ? 1 : words));
    }
}

static void the_core_module_comes_first_and_as_it_was(void **state) {
    (void)state;
    struct tensor outputs[] = {tensor("z", 1, 1)};
    const struct component_face face = {.place = "m", .package = "a:b", .outputs = {1, outputs}};
    uint8_t core[300];
    for (size_t i = 0; i < sizeof core; i++)
        core[i] = (uint8_t)i;
    struct wasm_writer writer = {0};
    component_wrap(&writer, &face, core, sizeof core);
    assert_int_equal(writer.data[8], 1);                 /* section: core module */
    assert_memory_equal(writer.data + 9, "\xac\x02", 2); /* 300 */
    assert_memory_equal(writer.data + 11, core, sizeof core);
    writer_free(&writer);
}

static int code_of(const struct component_face *face) {
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(STDERR_FILENO);
        struct wasm_writer writer = {0};
        component_wrap(&writer, face, NULL, 0);
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void what_has_no_type_is_refused(void **state) {
    (void)state;
    struct tensor any = {.name = "x", .type = {.rank = 1}};
    struct tensor good = tensor("z", 1, 1);
    static struct tensor many[1001];
    for (size_t i = 0; i < 1001; i++)
        many[i] = good;
    const struct component_face no_type = {.place = "m", .package = "a:b", .inputs = {1, &any}, .outputs = {1, &good}};
    const struct component_face no_output = {.place = "m", .package = "a:b", .inputs = {1, &good}};
    const struct component_face crowded = {
        .place = "m", .package = "a:b", .inputs = {1, &good}, .outputs = {1001, many}};
    assert_int_equal(code_of(&no_type), EXIT_INPUT);
    assert_int_equal(code_of(&no_output), EXIT_INPUT);
    assert_int_equal(code_of(&crowded), EXIT_LIMIT);
}

static int new_engine(void **state) {
    wasm_config_t *config = wasm_config_new();
    wasmtime_config_wasm_component_model_set(config, true);
    *state = wasm_engine_new_with_config(config);
    return *state ? 0 : -1;
}

static int delete_engine(void **state) {
    wasm_engine_delete(*state);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_has_no_type_is_refused), /* forks, so before wasmtime has threads */
        cmocka_unit_test(a_classifier_exports_its_types_and_functions),
        cmocka_unit_test(tensors_of_one_type_share_it),
        cmocka_unit_test(every_data_type_and_rank_is_taken),
        cmocka_unit_test(more_parameters_than_registers_go_through_memory),
        cmocka_unit_test(tensors_of_any_name_are_taken),
        cmocka_unit_test(random_faces_are_taken),
        cmocka_unit_test(the_core_module_comes_first_and_as_it_was),
    };
    return cmocka_run_group_tests(tests, new_engine, delete_engine);
}
