/* Copies what a module answers out of its memory. A module that answers nonsense ends the program with exit 3; no number of it is
 * used as a size before it was checked. */
#include "contract.h"

#include <string.h>

#include "fail.h"

#define MAX_ROWS 4096
#define MAX_TENSORS 4096
#define MAX_ATTRS 64
#define MAX_PASSES 64
#define MAX_PARTS 65536

static const char *or_question_mark(const char *text) {
    return text ? text : "?";
}

static _Noreturn void fail_answer(const struct guest *guest, enum guest_export from, const char *what) {
    fail(EXIT_INPUT, "%s: %s gave %s", guest->path, guest_contract[from].name, what);
}

/* The row of a dtype by its number; NULL for MSW_ANY; ends the program for one that the module does not list. */
static const struct dtype *dtype_of(const struct guest *guest, int32_t id, enum guest_export from) {
    if (id == MSW_ANY)
        return NULL;
    for (size_t i = 0; i < guest->dtype_count; i++)
        if (guest->dtypes[i].id == id)
            return &guest->dtypes[i];
    fail_answer(guest, from, text_of("the data type %d, which msw_dtype_at does not list", id));
}

static void check_type(const struct guest *guest, enum guest_export from, const struct msw_type *type, int32_t least) {
    if (type->rank < least || type->rank > MSW_MAX_RANK)
        fail_answer(guest, from, text_of("a rank of %d, expected %d to %d", type->rank, least, MSW_MAX_RANK));
    for (int32_t i = 0; i < type->rank; i++)
        if (type->dims[i] < least)
            fail_answer(guest, from, text_of("a dimension of %d", type->dims[i]));
}

static bool is_empty(const struct msw_type *type) {
    bool empty = false;
    for (int32_t i = 0; i < type->rank && i < MSW_MAX_RANK; i++)
        empty |= type->dims[i] == 0;
    return empty && type->dtype != MSW_ANY;
}

static struct tensor copy_tensor(struct guest *guest, enum guest_export from, uint32_t pointer) {
    bool in_run = from == CALL_msw_run_input || from == CALL_msw_run_output;
    guest_bytes(guest, pointer, 52, from);
    struct tensor tensor = {.data = guest_u32(guest, pointer + 4U, from),
                            .bytes = guest_u32(guest, pointer + 8U, from)};
    memcpy(&tensor.type, guest_bytes(guest, pointer + 12U, sizeof tensor.type, from), sizeof tensor.type);
    tensor.name = or_question_mark(guest_string(guest, guest_u32(guest, pointer, from), from));
    tensor.open = from == CALL_msw_run_output && tensor.data == 0 && tensor.bytes == 0 && !is_empty(&tensor.type);
    check_type(guest, from, &tensor.type, in_run && !tensor.open ? 0 : -1);
    tensor.dtype = dtype_of(guest, tensor.type.dtype, from);
    if (!in_run || tensor.open)
        return tensor;
    size_t elements;
    if (!tensor.dtype || !array_count(tensor.type.dims, tensor.type.rank, tensor.dtype->bytes, &elements) ||
        elements * tensor.dtype->bytes != tensor.bytes)
        fail_answer(guest, from,
                    text_of("%zu bytes for '%s' of shape %s", tensor.bytes, tensor.name,
                            array_shape_text(tensor.type.dims, tensor.type.rank)));
    guest_bytes(guest, tensor.data, tensor.bytes, from);
    return tensor;
}

struct tensor_list contract_tensors(struct guest *guest, enum guest_export export, uint32_t owner) {
    struct tensor_list list = {.tensors = need(MAX_TENSORS * sizeof(struct tensor))};
    uint32_t pointer;
    while ((pointer = guest_call(guest, export, owner, list.count, 0, 0)) != 0) {
        if (list.count == MAX_TENSORS)
            fail_answer(guest, export, text_of("more than %d tensors", MAX_TENSORS));
        list.tensors[list.count++] = copy_tensor(guest, export, pointer);
    }
    return list;
}

static void copy_attrs(struct guest *guest, struct operator_row *row, uint32_t count, uint32_t specs) {
    const enum guest_export from = CALL_msw_operator_at;
    if (count > MAX_ATTRS)
        fail_answer(guest, from, text_of("an operator with %u attributes, expected at most %d", count, MAX_ATTRS));
    guest_bytes(guest, specs, count * 12U, from);
    row->attr_count = count;
    row->attrs = need(count * sizeof *row->attrs);
    for (uint32_t i = 0; i < count; i++, specs += 12) {
        row->attrs[i] = (struct operator_attr){
            .name = or_question_mark(guest_string(guest, guest_u32(guest, specs, from), from)),
            .kind = (int32_t)guest_u32(guest, specs + 4U, from),
            .required = guest_u32(guest, specs + 8U, from) != 0,
        };
        if (row->attrs[i].kind < MSW_ATTR_INT || row->attrs[i].kind > MSW_ATTR_FLOATS)
            fail_answer(guest, from, text_of("an attribute of kind %d", row->attrs[i].kind));
    }
}

static struct operator_row copy_operator(struct guest *guest, uint32_t pointer) {
    const enum guest_export from = CALL_msw_operator_at;
    guest_bytes(guest, pointer, 32, from);
    struct operator_row row = {
        .name = or_question_mark(guest_string(guest, guest_u32(guest, pointer, from), from)),
        .dtypes = guest_u32(guest, pointer + 4U, from),
        .answer = (int32_t)guest_u32(guest, pointer + 8U, from),
        .inputs_min = (int32_t)guest_u32(guest, pointer + 12U, from),
        .inputs_max = (int32_t)guest_u32(guest, pointer + 16U, from),
        .outputs = (int32_t)guest_u32(guest, pointer + 20U, from),
    };
    copy_attrs(guest, &row, guest_u32(guest, pointer + 24U, from), guest_u32(guest, pointer + 28U, from));
    return row;
}

struct operator_table contract_operators(struct guest *guest) {
    struct operator_table table = {.rows = need(MAX_ROWS * sizeof(struct operator_row)),
                                   .names = need(MAX_ROWS * sizeof(char *))};
    uint32_t pointer;
    while ((pointer = guest_call(guest, CALL_msw_operator_at, table.count, 0, 0, 0)) != 0) {
        if (table.count == MAX_ROWS)
            fail_answer(guest, CALL_msw_operator_at, text_of("more than %d operators", MAX_ROWS));
        table.rows[table.count] = copy_operator(guest, pointer);
        table.names[table.count] = table.rows[table.count].name;
        table.count++;
    }
    return table;
}

struct model_info contract_model_info(struct guest *guest, uint32_t model) {
    const enum guest_export from = CALL_msw_model_info;
    uint32_t pointer = guest_need(guest, "", from, model, 0, 0, 0);
    guest_bytes(guest, pointer, 32, from);
    return (struct model_info){
        .format = or_question_mark(guest_string(guest, guest_u32(guest, pointer, from), from)),
        .producer = or_question_mark(guest_string(guest, guest_u32(guest, pointer + 4U, from), from)),
        .parameters = guest_u64(guest, pointer + 8U, from),
        .parameter_bytes = guest_u64(guest, pointer + 16U, from),
        .nodes = (int32_t)guest_u32(guest, pointer + 24U, from),
    };
}

const char *contract_model_file(struct guest *guest, uint32_t model, uint32_t file) {
    const enum guest_export from = CALL_msw_model_file;
    return guest_string(guest, guest_call(guest, from, model, file, 0, 0), from);
}

static void copy_parts(struct guest *guest, struct node *node, uint32_t count, uint32_t parts) {
    const enum guest_export from = CALL_msw_model_node;
    if (count > MAX_PARTS)
        fail_answer(guest, from, text_of("a node of %u parts, expected at most %d", count, MAX_PARTS));
    guest_bytes(guest, parts, count * 4U, from);
    node->part_count = count;
    node->parts = need((count + 1) * sizeof *node->parts);
    for (uint32_t i = 0; i < count; i++)
        node->parts[i] = or_question_mark(guest_string(guest, guest_u32(guest, parts + i * 4U, from), from));
}

struct node contract_node(struct guest *guest, uint32_t model, uint32_t index) {
    const enum guest_export from = CALL_msw_model_node;
    uint32_t pointer = guest_need(guest, "", from, model, index, 0, 0);
    guest_bytes(guest, pointer, 56, from);
    struct node node = {.name = or_question_mark(guest_string(guest, guest_u32(guest, pointer, from), from)),
                        .op = or_question_mark(guest_string(guest, guest_u32(guest, pointer + 4U, from), from))};
    copy_parts(guest, &node, guest_u32(guest, pointer + 48U, from), guest_u32(guest, pointer + 52U, from));
    return node;
}

const struct dtype *contract_dtype(const struct guest *guest, int32_t id) {
    return dtype_of(guest, id, CALL_msw_run_next_step);
}

bool contract_next_step(struct guest *guest, uint32_t run, size_t nodes, struct msw_step *step) {
    const enum guest_export from = CALL_msw_run_next_step;
    uint32_t pointer = guest_call(guest, from, run, 0, 0, 0);
    if (pointer == 0)
        return false;
    _Static_assert(sizeof *step == 64, "laid out as in wasm32: it has no pointers");
    memcpy(step, guest_bytes(guest, pointer, sizeof *step, from), sizeof *step);
    if (step->node < 0 || (size_t)step->node >= nodes)
        fail_answer(guest, from, text_of("node %d of %zu", step->node, nodes));
    check_type(guest, from, &step->output, 0);
    return true;
}

struct pass_list contract_passes(struct guest *guest, uint32_t model) {
    const enum guest_export from = CALL_msw_model_pass;
    struct pass_list list = {.passes = need(MAX_PASSES * sizeof(struct pass))};
    uint32_t pointer;
    while ((pointer = guest_call(guest, from, model, list.count, 0, 0)) != 0) {
        if (list.count == MAX_PASSES)
            fail_answer(guest, from, text_of("more than %d passes", MAX_PASSES));
        guest_bytes(guest, pointer, 20, from);
        list.passes[list.count++] =
            (struct pass){.name = or_question_mark(guest_string(guest, guest_u32(guest, pointer, from), from)),
                          .about = or_question_mark(guest_string(guest, guest_u32(guest, pointer + 4U, from), from)),
                          .changes = (int32_t)guest_u32(guest, pointer + 8U, from),
                          .nodes_before = (int32_t)guest_u32(guest, pointer + 12U, from),
                          .nodes_after = (int32_t)guest_u32(guest, pointer + 16U, from)};
    }
    return list;
}

struct msw_plan contract_plan(struct guest *guest, uint32_t run) {
    const enum guest_export from = CALL_msw_run_plan;
    uint32_t pointer = guest_need(guest, "", from, run, 0, 0, 0);
    guest_bytes(guest, pointer, 20, from);
    return (struct msw_plan){
        .arena_bytes = guest_u32(guest, pointer, from),
        .live_bytes = guest_u32(guest, pointer + 4U, from),
        .tensor_bytes = guest_u32(guest, pointer + 8U, from),
        .weight_bytes = guest_u32(guest, pointer + 12U, from),
        .steps = (int32_t)guest_u32(guest, pointer + 16U, from),
    };
}

struct array contract_values(struct guest *guest, const struct tensor *tensor, enum guest_export from) {
    struct array array = array_new(tensor->dtype->number, tensor->dtype->bytes, tensor->type.dims, tensor->type.rank);
    memcpy(array.data, guest_bytes(guest, tensor->data, tensor->bytes, from), tensor->bytes);
    return array;
}
