/* load.c - head, outline, structure, graph, heads of other files, weights. */
#include "read/load.h"

#include "base/host.h"
#include "graph/bind_arguments.h"
#include "graph/check.h"
#include "read/unique_names.h"

enum { HEAD_BYTES = 64 };

void load_begin(struct load *load, struct graph *graph, uint64_t file_bytes) {
    *load = (struct load){.stage = LOAD_HEAD, .graph = graph, .file_bytes = file_bytes};
}

void load_end(struct load *load) {
    host_free(load->window);
    load->window = NULL;
    arena_free(&load->structure);
    weights_end(&load->weights);
    arena_free(&load->temporary);
}

static size_t head_bytes(const struct load *load) {
    return load->file_bytes < HEAD_BYTES ? (size_t)load->file_bytes : HEAD_BYTES;
}

/* The first bytes, which tell the format. */
static enum msw_status step_head(struct load *load, struct msw_request *request, struct error *err) {
    if (!load->window) {
        load->window = host_alloc(OUTLINE_WINDOW_BYTES);
        if (!load->window)
            return error_no_memory(err, OUTLINE_WINDOW_BYTES), MSW_LIMIT;
        *request = (struct msw_request){.destination = load->window, .bytes = head_bytes(load)};
        if (request->bytes > 0)
            return MSW_MORE;
    }
    load->reader = reader_for(load->window, head_bytes(load), err);
    if (!load->reader)
        return MSW_INVALID;
    outline_begin(&load->outline, load->reader->outline_schema, load->file_bytes, load->window, &load->structure);
    load->stage = LOAD_OUTLINE;
    return MSW_OK;
}

static enum msw_status step_outline(struct load *load, struct msw_request *request, struct error *err) {
    const struct outline *o = &load->outline;
    const enum msw_status status = outline_step(&load->outline, err);
    if (status == MSW_MORE)
        *request = (struct msw_request){.offset = o->window_at, .destination = o->window, .bytes = o->window_bytes};
    if (status == MSW_OK)
        load->stage = LOAD_STRUCTURE;
    return status;
}

static bool build_graph(struct load *load, struct error *err) {
    if (!load->reader->build(&load->outline.doc, load->graph, &load->files, &load->producer, err))
        return false;
    if (!unique_names(load->graph, err) || !bind_arguments(load->graph, err))
        return false;
    for (uint32_t i = 0; i < graph_total(load->graph); i++) {
        struct graph *graph = graph_at(load->graph, i);
        graph->temporary = &load->temporary;
        if (!graph_check_declared(graph, err) || !constants_want(graph, err))
            return false;
    }
    return weights_begin_early(&load->weights, load->graph, err);
}

static bool run_passes(struct load *load, struct error *err) {
    return graph_run_passes(load->graph, load->passes, err) && weights_begin(&load->weights, load->graph, err);
}

/* Every segment of the structure, then the graph. */
static enum msw_status step_structure(struct load *load, struct msw_request *request, struct error *err) {
    const struct document *doc = &load->outline.doc;
    if (load->segment < doc->segment_count) {
        struct segment *s = &doc->segments[load->segment++];
        unsigned char *data = arena_alloc(&load->structure, 1, s->bytes, err);
        if (!data)
            return (enum msw_status)err->about.status;
        s->data = data;
        *request = (struct msw_request){.offset = s->offset, .destination = data, .bytes = s->bytes};
        return MSW_MORE;
    }
    if (!build_graph(load, err))
        return (enum msw_status)err->about.status;
    arena_free(&load->structure);
    load->stage = LOAD_FILES;
    return MSW_OK;
}

/* The head of each file of weights: the first range of it, for which the host opens it and tells its size. */
static enum msw_status step_files(struct load *load, struct msw_request *request, struct error *err) {
    if (load->file > 0) {
        const struct weight_file *file = &load->files.at[load->file - 1];
        if (!file->told) {
            error_set(err, MSW_USAGE, "the size of '%s' was not told (msw_model_file_size)", file->name);
            return MSW_USAGE;
        }
        if (!load->reader->check_head(load->window, file, err))
            return (enum msw_status)err->about.status;
    }
    if (load->file == load->files.count) {
        load->stage = LOAD_EARLY;
        return MSW_OK;
    }
    *request =
        (struct msw_request){.destination = load->window, .bytes = load->reader->head_bytes, .file = ++load->file};
    return MSW_MORE;
}

/* What the passes may compute with, then the passes. */
static enum msw_status step_early(struct load *load, struct msw_request *request, struct error *err) {
    const enum msw_status status = weights_step(&load->weights, request, err);
    if (status != MSW_OK)
        return status;
    weights_end(&load->weights);
    load->stage = LOAD_WEIGHTS;
    return run_passes(load, err) ? MSW_OK : (enum msw_status)err->about.status;
}

static enum msw_status step_weights(struct load *load, struct msw_request *request, struct error *err) {
    const enum msw_status status = weights_step(&load->weights, request, err);
    if (status == MSW_OK) {
        weights_forget_temporary(load->graph);
        load->stage = LOAD_DONE;
    }
    return status;
}

enum msw_status load_step(struct load *load, struct msw_request *request, struct error *err) {
    static enum msw_status (*const steps[])(struct load *, struct msw_request *, struct error *) = {
        [LOAD_HEAD] = step_head,   [LOAD_OUTLINE] = step_outline, [LOAD_STRUCTURE] = step_structure,
        [LOAD_FILES] = step_files, [LOAD_EARLY] = step_early,     [LOAD_WEIGHTS] = step_weights,
    };
    enum msw_status status = MSW_OK;
    if (load->stage == LOAD_FAILED)
        return error_set(err, MSW_INVALID, "the model failed to load before"), MSW_INVALID;
    while (status == MSW_OK && load->stage != LOAD_DONE)
        status = steps[load->stage](load, request, err);
    if (status == MSW_MORE)
        return status;
    if (status != MSW_OK)
        load->stage = LOAD_FAILED;
    load_end(load);
    return status;
}
