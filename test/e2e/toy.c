/* toy.c - the smallest modules that keep the contract, one of each kind (KIND 1, 2, 3), to test hosts without the engine.
 *
 *     clang-22 --no-wasm-opt --target=wasm32 -DKIND=1 -O1 -ffreestanding -nostdlib -Iinclude -Wl,--no-entry,... toy.c
 *
 * Operators: Plus (x + y), First (index of the first largest), Count (equal elements), in float32 and int32; Plus in int8 too; Trap.
 * The library's model file is one float32 after the word "TOYMODEL": it multiplies an input of shape [1, 2] by it. Kind 3 holds that model
 * with the factor 3, or where BESIDE is a name, has these 12 bytes in a file of that name beside it. */
#include "msw.h"

#ifndef BESIDE
#define BESIDE 0
#endif

#define ITEMS(a) (sizeof(a) / sizeof(a)[0])
#define MAX_ELEMENTS 256

static struct msw_error last;
static _Alignas(16) unsigned char heap[1 << 16];
static size_t used;

static const struct msw_dtype_info dtypes[] = {{MSW_FLOAT32, 'f', 4, "float32", "FP32"},
                                               {MSW_INT32, 'i', 4, "int32", "INT32"},
                                               {MSW_INT8, 'i', 1, "int8", "INT8"},
                                               {MSW_INT64, 'i', 8, "int64", 0}};

enum { PLUS, FIRST, COUNT, TRAP, SCALE };

static const struct msw_attr_spec first_attrs[] = {{"axis", MSW_ATTR_INT, 0}};
#define NUMBERS (1U << MSW_FLOAT32 | 1U << MSW_INT32)

static const struct msw_operator operators[] = {
    {"Plus", NUMBERS | 1U << MSW_INT8, MSW_ANSWER_ARRAY, 2, 2, 1, 0, 0},
    {"First", NUMBERS | 1U << MSW_INT8, MSW_ANSWER_MAX_INDEX, 1, 1, 1, 1, first_attrs},
    {"Count", NUMBERS, MSW_ANSWER_NUMERIC, 2, 2, 1, 0, 0},
    {"Trap", NUMBERS, MSW_ANSWER_ARRAY, 1, 1, 1, 0, 0},
};

struct msw_model {
    int what, inputs;
    int requested;
    char word[8];
    float factor;
    uint64_t bytes;
    struct msw_tensor input, output;
};

struct msw_run {
    const struct msw_model *model;
    struct msw_tensor inputs[2], output;
    struct msw_plan plan;
    struct msw_step step;
};

static struct msw_model model;
static struct msw_run run;
static _Alignas(16) unsigned char inputs[2][8 * MAX_ELEMENTS], output[8 * MAX_ELEMENTS];

static void *refuse(int status, const char *text) {
    last = (struct msw_error){.status = status, .node = -1, .offset = -1, .text = text};
    return 0;
}

static int same(const char *a, const char *b) {
    while (*a && *a == *b)
        a++, b++;
    return *a == *b;
}

static size_t item(int dtype) {
    for (size_t i = 0; i < ITEMS(dtypes); i++)
        if (dtypes[i].dtype == dtype)
            return dtypes[i].bytes;
    return 0;
}

static size_t count(const struct msw_type *type) {
    size_t n = 1;
    for (int i = 0; i < type->rank; i++)
        n *= (size_t)type->dims[i];
    return n;
}

uint32_t msw_abi_version(void) {
    return MSW_ABI_VERSION;
}
uint32_t msw_module_kind(void) {
    return KIND;
}
const struct msw_error *msw_error(void) {
    return &last;
}

uint32_t msw_peak(uint32_t rounds) {
    static volatile float sink;
    for (; rounds > 0; rounds--)
        sink = sink * 0.5F + 1;
    return 2;
}

void *msw_alloc(size_t bytes) {
    size_t at = (used + 15) & ~(size_t)15;
    if (bytes > sizeof heap - at)
        return 0;
    used = at + bytes;
    return heap + at;
}

void msw_tune(uint32_t engine) {
    (void)engine;
}

void msw_free(void *memory) {
    (void)memory;
}
const struct msw_dtype_info *msw_dtype_at(uint32_t i) {
    return i < ITEMS(dtypes) ? &dtypes[i] : 0;
}
const struct msw_operator *msw_operator_at(uint32_t i) {
    return KIND != 3 && i < ITEMS(operators) ? &operators[i] : 0;
}

static struct msw_type pair(void) {
    return (struct msw_type){MSW_FLOAT32, 2, {1, 2}};
}

struct msw_model *msw_model_open(uint64_t file_bytes) {
    if (KIND == 2)
        return refuse(MSW_UNSUPPORTED, "this module holds operators only");
    model = (struct msw_model){.what = SCALE, .inputs = 1, .factor = 3, .bytes = file_bytes};
    model.input = (struct msw_tensor){.name = "x", .type = pair()};
    model.output = (struct msw_tensor){.name = "scaled/z", .type = pair()};
    return &model;
}

enum msw_status msw_load_step(struct msw_model *m, struct msw_request *request) {
    if (KIND == 3 && !BESIDE)
        return MSW_OK;
    if (KIND != 3 && m->bytes != 12)
        return refuse(MSW_INVALID, "byte 0: not a toy model"), MSW_INVALID;
    void *to[] = {m->word, &m->factor};
    static const struct {
        uint32_t offset, bytes;
    } want[] = {{0, 8}, {8, 4}};
    if (m->requested < 2) {
        *request =
            (struct msw_request){want[m->requested].offset, to[m->requested], want[m->requested].bytes, KIND == 3};
        m->requested++;
        return MSW_MORE;
    }
    for (int i = 0; i < 8; i++)
        if (m->word[i] != "TOYMODEL"[i])
            return refuse(MSW_INVALID, "byte 0: not a toy model"), MSW_INVALID;
    return MSW_OK;
}

const char *msw_model_file(const struct msw_model *m, uint32_t file) {
    return m->requested > 0 && file == 1 ? BESIDE : (const char *)0;
}
enum msw_status msw_model_file_size(struct msw_model *m, uint32_t file, uint64_t bytes) {
    (void)m;
    if (!BESIDE || file != 1)
        return refuse(MSW_USAGE, "a toy has no such file"), MSW_USAGE;
    return bytes == 12 ? MSW_OK : (refuse(MSW_INVALID, "the file beside the toy: expected 12 bytes"), MSW_INVALID);
}

struct msw_model *msw_model_from_operator(const char *name, uint32_t n, const struct msw_attr *attrs,
                                          uint32_t attr_count) {
    (void)attrs, (void)attr_count;
    for (int i = 0; KIND != 3 && i < (int)ITEMS(operators); i++)
        if (same(operators[i].name, name)) {
            model = (struct msw_model){.what = i, .inputs = (int)n};
            model.input = model.output = (struct msw_tensor){.name = "x", .type = {.rank = -1}};
            return &model;
        }
    return refuse(MSW_USAGE, "unknown operator");
}

void msw_model_free(struct msw_model *m) {
    (void)m;
}

const struct msw_model_info *msw_model_info(const struct msw_model *m) {
    (void)m;
    static const struct msw_model_info info = {"toy", "test/e2e/toy.c", 1, 4, 1};
    return &info;
}

const struct msw_tensor *msw_model_input(const struct msw_model *m, uint32_t i) {
    return (int)i < m->inputs ? &m->input : 0;
}
const struct msw_tensor *msw_model_output(const struct msw_model *m, uint32_t i) {
    return i == 0 ? &m->output : 0;
}

const struct msw_tensor *msw_model_state(const struct msw_model *m, uint32_t i) {
    return (void)m, (void)i, (const struct msw_tensor *)0;
}
const struct msw_node *msw_model_node(const struct msw_model *m, uint32_t i) {
    (void)m;
    static const char *const parts[] = {"scale0", "scale1"};
    static const struct msw_node node = {"scale0", "Scale", {MSW_FLOAT32, -1, {0}}, 2, parts};
    return i == 0 ? &node : 0;
}

const struct msw_pass *msw_model_pass(const struct msw_model *m, uint32_t i) {
    (void)m;
    static const struct msw_pass pass = {"drop", "a node goes away", 2, 3, 1};
    return i == 0 ? &pass : 0;
}

struct msw_run *msw_run_new(const struct msw_model *m, const struct msw_type *types) {
    struct msw_type declared = pair();
    if (!types)
        types = &declared;
    for (int i = 0; i < m->inputs; i++) {
        if (count(&types[i]) > MAX_ELEMENTS || count(&types[i]) != count(&types[0]))
            return refuse(MSW_INVALID, "Toy: the inputs' shapes differ");
        run.inputs[i] = (struct msw_tensor){"x", inputs[i], count(&types[i]) * item(types[i].dtype), types[i]};
    }
    struct msw_type type = types[0];
    if (m->what == FIRST || m->what == COUNT)
        type = (struct msw_type){.dtype = MSW_INT32};
    run.model = m;
    run.output = (struct msw_tensor){"scaled/z", output, count(&type) * item(type.dtype), type};
    run.plan = (struct msw_plan){64, 32, 64, 4, 1};
    run.step = (struct msw_step){count(&types[0]), run.inputs[0].bytes + run.output.bytes, 0, type};
    return &run;
}

void msw_run_free(struct msw_run *r) {
    (void)r;
}
const struct msw_tensor *msw_run_input(const struct msw_run *r, uint32_t i) {
    return (int)i < r->model->inputs ? &r->inputs[i] : 0;
}
const struct msw_tensor *msw_run_output(const struct msw_run *r, uint32_t i) {
    return i == 0 ? &r->output : 0;
}
const struct msw_tensor *msw_run_state(const struct msw_run *r, uint32_t i) {
    return (void)r, (void)i, (const struct msw_tensor *)0;
}
const struct msw_plan *msw_run_plan(const struct msw_run *r) {
    return &r->plan;
}
const struct msw_step *msw_run_next_step(const struct msw_run *r) {
    return &r->step;
}

static double get(int dtype, const void *from, size_t i) {
    return dtype == MSW_FLOAT32 ? (double)((const float *)from)[i]
           : dtype == MSW_INT32 ? ((const int32_t *)from)[i]
                                : ((const int8_t *)from)[i];
}

static void put(int dtype, void *to, size_t i, double value) {
    if (dtype == MSW_FLOAT32)
        ((float *)to)[i] = (float)value;
    else if (dtype == MSW_INT32)
        ((int32_t *)to)[i] = (int32_t)value;
    else
        ((int8_t *)to)[i] = (int8_t)(int32_t)value;
}

enum msw_status msw_run(struct msw_run *r) {
    int dtype = r->inputs[0].type.dtype;
    size_t n = count(&r->inputs[0].type), best = 0, equal = 0;
    if (r->model->what == TRAP)
        __builtin_trap();
    for (size_t i = 0; i < n; i++) {
        double x = get(dtype, inputs[0], i), y = get(dtype, inputs[1], i);
        if (x > get(dtype, inputs[0], best))
            best = i;
        equal += x == y;
        if (r->model->what == PLUS)
            put(dtype, output, i, x + y);
        if (r->model->what == SCALE)
            put(dtype, output, i, x * (double)r->model->factor);
    }
    if (r->model->what == FIRST || r->model->what == COUNT)
        put(MSW_INT32, output, 0, (double)(r->model->what == FIRST ? best : equal));
    return MSW_OK;
}

enum msw_status msw_run_some(struct msw_run *r, uint32_t n) {
    return (void)n, msw_run(r);
}
void msw_run_restart(struct msw_run *r) {
    (void)r;
}
