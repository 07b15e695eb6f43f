/* Makes a model one module that holds it, ready to run: the model is loaded in the template module, which has the whole engine, and the memory is written down with the
 * functions that the loaded model still leads to (relink.h). Nothing is left to parse, pack or plan where all shapes are fixed. */
#include "compile.h"

#include <stdio.h>
#include <string.h>

#include "component.h"
#include "contract.h"
#include "digest.h"
#include "fail.h"
#include "file.h"
#include "labels.h"
#include "module.h"
#include "relink.h"
#include "sandbox.h"
#include "service.h"
#include "session.h"
#include "snapshot.h"
#include "wit_name.h"

#define MAX_EXPORTS 256
#define REPLACES_IN_ALL "one:"
#define REPLACES_IN_FIXED "fixed:"

/* What the new file is to be. */
enum form {
    FORM_CORE,    /* a module with the functions of msw.h */
    FORM_TYPED,   /* a component with functions of the model's own types */
    FORM_SERVICE, /* a component that answers HTTP */
};

/* A model in the template, and what the new module is to show of it. */
struct compiling {
    const struct options *options;
    enum form form;
    const char *package; /* of a component */
    struct guest *guest;
    struct linked template;
    uint32_t model;
    bool fixed; /* all shapes are, so the run is planned */
    struct tensor_list inputs, outputs;
    struct relink_export exports[MAX_EXPORTS];
    uint32_t export_count;
};

static bool is_fixed(const struct tensor_list *inputs) {
    for (size_t i = 0; i < inputs->count; i++) {
        const struct msw_type *type = &inputs->tensors[i].type;
        if (type->dtype == MSW_ANY || type->rank < 0)
            return false;
        for (int32_t d = 0; d < type->rank; d++)
            if (type->dims[d] < 0)
                return false;
    }
    return true;
}

/* The package's name without namespace and version, else the file's without folder and ending. */
static const char *model_name(const struct compiling *c) {
    if (c->package) {
        const char *package = strchr(c->package, ':') + 1;
        return text_of("%.*s", (int)strcspn(package, "@"), package);
    }
    const char *path = c->options->model, *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    const char *dot = strrchr(name, '.');
    return text_of("%.*s", (int)(dot && dot != name ? dot - name : (long)strlen(name)), name);
}

static void keep_labels(struct compiling *c, const char *path) {
    if (!path)
        return;
    struct labels labels = labels_read(path);
    uint32_t *pointers = need(labels.count * sizeof *pointers);
    for (size_t i = 0; i < labels.count; i++) {
        const char *label = labels_at(&labels, i) ? labels_at(&labels, i) : "";
        pointers[i] = guest_put(c->guest, label, strlen(label) + 1);
    }
    const uint32_t list = guest_put(c->guest, pointers, labels.count * sizeof *pointers);
    sandbox_call(c->guest, "keep:labels", list, (uint32_t)labels.count);
}

/* False where the shapes of outputs depend on a run's data. */
static bool outputs_are_known(struct guest *guest, uint32_t run) {
    const struct tensor_list outputs = contract_tensors(guest, CALL_msw_run_output, run);
    bool known = true;
    for (size_t i = 0; i < outputs.count; i++)
        known &= !outputs.tensors[i].open;
    return known;
}

/* From here on the template holds the model as the new module is to begin with it. */
static void load(struct compiling *c) {
    const char *path = c->options->model, *name = model_name(c);
    c->model = session_load(c->guest, path);
    c->inputs = contract_tensors(c->guest, CALL_msw_model_input, c->model);
    c->outputs = contract_tensors(c->guest, CALL_msw_model_output, c->model);
    c->fixed = is_fixed(&c->inputs);
    sandbox_call(c->guest, "keep:model", c->model, guest_put(c->guest, name, strlen(name) + 1));
    keep_labels(c, option_text(c->options, FLAG_LABELS, NULL));
    snapshot_clear_free(c->guest);
    if (c->fixed) {
        const uint32_t run = session_plan(c->guest, shown(path), c->model, NULL, 0);
        if (!outputs_are_known(c->guest, run)) {
            guest_call(c->guest, CALL_msw_run_free, run, 0, 0, 0);
            c->fixed = false;
        } else if (!sandbox_call(c->guest, "keep:run", run, 0))
            fail(EXIT_LIMIT, "%s: out of memory (--memory-limit)", shown(path));
        else
            c->outputs = contract_tensors(c->guest, CALL_msw_run_output, run);
    }
    if (c->form == FORM_TYPED && !sandbox_call(c->guest, "typed:prepare", 0, 0))
        fail(EXIT_LIMIT, "%s: out of memory (--memory-limit)", shown(path));
    guest_call(c->guest, CALL_msw_tune, MSW_ENGINE_OTHER, 0, 0, 0); /* the host that runs it will say */
    snapshot_clear_free(c->guest);
}

static const struct linked_export *replacement(const struct compiling *c, const char *name) {
    const struct linked_export *found = NULL;
    if (c->fixed)
        found = linked_find_export(&c->template, text_of("%s%s", REPLACES_IN_FIXED, name));
    return found ? found : linked_find_export(&c->template, text_of("%s%s", REPLACES_IN_ALL, name));
}

static void add_export(struct compiling *c, const char *name, uint32_t function) {
    if (c->export_count == MAX_EXPORTS)
        fail(EXIT_INPUT, "%s: more than %d exports", c->template.path, MAX_EXPORTS);
    c->exports[c->export_count++] = (struct relink_export){name, function};
}

/* The functions of msw.h, as every host calls them. */
static void export_core(struct compiling *c) {
    for (uint32_t i = 0; i < c->template.export_count; i++) {
        const struct linked_export *exported = &c->template.exports[i];
        if (exported->kind != 0 || strncmp(exported->name, "msw_", strlen("msw_")) != 0)
            continue;
        const struct linked_export *instead = replacement(c, exported->name);
        add_export(c, exported->name, instead ? instead->index : exported->index);
    }
}

static struct component_face face_of(const struct compiling *c) {
    return (struct component_face){.place = shown(c->options->model),
                                   .package = c->package,
                                   .inputs = c->inputs,
                                   .outputs = c->outputs,
                                   .labels = option_text(c->options, FLAG_LABELS, NULL) != NULL};
}

static void export_named(struct compiling *c, const char *name) {
    const struct linked_export *exported = linked_find_export(&c->template, name);
    if (!exported)
        fail(EXIT_INPUT, "%s: export '%s' missing", c->template.path, name);
    add_export(c, name, exported->index);
}

/* What the component lifts. */
static void export_typed(struct compiling *c) {
    const struct component_face face = face_of(c);
    export_named(c, COMPONENT_REALLOC);
    export_named(c, component_run_export(&face));
    if (face.labels)
        export_named(c, COMPONENT_LABELS);
}

/* The module: the head with the digest of all that follows it, and the sections. */
static struct wasm_writer make_module(struct compiling *c) {
    uint8_t head[DIGEST_HEAD_BYTES] = {0};
    struct wasm_writer module = {0};
    put_bytes(&module, head, sizeof head);
    relink(&c->template, c->exports, c->export_count, guest_bytes(c->guest, 0, 0, CALL_msw_alloc),
           (size_t)guest_memory_bytes(c->guest), &module);
    digest_head(head, module.data + sizeof head, module.bytes - sizeof head);
    memcpy(module.data, head, sizeof head);
    return module;
}

/* All of it appears at once or not at all. */
static void write_file(const char *path, const struct wasm_writer *bytes) {
    const int error = file_replace(path, 0666, bytes->data, bytes->bytes, NULL, 0);
    if (error)
        fail(EXIT_OURS, "%s: %s", shown(path), strerror(error));
}

static void report(struct compiling *c, const char *path, size_t bytes) {
    const struct model_info info = contract_model_info(c->guest, c->model);
    printf("%s: %zu bytes, of which the model's weights are %llu\n", shown(path), bytes,
           (unsigned long long)info.parameter_bytes);
    if (!c->fixed)
        printf("its inputs leave sizes open, so each run is planned anew\n");
}

static void export_form(struct compiling *c) {
    switch (c->form) {
    case FORM_CORE: export_core(c); break;
    case FORM_TYPED: export_typed(c); break;
    case FORM_SERVICE:
        export_named(c, SERVICE_REALLOC);
        export_named(c, SERVICE_HANDLER);
        break;
    }
}

/* The module alone, or the component around it. */
static struct wasm_writer as_form(const struct compiling *c, struct wasm_writer *module) {
    struct wasm_writer component = {0};
    switch (c->form) {
    case FORM_CORE: return *module;
    case FORM_TYPED: {
        const struct component_face face = face_of(c);
        component_wrap(&component, &face, module->data, module->bytes);
        break;
    }
    case FORM_SERVICE: service_wrap(&component, module->data, module->bytes); break;
    }
    writer_free(module);
    return component;
}

static enum form form_of(const struct options *options) {
    const bool typed = option_given(options, FLAG_COMPONENT), service = option_given(options, FLAG_HTTP);
    if (typed && service)
        fail(EXIT_USAGE, "--component and --http given, expected one of them");
    if (option_given(options, FLAG_NAME) && !typed && !service)
        fail(EXIT_USAGE, "--name is a component's, expected --component or --http besides");
    return typed ? FORM_TYPED : service ? FORM_SERVICE : FORM_CORE;
}

static const char *package_of(const struct options *options, enum form form) {
    const char *given = option_text(options, FLAG_NAME, NULL);
    return given ? wit_package(given) : form == FORM_TYPED ? wit_package_of_file(options->model) : NULL;
}

void compile_command(const struct options *options) {
    const char *path = option_text(options, FLAG_COMPILED, NULL);
    if (!path)
        fail(EXIT_USAGE, "no file to write given, expected -o FILE.wasm");
    if (file_same(options->model, path))
        fail(EXIT_USAGE, "%s is the model itself, expected another file to write", shown(path));
    const enum form form = form_of(options);
    struct compiling c = {.options = options, .form = form, .package = package_of(options, form)};
    const uint8_t *bytes;
    size_t size;
    c.guest = module_open_template(options->memory_limit, &bytes, &size);
    c.template = linked_read(c.guest->path, bytes, size);
    load(&c);
    export_form(&c);
    struct wasm_writer module = make_module(&c);
    struct wasm_writer file = as_form(&c, &module);
    write_file(path, &file);
    report(&c, path, file.bytes);
    writer_free(&file);
    guest_free(c.guest);
}
