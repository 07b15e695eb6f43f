/* Says what a model is: inputs, outputs, operators, parameters, and the memory that a run takes. */
#include <stdio.h>
#include <string.h>

#include "contract.h"
#include "fail.h"
#include "json_out.h"
#include "model_files.h"
#include "run.h"
#include "session.h"

#define MAX_NODES 10000000

struct op_count {
    const char *op;
    size_t count;
};

struct summary {
    const char **files; /* of weights, beside the model */
    uint32_t file_count;
    const char *path, *module;
    struct model_info info;
    struct tensor_list inputs, outputs, states;
    struct pass_list passes;
    struct op_count *ops;
    size_t op_count;
    bool has_plan;
    const char *why_no_plan;
    struct msw_plan plan;
};

static void count_op(struct summary *summary, const char *op) {
    size_t i = 0;
    while (i < summary->op_count && strcmp(summary->ops[i].op, op) != 0)
        i++;
    summary->ops[i].op = op;
    summary->ops[i].count++;
    if (i == summary->op_count)
        summary->op_count++;
}

static struct summary summarise(struct guest *guest, const char *path) {
    struct summary summary = {.path = path ? path : guest->path, .module = guest->path};
    uint32_t model = session_load(guest, path), status;
    summary.info = contract_model_info(guest, model);
    if (summary.info.nodes < 0 || summary.info.nodes > MAX_NODES)
        fail(EXIT_INPUT, "%s: msw_model_info gave %d nodes", guest->path, summary.info.nodes);
    summary.files = need(MODEL_FILES_MAX * sizeof *summary.files);
    while (summary.file_count + 1 < MODEL_FILES_MAX &&
           (summary.files[summary.file_count] = contract_model_file(guest, model, summary.file_count + 1)))
        summary.file_count++;
    summary.inputs = contract_tensors(guest, CALL_msw_model_input, model);
    summary.outputs = contract_tensors(guest, CALL_msw_model_output, model);
    summary.states = contract_tensors(guest, CALL_msw_model_state, model);
    summary.passes = contract_passes(guest, model);
    summary.ops = need(((size_t)summary.info.nodes + 1) * sizeof *summary.ops);
    for (int32_t i = 0; i < summary.info.nodes; i++)
        count_op(&summary, contract_node(guest, model, (uint32_t)i).op);
    /* Sizes that only an input's shape fixes leave nothing to plan: that is no error here. */
    uint32_t run = guest_call(guest, CALL_msw_run_new, model, 0, 0, 0);
    const struct tensor_list outputs =
        run != 0 ? contract_tensors(guest, CALL_msw_run_output, run) : (struct tensor_list){0};
    summary.has_plan = run != 0;
    for (size_t i = 0; i < outputs.count; i++)
        summary.has_plan &= !outputs.tensors[i].open;
    if (summary.has_plan)
        summary.plan = contract_plan(guest, run);
    else if (run != 0)
        summary.why_no_plan = "shapes depend on data, so each run is planned while it is made";
    else
        summary.why_no_plan = guest_error_text(guest, &status);
    return summary;
}

static const char *bytes_text(uint64_t bytes) {
    return bytes < 10240      ? text_of("%llu bytes", (unsigned long long)bytes)
           : bytes < 10485760 ? text_of("%.1f KiB", (double)bytes / 1024)
                              : text_of("%.1f MiB", (double)bytes / 1048576);
}

static void print_tensors(const char *title, const struct tensor_list *list) {
    printf("%s\n", title);
    for (size_t i = 0; i < list->count; i++) {
        const struct tensor *tensor = &list->tensors[i];
        printf("  %s  %s %s\n", tensor->name, tensor->dtype ? tensor->dtype->name : "any type",
               array_shape_text(tensor->type.dims, tensor->type.rank));
    }
}

/* Passes that changed nothing are shown too: a reader may wonder why. */
static void print_passes(const struct pass_list *list) {
    printf("passes:\n");
    for (size_t i = 0; i < list->count; i++) {
        const struct pass *pass = &list->passes[i];
        printf("  %-20s %6d times, %d to %d nodes: %s\n", pass->name, pass->changes, pass->nodes_before,
               pass->nodes_after, pass->about);
    }
}

/* No plan can do with less than what is alive at once. */
static void print_memory(const struct msw_plan *plan) {
    const double ratio = plan->live_bytes > 0 ? (double)plan->arena_bytes / (double)plan->live_bytes : 1;
    printf(
        "memory: activations peak at %s, %.2f times the lower bound of %s (without a plan: %s, in %d steps); weights "
        "take %s\n",
        bytes_text(plan->arena_bytes), ratio, bytes_text(plan->live_bytes), bytes_text(plan->tensor_bytes), plan->steps,
        bytes_text(plan->weight_bytes));
}

static void print_files(const struct summary *summary) {
    for (uint32_t i = 0; i < summary->file_count; i++)
        printf("  in %s\n", summary->files[i]);
}

static void print_text(const struct summary *summary, bool passes) {
    printf("%s: %s, %s\n", summary->path, summary->info.format, summary->info.producer);
    print_tensors("inputs", &summary->inputs);
    print_tensors("outputs", &summary->outputs);
    if (summary->states.count > 0)
        print_tensors("states, which the model writes to", &summary->states);
    printf("operators: %d nodes\n", summary->info.nodes);
    int width = 20;
    for (size_t i = 0; i < summary->op_count; i++)
        width = (int)strlen(summary->ops[i].op) > width ? (int)strlen(summary->ops[i].op) : width;
    for (size_t i = 0; i < summary->op_count; i++)
        printf("  %-*s %zu\n", width, summary->ops[i].op, summary->ops[i].count);
    if (passes)
        print_passes(&summary->passes);
    printf("parameters: %llu (%s)\n", (unsigned long long)summary->info.parameters,
           bytes_text(summary->info.parameter_bytes));
    print_files(summary);
    printf("module: %s\n", summary->module);
    if (!summary->has_plan) {
        printf("memory: not known before the inputs' sizes are (%s)\n",
               summary->why_no_plan ? summary->why_no_plan : "no reason given");
        return;
    }
    print_memory(&summary->plan);
}

static void json_tensors_of(struct json_out *out, const char *key, const struct tensor_list *list) {
    out_key(out, key);
    out_open(out, '[');
    for (size_t i = 0; i < list->count; i++) {
        const struct tensor *tensor = &list->tensors[i];
        out_open_inline(out, '{');
        out_key(out, "name");
        out_string(out, tensor->name);
        out_key(out, "dtype");
        out_string(out, tensor->dtype ? tensor->dtype->name : "any");
        if (tensor->type.rank >= 0) { /* without a shape: any */
            out_key(out, "shape");
            out_open(out, '[');
            out_dims(out, tensor->type.dims, tensor->type.rank);
            out_close(out, ']');
        }
        out_close(out, '}');
    }
    out_close(out, ']');
}

static void json_number(struct json_out *out, const char *key, uint64_t value) {
    out_key(out, key);
    out_integer(out, (int64_t)value);
}

static void json_plan(struct json_out *out, const struct msw_plan *plan) {
    out_key(out, "memory");
    out_open(out, '{');
    json_number(out, "arena_bytes", plan->arena_bytes);
    json_number(out, "live_bytes", plan->live_bytes);
    json_number(out, "tensor_bytes", plan->tensor_bytes);
    json_number(out, "weight_bytes", plan->weight_bytes);
    json_number(out, "steps", (uint64_t)plan->steps);
    out_close(out, '}');
}

static void json_passes(struct json_out *out, const struct pass_list *list) {
    out_key(out, "passes");
    out_open(out, '[');
    for (size_t i = 0; i < list->count; i++) {
        const struct pass *pass = &list->passes[i];
        out_open_inline(out, '{');
        out_key(out, "name");
        out_string(out, pass->name);
        out_key(out, "changes");
        out_integer(out, pass->changes);
        out_key(out, "nodes_before");
        out_integer(out, pass->nodes_before);
        out_key(out, "nodes_after");
        out_integer(out, pass->nodes_after);
        out_key(out, "about");
        out_string(out, pass->about);
        out_close(out, '}');
    }
    out_close(out, ']');
}

static void print_json(const struct summary *summary, bool passes) {
    struct json_out out = {0};
    out_open(&out, '{');
    out_key(&out, "format");
    out_string(&out, summary->info.format);
    out_key(&out, "producer");
    out_string(&out, summary->info.producer);
    out_key(&out, "module");
    out_string(&out, summary->module);
    json_tensors_of(&out, "inputs", &summary->inputs);
    json_tensors_of(&out, "outputs", &summary->outputs);
    json_tensors_of(&out, "states", &summary->states);
    json_number(&out, "nodes", (uint64_t)summary->info.nodes);
    out_key(&out, "operators");
    out_open(&out, '{');
    for (size_t i = 0; i < summary->op_count; i++)
        json_number(&out, summary->ops[i].op, summary->ops[i].count);
    out_close(&out, '}');
    if (passes)
        json_passes(&out, &summary->passes);
    json_number(&out, "parameters", summary->info.parameters);
    json_number(&out, "parameter_bytes", summary->info.parameter_bytes);
    out_key(&out, "files");
    out_open(&out, '[');
    for (uint32_t i = 0; i < summary->file_count; i++)
        out_string(&out, summary->files[i]);
    out_close(&out, ']');
    if (summary->has_plan)
        json_plan(&out, &summary->plan);
    out_close(&out, '}');
    out_finish(&out);
}

void info_command(struct guest *guest, const struct options *options, const char *path) {
    struct summary summary = summarise(guest, path);
    (option_given(options, FLAG_JSON) ? print_json : print_text)(&summary, option_given(options, FLAG_PASSES));
}
