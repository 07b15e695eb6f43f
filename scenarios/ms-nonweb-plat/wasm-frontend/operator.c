/* Runs one operator and shows its answer as the 2020 command line did. Which operators there are, what they take and how their answer
 * looks is all asked of the module. */
#include "operator.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "attr.h"
#include "contract.h"
#include "fail.h"
#include "file.h"
#include "json_in.h"
#include "json_out.h"
#include "module.h"
#include "session.h"
#include "suggest.h"

#define DEFAULT_INPUTS "/opt/ms-backend-wasm/inputs.json"

static const struct operator_row *find_row(const struct operator_table *table, const char *name) {
    for (size_t i = 0; i < table->count; i++)
        if (strcmp(table->names[i], name) == 0)
            return &table->rows[i];
    return NULL;
}

static _Noreturn void fail_unknown(const char *name, const struct operator_table *table,
                                   const struct operator_table *generated) {
    const size_t count = table->count + generated->count;
    const char **names = need(count * sizeof *names);
    for (size_t i = 0; i < count; i++)
        names[i] = i < table->count ? table->names[i] : generated->names[i - table->count];
    fail(EXIT_USAGE, "unknown operator '%s'%s, expected one that 'wasm-frontend ops' lists", shown(name),
         did_you_mean(name, names, count));
}

/* The row of an operator and the module that has it, in *guest: that one, or where it is ours the one of generated operators beside it. */
static const struct operator_row *find_operator(struct guest **guest, bool ours, const char *name) {
    struct operator_table table = contract_operators(*guest), more = {0};
    if (table.count == 0)
        fail(EXIT_USAGE, "%s: has no operators%s, expected a module that has", (*guest)->path,
             (*guest)->kind == MSW_KIND_MODEL ? ": it holds one model (wasm-frontend run)" : "");
    const struct operator_row *row = find_row(&table, name);
    if (row)
        return row;
    struct guest *generated = ours ? module_open_generated(*guest) : NULL;
    if (generated)
        more = contract_operators(generated);
    row = find_row(&more, name);
    if (!row)
        fail_unknown(name, &table, &more);
    *guest = generated;
    return row;
}

static const struct dtype *find_dtype(const struct guest *guest, const struct operator_row *row, const char *tag) {
    const char *all[GUEST_MAX_DTYPES], *taken[GUEST_MAX_DTYPES];
    const struct dtype *found = NULL;
    size_t taken_count = 0;
    for (size_t i = 0; i < guest->dtype_count; i++) {
        const struct dtype *dtype = &guest->dtypes[i];
        all[i] = dtype->tag;
        if (dtype->id >= 0 && dtype->id < 32 && (row->dtypes >> dtype->id & 1U))
            taken[taken_count++] = dtype->tag;
        if (strcmp(dtype->tag, tag) == 0)
            found = dtype;
    }
    for (size_t i = 0; i < taken_count; i++)
        if (found && taken[i] == found->tag)
            return found;
    if (found)
        fail(EXIT_USAGE, "%s: data type %s not supported, expected %s", row->name, tag, listed(taken, taken_count));
    fail(EXIT_USAGE, "unknown data type '%s'%s, expected %s", shown(tag), did_you_mean(tag, all, guest->dtype_count),
         listed(taken, taken_count));
}

static struct json_tensors read_json(const struct options *options) {
    const char *text = option_text(options, FLAG_JSON_TEXT, NULL), *path = option_text(options, FLAG_INPUT_FILE, NULL);
    if (text && path)
        fail(EXIT_USAGE, "both -I and -i given, expected one of them");
    if (text)
        return json_tensors_parse("-I", text, strlen(text));
    if (!path && access(DEFAULT_INPUTS, R_OK) != 0)
        fail(EXIT_INPUT, "%s: %s, expected a JSON list of tensors there, or one given as -i FILE or -I JSON (--help)",
             DEFAULT_INPUTS, strerror(errno));
    size_t size;
    path = path ? path : DEFAULT_INPUTS;
    const uint8_t *content = file_read(path, (size_t)options->memory_limit, &size);
    return json_tensors_parse(shown(path), (const char *)content, size);
}

/* Inputs beyond those that the operator takes are left unread, as in 2020. */
static struct array *read_inputs(const struct options *options, const struct operator_row *row,
                                 const struct dtype *dtype, uint32_t *count) {
    struct json_tensors tensors = read_json(options);
    if (tensors.count < (size_t)row->inputs_min)
        fail(EXIT_INPUT, "%s: %zu inputs, expected %d for %s", tensors.place, tensors.count, row->inputs_min,
             row->name);
    *count = tensors.count < (size_t)row->inputs_max ? (uint32_t)tensors.count : (uint32_t)row->inputs_max;
    struct array *inputs = need((*count + 1) * sizeof *inputs);
    for (uint32_t i = 0; i < *count; i++)
        inputs[i] = json_tensor(&tensors, i, dtype->number, dtype->bytes, dtype->tag);
    return inputs;
}

static void print_array(struct json_out *out, const struct array *array, const struct dtype *dtype, bool with_shape) {
    out_open(out, '{');
    out_key(out, text_of("%sArray", dtype->tag));
    out_open(out, '[');
    out_elements(out, array);
    out_close(out, ']');
    out_close(out, '}');
    if (!with_shape || array->rank == 0)
        return;
    out_key(out, "shape");
    out_open(out, '[');
    out_dims(out, array->dims, array->rank);
    out_close(out, ']');
    out_key(out, "dim-size");
    out_integer(out, array->rank);
}

/* [value, index] where the index points into the first input, under the input's type: the index is a number like the others, whatever
 * that type could hold. */
static bool print_max_index(struct json_out *out, const struct array *input, const struct dtype *dtype,
                            const struct array *output) {
    int64_t index = array_is_float(output->number) || output->elements != 1 ? -1 : array_integer(output, 0);
    if (index < 0 || (size_t)index >= input->elements)
        return false;
    struct array position = array_new(array_is_float(input->number) ? 'f' : 'i', array_is_float(input->number) ? 4 : 8,
                                      (const int32_t[]){0}, 0);
    if (position.number == 'f')
        array_set_number(&position, 0, (double)index);
    else
        array_set_integer(&position, 0, index);
    out_open(out, '{');
    out_key(out, text_of("%sArray", dtype->tag));
    out_open(out, '[');
    out_element(out, input, (size_t)index);
    out_element(out, &position, 0);
    out_close(out, ']');
    out_close(out, '}');
    return true;
}

static void print_answer(struct json_out *out, int32_t form, const struct array *input, const struct dtype *input_dtype,
                         const struct array *output, const struct dtype *dtype) {
    out_open(out, '{');
    out_key(out, "input-data");
    if (form == MSW_ANSWER_NUMERIC && output->elements == 1) {
        out_open(out, '{');
        out_key(out, "Numeric");
        out_element(out, output, 0);
        out_close(out, '}');
    } else if (form != MSW_ANSWER_MAX_INDEX || !print_max_index(out, input, input_dtype, output)) {
        print_array(out, output, dtype, true);
    }
    out_close(out, '}');
}

static void print_answers(struct guest *guest, uint32_t run, int32_t form, const struct array *input,
                          const struct dtype *input_dtype) {
    struct tensor_list outputs = contract_tensors(guest, CALL_msw_run_output, run);
    struct json_out out = {0};
    if (outputs.count != 1)
        out_open(&out, '[');
    for (size_t i = 0; i < outputs.count; i++) {
        struct array values = contract_values(guest, &outputs.tensors[i], CALL_msw_run_output);
        print_answer(&out, form, input, input_dtype, &values, outputs.tensors[i].dtype);
    }
    if (outputs.count != 1)
        out_close(&out, ']');
    out_finish(&out);
}

static void run_operator(struct guest *guest, const struct options *options, const struct operator_row *row) {
    const struct dtype *dtype = find_dtype(guest, row, option_text(options, FLAG_DTYPE, "FP32"));
    uint32_t attr_count, input_count;
    uint32_t attrs = attr_put(guest, options, row, &attr_count);
    struct array *inputs = read_inputs(options, row, dtype, &input_count);
    uint32_t name = guest_put(guest, row->name, strlen(row->name) + 1);
    uint32_t model = guest_need(guest, "", CALL_msw_model_from_operator, name, input_count, attrs, attr_count);
    uint32_t run = session_plan(guest, "", model, inputs, input_count);
    struct tensor_list places = contract_tensors(guest, CALL_msw_run_input, run);
    if (places.count != input_count)
        fail(EXIT_INPUT, "%s: msw_run_input gave %zu inputs, expected %u", guest->path, places.count, input_count);
    session_run(guest, "", run, contract_plan(guest, run).steps, &places, inputs);
    bool vector = input_count > 0 && inputs[0].rank == 1 && attr_count == 0;
    bool plain = row->answer == MSW_ANSWER_MAX_INDEX && !vector;
    print_answers(guest, run, plain ? MSW_ANSWER_ARRAY : row->answer, inputs, dtype);
}

void operator_command(struct guest *given, const struct options *options) {
    struct guest *guest = given;
    const bool ours = !option_given(options, FLAG_CONFIG);
    const struct operator_row *row = find_operator(&guest, ours, option_text(options, FLAG_OP, "Add"));
    run_operator(guest, options, row);
    if (guest != given)
        guest_free(guest);
}
