/* weights.c - ranges are asked for in the order of the file; a packed constant passes through a stage of whole rows. */
#include "graph/weights.h"

#include <string.h>

#include "base/host.h"
#include "base/round.h"
#include "graph/check.h"
#include "kernels/half.h"

enum {
    ROWS_AT_ONCE = 8,              /* kernels pack so many together faster than one by one */
    STAGE_BYTES = 256 * 1024,      /* rows are gathered up to this, so that a request is worth a host's call */
    RANGE_BYTES = 4 * 1024 * 1024, /* at most this at once, so that a host can show progress and stop */
};

/* Bytes of a row in the file: packing counts rows of what pack reads, and 16-bit floats are widened for it. */
static size_t file_row_bytes(const struct value *value) {
    const size_t row = value->packing->row_bytes;
    return dtype_is_half(value->type.dtype) ? row / 2 : row;
}

static bool same_packing(const struct packing *x, const struct packing *y) {
    return x->pack == y->pack && memcmp(x->shape, y->shape, sizeof x->shape) == 0;
}

/* The value that holds `constant` in form `packing`: the one made last for it, or a new one. NO_VALUE: out of memory. */
static uint32_t packed_value(struct graph *graph, uint32_t constant, const struct packing *packing, uint32_t *packed_of,
                             struct error *err) {
    const uint32_t known = packed_of[constant];
    if (known != NO_VALUE && same_packing(graph->values[known].packing, packing))
        return known;
    struct packing *copy = arena_alloc(graph->arena, 1, sizeof *copy, err);
    if (!copy)
        return NO_VALUE;
    *copy = *packing;
    struct value value = graph->values[constant];
    value.packing = copy;
    packed_of[constant] = graph_add_value(graph, &value, err);
    return packed_of[constant];
}

static bool choose_forms(struct graph *graph, struct arena *arena, struct error *err) {
    const uint32_t constants = graph->value_count; /* values added here are not looked at */
    struct knowledge k;
    uint32_t *packed_of = arena_alloc(arena, constants, sizeof *packed_of, err);
    if (!packed_of || !knowledge_begin(graph, arena, arena, &k, err))
        return false;
    for (uint32_t v = 0; v < constants; v++) {
        packed_of[v] = NO_VALUE;
        if (dtype_is_half(k.types[v].dtype))
            k.types[v].dtype = MSW_FLOAT32; /* as pack will read it */
    }
    for (uint32_t n = 0; n < graph->node_count; n++) {
        struct node *node = &graph->nodes[n];
        if (!node->op->packing) /* op_late's neither: its attributes are not known */
            continue;
        const struct op_site site = site_of(graph, n, &k);
        for (uint32_t i = 0; i < node->input_count; i++) {
            struct packing packing;
            const struct value *value = &graph->values[node->inputs[i]];
            if (value->kind != VALUE_CONSTANT || value->type.dtype == MSW_FLOAT64 ||
                !node->op->packing(&site, i, &packing))
                continue;
            const uint32_t packed = packed_value(graph, node->inputs[i], &packing, packed_of, err);
            if (packed == NO_VALUE)
                return false;
            node->inputs[i] = packed;
        }
    }
    return true;
}

static bool needs_loading(const struct value *value, bool read) {
    return read && (!value->data || value->packing || value->temporary);
}

static bool is_small(const struct value *value) {
    return value->type.rank <= 1 && type_bytes(&value->type) <= WEIGHTS_SMALL_BYTES;
}

static bool is_early(const struct value *value, bool read) {
    return needs_loading(value, read) && (value->temporary || is_small(value));
}

/* One copy serves all that are one weight: it is temporary where all of them are. */
static void agree_on_temporary(struct weight_list *list) {
    for (uint32_t i = list->count; i-- > 1;)
        if (list->at[i].same)
            list->at[i - 1].value->temporary &= list->at[i].value->temporary;
    for (uint32_t i = 1; i < list->count; i++)
        if (list->at[i].same)
            list->at[i].value->temporary &= list->at[i - 1].value->temporary;
}

/* What is too much to come early is loaded with all other weights. */
static void bound_early(struct weight_list *list) {
    size_t left = WEIGHTS_EARLY_BYTES;
    uint32_t kept = 0;
    bool waits = false;
    for (uint32_t i = 0; i < list->count; i++) {
        struct value *value = list->at[i].value;
        const size_t bytes = is_small(value) ? 0 : weight_bytes(value);
        if (!list->at[i].same) {
            waits = bytes > left;
            left -= waits ? 0 : bytes;
        }
        if (waits)
            value->temporary = false;
        else
            list->at[kept++] = list->at[i];
    }
    list->count = kept;
}

bool weights_begin_early(struct weights *w, struct graph *model, struct error *err) {
    *w = (struct weights){.model = model, .early = model->temporary};
    if (!weight_list_make(model, is_early, &w->arena, &w->list, err))
        return false;
    agree_on_temporary(&w->list);
    bound_early(&w->list);
    return true;
}

static bool choose_all_forms(struct graph *model, struct error *err) {
    bool chosen = true;
    for (uint32_t i = 0; chosen && i < graph_total(model); i++) {
        struct arena arena = {0};
        chosen = choose_forms(graph_at(model, i), &arena, err);
        arena_free(&arena);
    }
    return chosen;
}

/* Known before hours of loading: not even all memory that there can be would hold them. */
static bool check_fit(const struct weight_list *list, struct error *err) {
    uint64_t sum = 0;
    for (uint32_t i = 0; i < list->count; i++)
        sum += list->at[i].same ? 0 : weight_bytes(list->at[i].value);
    return sum <= SIZE_MAX ||
           error_set(err, MSW_LIMIT, "%l bytes of weights are more than the %z bytes of memory that can be addressed",
                     (int64_t)sum, (size_t)SIZE_MAX);
}

bool weights_begin(struct weights *w, struct graph *model, struct error *err) {
    *w = (struct weights){.model = model};
    return choose_all_forms(model, err) && weight_list_make(model, needs_loading, &w->arena, &w->list, err) &&
           check_fit(&w->list, err);
}

static size_t range_bytes(const struct weights *w, const struct value *value) {
    const size_t left = type_bytes(&value->type) - w->done;
    if (!value->packing)
        return left < RANGE_BYTES ? left : RANGE_BYTES;
    const size_t row = file_row_bytes(value);
    size_t rows = row < STAGE_BYTES ? STAGE_BYTES / row : 1;
    if (ROWS_AT_ONCE * row <= RANGE_BYTES)
        rows = rows < ROWS_AT_ONCE ? ROWS_AT_ONCE : rows / ROWS_AT_ONCE * ROWS_AT_ONCE;
    return left < rows * row ? left : rows * row;
}

/* The stage grows to what the largest row needs. */
static bool reserve_stage(struct weights *w, size_t bytes, struct error *err) {
    if (bytes <= w->stage_bytes)
        return true;
    host_free(w->stage);
    w->stage = host_alloc(bytes);
    w->stage_bytes = w->stage ? bytes : 0;
    return w->stage || error_no_memory(err, bytes);
}

void weights_end(struct weights *w) {
    host_free(w->stage);
    arena_free(&w->arena);
    *w = (struct weights){0};
}

/* Bytes of stage for a range: the range, and behind it, for 16-bit floats, its rows as float32. */
static size_t stage_bytes_for(const struct value *value, size_t range) {
    return dtype_is_half(value->type.dtype) ? (size_t)round_up_16(range) + 2 * range : range;
}

/* Pack `bytes` bytes of whole rows, of which w->done came before. */
static void pack_range(struct weights *w, const struct value *value, const void *source, size_t bytes) {
    const struct packing *packing = value->packing;
    const size_t row = file_row_bytes(value);
    const void *rows = source;
    if (value->scale && bytes > 0) /* rows of the packing are rows of the first axis */
        value_scale_rows(value, w->done / row, bytes / row, (float *)(void *)w->stage);
    if (dtype_is_half(value->type.dtype)) {
        void *wide = w->stage + round_up_16(bytes);
        (value->type.dtype == MSW_FLOAT16 ? widen_float16 : widen_bfloat16)(source, wide, bytes / sizeof(uint16_t));
        rows = wide;
    }
    if (bytes > 0)
        packing->pack(packing, rows, w->done / row, bytes / row, w->data);
}

/* From the temporary arena, or wherever it was made. */
static bool move_value(struct weights *w, const struct value *value, struct error *err) {
    const unsigned char *from = value->data;
    const size_t all = type_bytes(&value->type);
    if (!value->packing) {
        memcpy(w->data, from, all);
        w->done = all;
    }
    while (w->done < all) {
        const size_t bytes = range_bytes(w, value);
        if (dtype_is_half(value->type.dtype) && !reserve_stage(w, stage_bytes_for(value, bytes), err))
            return false;
        pack_range(w, value, from + w->done, bytes);
        w->done += bytes;
    }
    return true;
}

/* What was moved goes away as soon as no constant that comes has the same data. */
static void release_source(const struct weights *w, const struct value *value, const void *source) {
    const bool again = w->next + 1 < w->list.count && w->list.at[w->next + 1].value->data == source;
    if (source && value->temporary && !w->early && !again)
        arena_release(w->model->temporary, source, type_bytes(&value->type));
}

/* Memory for the constant; one that was in memory in the file's form is packed or copied from there. */
static bool start_value(struct weights *w, struct value *value, struct error *err) {
    w->data = arena_alloc(value->temporary && w->early ? w->early : w->model->constants, 1, weight_bytes(value), err);
    w->done = 0;
    if (!w->data)
        return false;
    return !value->data || move_value(w, value, err);
}

static bool ask(struct weights *w, const struct value *value, struct msw_request *request, struct error *err) {
    w->asked = range_bytes(w, value);
    if (value->packing && !reserve_stage(w, stage_bytes_for(value, w->asked), err))
        return false;
    *request = (struct msw_request){.offset = value->offset + w->done,
                                    .destination = value->packing ? w->stage : w->data + w->done,
                                    .bytes = w->asked,
                                    .file = value->file};
    return true;
}

/* The range that was asked for has arrived. */
static void take_range(struct weights *w, const struct value *value) {
    if (value->packing)
        pack_range(w, value, w->stage, w->asked);
    w->done += w->asked;
    w->asked = 0;
}

static bool is_shared(const struct weight_list *list, uint32_t i) {
    return list->at[i].same || (i + 1 < list->count && list->at[i + 1].same);
}

static void finish_value(struct weights *w, struct value *value) {
    const void *source = value->data;
    if (value->scale && !value->packing && w->done > 0)
        value_scale_rows(value, 0, (size_t)value->type.dims[0], (float *)(void *)w->data);
    release_source(w, value, source);
    value->data = w->data;
    value->scale = NULL;
    value->temporary &= w->early != NULL;
    value->sole = value->temporary && !is_shared(&w->list, w->next);
    w->data = NULL;
}

/* The one before has what this one needs. */
static void share_value(struct weights *w, struct value *value) {
    release_source(w, value, value->data);
    value->data = w->list.at[w->next - 1].value->data;
    value->scale = NULL;
    value->temporary &= w->early != NULL;
}

enum msw_status weights_step(struct weights *w, struct msw_request *request, struct error *err) {
    for (; w->next < w->list.count; w->next++) {
        struct value *value = w->list.at[w->next].value;
        if (w->list.at[w->next].same) {
            share_value(w, value);
            continue;
        }
        if (!w->data && !start_value(w, value, err))
            return (enum msw_status)err->about.status;
        take_range(w, value);
        if (w->done < type_bytes(&value->type))
            return ask(w, value, request, err) ? MSW_MORE : (enum msw_status)err->about.status;
        finish_value(w, value);
    }
    return MSW_OK;
}

void weights_forget_temporary(struct graph *model) {
    for (uint32_t i = 0; i < graph_total(model); i++) {
        struct graph *graph = graph_at(model, i);
        graph->temporary = NULL;
        for (uint32_t v = 0; v < graph->value_count; v++)
            if (graph->values[v].temporary)
                graph->values[v].data = NULL;
    }
}
