/* cases.c - makes the calls of cases.json through wasmtime's C API of components: "ok" or "FAILED" and the case's name, a line each.
 *
 *     component_cases COMPONENT CASES        from the root of the tree; exit code 1 where a case failed */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "values.h"

struct program {
    wasm_engine_t *engine;
    wasmtime_component_t *component;
};

/* An instance in a store of its own, named by the calls that it is for. */
struct instance {
    const char *name;
    wasmtime_store_t *store;
    wasmtime_component_instance_t instance;
    struct instance *next;
};

struct session {
    const struct program *program;
    struct instance *instances;
    struct handle *handles;
};

/* What wasmtime says, which is then freed. */
static bool failed(wasmtime_error_t *error, char *text, size_t bytes) {
    if (!error)
        return false;
    wasm_name_t message;
    wasmtime_error_message(error, &message);
    snprintf(text, bytes, "%.*s", (int)message.size, message.data);
    wasm_byte_vec_delete(&message);
    wasmtime_error_delete(error);
    return true;
}

static struct instance *find_instance(struct session *session, const char *name) {
    for (struct instance *at = session->instances; at; at = at->next)
        if (strcmp(at->name, name) == 0)
            return at;
    struct instance *made = calloc(1, sizeof *made);
    char text[512];
    if (!made)
        give_up("out of", "memory");
    *made = (struct instance){.name = name, .next = session->instances};
    made->store = wasmtime_store_new(session->program->engine, NULL, NULL);
    wasmtime_component_linker_t *linker = wasmtime_component_linker_new(session->program->engine);
    if (failed(wasmtime_component_linker_instantiate(linker, wasmtime_store_context(made->store),
                                                     session->program->component, &made->instance),
               text, sizeof text))
        give_up("cannot instantiate", text);
    wasmtime_component_linker_delete(linker);
    session->instances = made;
    return made;
}

/* The function of a name such as "operators.run". */
static wasmtime_component_func_t find_function(const struct instance *instance, const char *name) {
    wasmtime_context_t *context = wasmtime_store_context(instance->store);
    const char *function = strchr(name, '.') + 1;
    char interface[64];
    const int length = snprintf(interface, sizeof interface, "ms:backend/%.*s@0.1.0", (int)(function - 1 - name), name);
    wasmtime_component_export_index_t *outer =
        wasmtime_component_instance_get_export_index(&instance->instance, context, NULL, interface, (size_t)length);
    wasmtime_component_export_index_t *inner =
        outer ? wasmtime_component_instance_get_export_index(&instance->instance, context, outer, function,
                                                             strlen(function))
              : NULL;
    wasmtime_component_func_t found;
    if (!inner || !wasmtime_component_instance_get_func(&instance->instance, context, inner, &found))
        give_up("no such function", name);
    wasmtime_component_export_index_delete(inner);
    wasmtime_component_export_index_delete(outer);
    return found;
}

enum { MOST_ARGUMENTS = 4 };

static size_t to_arguments(const wasmtime_component_func_type_t *type, json_t *json, const struct handle *handles,
                           wasmtime_component_val_t *arguments) {
    const size_t count = wasmtime_component_func_type_param_count(type);
    if (count != json_array_size(json) || count > MOST_ARGUMENTS)
        give_up("wrong number of arguments", json_dumps(json, 0));
    for (size_t i = 0; i < count; i++) {
        const char *name;
        size_t length;
        wasmtime_component_valtype_t parameter;
        wasmtime_component_func_type_param_nth(type, i, &name, &length, &parameter);
        arguments[i] = to_value(&parameter, json_array_get(json, i), handles);
        wasmtime_component_valtype_delete(&parameter);
    }
    return count;
}

/* Call a function. True: it trapped, with its message in `text`. */
static bool call(const struct instance *instance, json_t *json, const struct handle *handles,
                 wasmtime_component_val_t *result, char *text, size_t bytes) {
    wasmtime_context_t *context = wasmtime_store_context(instance->store);
    const wasmtime_component_func_t function =
        find_function(instance, json_string_value(json_object_get(json, "call")));
    wasmtime_component_func_type_t *type = wasmtime_component_func_type(&function, context);
    wasmtime_component_val_t arguments[MOST_ARGUMENTS];
    const size_t count = to_arguments(type, json_object_get(json, "args"), handles, arguments);
    wasmtime_component_func_type_delete(type);
    *result = (wasmtime_component_val_t){.kind = WASMTIME_COMPONENT_BOOL};
    const bool trapped =
        failed(wasmtime_component_func_call(&function, context, arguments, count, result, 1), text, bytes);
    for (size_t i = 0; i < count; i++)
        wasmtime_component_val_delete(&arguments[i]);
    return trapped;
}

static bool drop(const struct session *session, const struct instance *instance, json_t *json) {
    char text[512];
    json_t *which = json_object_get(json_array_get(json_object_get(json, "args"), 0), "resource");
    return !failed(wasmtime_component_resource_any_drop(wasmtime_store_context(instance->store),
                                                        find_handle(session->handles, json_string_value(which))),
                   text, sizeof text);
}

static void keep(struct session *session, const char *name, const wasmtime_component_val_t *value) {
    struct handle *handle = calloc(1, sizeof *handle);
    if (!handle || value->kind != WASMTIME_COMPONENT_RESOURCE)
        give_up("cannot keep", name);
    *handle = (struct handle){name, wasmtime_component_resource_any_clone(value->of.resource), session->handles};
    session->handles = handle;
}

/* The value of a success, or of an error, as the call wants it; `good` says whether there was one. */
static bool check_value(struct session *session, json_t *json, const wasmtime_component_val_t *result) {
    json_t *error = json_object_get(json, "error"), *ok = json_object_get(json, "ok"),
           *name = json_object_get(json, "keep");
    const bool is_result = result->kind == WASMTIME_COMPONENT_RESULT;
    const bool went_well = !is_result || result->of.result.is_ok;
    const wasmtime_component_val_t *value = is_result ? result->of.result.val : result;
    if (went_well == (error != NULL))
        return false;
    if (name)
        keep(session, json_string_value(name), value);
    if (error)
        return fits(value, error);
    return !ok || (value ? fits(value, ok) : json_is_null(ok));
}

static bool make_call(struct session *session, json_t *json) {
    json_t *place = json_object_get(json, "in");
    const struct instance *instance = find_instance(session, place ? json_string_value(place) : "");
    if (strcmp(json_string_value(json_object_get(json, "call")), "drop") == 0)
        return drop(session, instance, json);
    wasmtime_component_val_t result;
    char text[512];
    const bool trapped = call(instance, json, session->handles, &result, text, sizeof text);
    if (trapped || json_object_get(json, "trap"))
        return trapped && json_object_get(json, "trap") && strstr(text, "unknown handle");
    const bool good = check_value(session, json, &result);
    wasmtime_component_val_delete(&result);
    return good;
}

static void end_session(struct session *session) {
    while (session->handles) {
        struct handle *handle = session->handles;
        session->handles = handle->next;
        wasmtime_component_resource_any_delete(handle->resource);
        free(handle);
    }
    while (session->instances) {
        struct instance *instance = session->instances;
        session->instances = instance->next;
        wasmtime_store_delete(instance->store);
        free(instance);
    }
}

static bool run_case(const struct program *program, json_t *json) {
    struct session session = {.program = program};
    size_t i;
    json_t *each;
    bool good = true;
    json_array_foreach(json_object_get(json, "calls"), i, each) {
        good = make_call(&session, each);
        if (good)
            continue;
        printf("FAILED %s: call %zu, %s\n", json_string_value(json_object_get(json, "name")), i,
               json_string_value(json_object_get(each, "call")));
        break;
    }
    if (good)
        printf("ok %s\n", json_string_value(json_object_get(json, "name")));
    end_session(&session);
    return good;
}

static void compile(struct program *program, const char *path) {
    char text[512];
    FILE *file = fopen(path, "rb");
    wasm_byte_vec_t bytes;
    if (!file || fseek(file, 0, SEEK_END) != 0)
        give_up("cannot read", path);
    wasm_byte_vec_new_uninitialized(&bytes, (size_t)ftell(file));
    if (fseek(file, 0, SEEK_SET) != 0 || fread(bytes.data, 1, bytes.size, file) != bytes.size)
        give_up("cannot read", path);
    fclose(file);
    program->engine = wasm_engine_new();
    if (failed(wasmtime_component_new(program->engine, (const uint8_t *)bytes.data, bytes.size, &program->component),
               text, sizeof text))
        give_up("no component", text);
    wasm_byte_vec_delete(&bytes);
}

int main(int argc, char **argv) {
    struct program program;
    json_error_t wrong;
    json_t *cases = argc == 3 ? json_load_file(argv[2], JSON_ALLOW_NUL, &wrong) : NULL;
    if (!cases)
        give_up("COMPONENT CASES are wanted", argc == 3 ? wrong.text : "two names of files");
    compile(&program, argv[1]);
    size_t i;
    json_t *each;
    bool good = true;
    json_array_foreach(cases, i, each) good = run_case(&program, each) && good;
    json_decref(cases);
    wasmtime_component_delete(program.component);
    wasm_engine_delete(program.engine);
    return good ? 0 : 1;
}
