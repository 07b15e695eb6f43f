/* operators.c - the interface operators: the table of operators, and one operator run by its name. */
#include <string.h>

#include "tensors.h"

#define INTERFACE "ms:backend/operators@0.1.0#"

static uint32_t count_bits(uint32_t set) {
    return (uint32_t)__builtin_popcount(set);
}

/* Numbers of the bits set, each a dtype. */
static bool write_dtypes(uint32_t set, struct abi_list *list) {
    uint8_t *at = answer_alloc(count_bits(set), 1);
    *list = (struct abi_list){at, count_bits(set)};
    for (uint8_t d = 1; at && d < 32; d++)
        if (set >> d & 1)
            *at++ = d - 1;
    return list->data;
}

static bool write_attributes(const struct msw_operator *operator, struct abi_list *list) {
    const uint32_t count = (uint32_t)operator->attr_count;
    struct attribute_spec *at = answer_alloc(count, sizeof *at);
    *list = (struct abi_list){at, count};
    for (uint32_t i = 0; at && i < count; i++)
        at[i] = (struct attribute_spec){.name = string(operator->attrs[i].name),
                                        .kind = (uint8_t)(operator->attrs[i].kind - 1),
                                        .required = operator->attrs[i].required};
    return at;
}

static bool write_operator(const struct msw_operator *operator, struct operator_record *record) {
    *record = (struct operator_record){
        .name = string(operator->name),
        .inputs_min = (uint32_t)operator->inputs_min,
        .inputs_max = {operator->inputs_max != INT32_MAX, (uint32_t)operator->inputs_max},
        .outputs = {operator->outputs != INT32_MAX, (uint32_t)operator->outputs},
    };
    return write_dtypes(operator->dtypes, &record->dtypes) && write_attributes(operator, &record->attributes);
}

/* A list has no way to fail, so without memory for it there is a trap. */
ABI_EXPORT(INTERFACE "list")
const struct abi_list *operators_list(void) {
    static struct abi_list list;
    uint32_t count = 0;
    while (msw_operator_at(count))
        count++;
    struct operator_record *at = answer_alloc(count, sizeof *at);
    list = (struct abi_list){at, count};
    for (uint32_t i = 0; i < count; i++)
        if (!at || !write_operator(msw_operator_at(i), &at[i]))
            __builtin_trap();
    return &list;
}

/* A name for the engine. A NUL, which would end it early, becomes a character that no name has. */
static char *copy_name(const struct abi_list *name) {
    char *copy = answer_alloc((size_t)name->count + 1, 1);
    for (uint32_t i = 0; copy && i < name->count; i++)
        copy[i] = ((const char *)name->data)[i] ? ((const char *)name->data)[i] : '?';
    if (copy)
        copy[name->count] = 0;
    return copy;
}

static struct msw_attr *read_attributes(struct abi_list attributes) {
    const struct attribute *at = attributes.data;
    struct msw_attr *attrs = answer_alloc(attributes.count, sizeof *attrs);
    for (uint32_t i = 0; attrs && i < attributes.count; i++) {
        const bool list = at[i].kind + 1 == MSW_ATTR_INTS || at[i].kind + 1 == MSW_ATTR_FLOATS;
        attrs[i] = (struct msw_attr){
            .name = copy_name(&at[i].name),
            .kind = at[i].kind + 1,
            .count = list ? (int32_t)at[i].value.list.count : 1,
            .values = list ? at[i].value.list.data : &at[i].value,
        };
        if (!attrs[i].name)
            return NULL;
    }
    return attrs;
}

/* Of attributes that the operator has, so that two of so many are soon the same. */
static bool check_given_once(struct abi_list attributes, const struct msw_attr *attrs) {
    for (uint32_t i = 0; i < attributes.count; i++)
        for (uint32_t j = 0; j < i; j++)
            if (strcmp(attrs[i].name, attrs[j].name) == 0)
                return fail(MSW_INVALID, "attribute '%n' is given twice",
                            &((const struct attribute *)attributes.data)[i].name);
    return true;
}

static struct msw_model *make_model(const struct abi_list *name, uint32_t inputs, struct abi_list attributes) {
    const char *op = copy_name(name);
    const struct msw_attr *attrs = op ? read_attributes(attributes) : NULL;
    if (!attrs)
        return NULL;
    struct msw_model *model = msw_model_from_operator(op, inputs, attrs, attributes.count);
    if (!model) {
        fail_as_engine(NULL);
        return NULL;
    }
    answer_keep(NULL, model);
    return check_given_once(attributes, attrs) ? model : NULL;
}

static struct msw_run *make_run(struct msw_model *model, struct abi_list inputs) {
    const struct tensor_record *at = inputs.data;
    struct msw_type *types = answer_alloc(inputs.count, sizeof *types);
    for (uint32_t i = 0; i < inputs.count; i++) {
        const struct abi_list name = string(msw_model_input(model, i)->name);
        if (!types || !read_type(&name, at[i].dtype, at[i].shape, &types[i]) ||
            !check_data(&name, &types[i], at[i].data))
            return NULL;
    }
    struct msw_run *run = types ? msw_run_new(model, types) : NULL;
    answer_keep(run, model);
    if (types && !run)
        fail_as_engine(NULL);
    return run;
}

static bool run_operator(const struct abi_list *name, struct abi_list inputs, struct abi_list attributes,
                         struct abi_list *outputs) {
    struct msw_model *model = make_model(name, inputs.count, attributes);
    struct msw_run *run = model ? make_run(model, inputs) : NULL;
    if (!run)
        return false;
    for (uint32_t i = 0; i < inputs.count; i++)
        memcpy(msw_run_input(run, i)->data, ((const struct tensor_record *)inputs.data)[i].data.data,
               msw_run_input(run, i)->bytes);
    if (msw_run(run) != MSW_OK)
        return fail_as_engine(NULL);
    uint32_t count = 0;
    while (msw_run_output(run, count))
        count++;
    struct tensor_record *at = answer_alloc(count, sizeof *at);
    *outputs = (struct abi_list){at, count};
    for (uint32_t i = 0; at && i < count; i++)
        at[i] = write_tensor(msw_run_output(run, i));
    return at;
}

static void free_attributes(struct abi_list attributes) {
    const struct attribute *at = attributes.data;
    for (uint32_t i = 0; i < attributes.count; i++) {
        abi_free(at[i].name);
        if (at[i].kind + 1 == MSW_ATTR_INTS || at[i].kind + 1 == MSW_ATTR_FLOATS)
            abi_free(at[i].value.list);
    }
    abi_free(attributes);
}

ABI_EXPORT(INTERFACE "run")
const struct result *operators_run(char *name, uint32_t name_bytes, struct tensor_record *inputs, uint32_t input_count,
                                   struct attribute *attributes, uint32_t attribute_count) {
    const struct abi_list text = {name, name_bytes}, tensors = {inputs, input_count},
                          attrs = {attributes, attribute_count};
    struct abi_list outputs;
    const bool done = run_operator(&text, tensors, attrs, &outputs);
    abi_free(text);
    free_tensors(tensors);
    free_attributes(attrs);
    return done ? answer(outputs) : failure();
}

ABI_EXPORT("cabi_post_" INTERFACE "list")
void operators_list_end(const struct abi_list *list) {
    (void)list;
    answer_end();
}

ABI_EXPORT("cabi_post_" INTERFACE "run")
void operators_run_end(const struct result *result) {
    (void)result;
    answer_end();
}
