/* load.h - from a file that only its host can see to a graph that is ready to plan: a machine that stops whenever it needs bytes. */
#ifndef READ_LOAD_H
#define READ_LOAD_H

#include "graph/passes.h"
#include "graph/weights.h"
#include "read/reader.h"

enum load_stage {
    LOAD_HEAD,
    LOAD_OUTLINE,
    LOAD_STRUCTURE,
    LOAD_FILES,
    LOAD_EARLY,
    LOAD_WEIGHTS,
    LOAD_DONE,
    LOAD_FAILED
};

struct load {
    enum load_stage stage;
    struct graph *graph;
    struct arena structure; /* the file's messages: freed when the graph is built */
    unsigned char *window;
    uint64_t file_bytes;
    const struct reader *reader;
    struct outline outline;
    struct weight_files files;
    uint32_t file; /* the one whose head is to be fetched, or is being waited for; the model's own comes before all */
    uint32_t segment; /* the next to fetch */
    struct weights weights;
    struct arena temporary; /* of the graphs */
    const char *producer;
    struct pass_report passes[PASS_COUNT];
};

/* Begin to load a file of `file_bytes` bytes into an empty graph, which must outlive the load. */
void load_begin(struct load *load, struct graph *graph, uint64_t file_bytes);

/* Go on, as msw_load_step. After MSW_OK the graph is checked, rewritten by the passes, and its weights are in memory. */
enum msw_status load_step(struct load *load, struct msw_request *request, struct error *err);

/* Give back what only the load needed. */
void load_end(struct load *load);

#endif
