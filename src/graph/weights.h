/* weights.h - bringing a model's constants into memory, each once, in the form that its kernels read. */
#ifndef GRAPH_WEIGHTS_H
#define GRAPH_WEIGHTS_H

#include "graph/weight_list.h"

/* Progress of the load. */
struct weights {
    struct graph *model;
    struct arena arena;  /* for the list */
    struct arena *early; /* for temporary constants, while those are loaded that the passes need; else NULL */
    struct weight_list list;
    unsigned char *stage; /* rows of a constant on their way to its packed form */
    size_t stage_bytes;
    uint32_t next;       /* the constant that is being loaded */
    unsigned char *data; /* its memory, NULL before the first range */
    size_t done;         /* bytes of the file's form that are in */
    size_t asked;        /* bytes of the range that is being waited for */
};

/* Vectors of at most this many bytes come before the passes, which may compute with them: biases, scales, statistics. So do temporary constants, into
 * the temporary arena, as long as the larger ones come to no more than WEIGHTS_EARLY_BYTES: they are in memory until the last of them has come. */
enum { WEIGHTS_SMALL_BYTES = 64 * 1024, WEIGHTS_EARLY_BYTES = 512 * 1024 * 1024 };

/* Begin with these constants of a model's graphs alone, as they are in the file. */
bool weights_begin_early(struct weights *weights, struct graph *model, struct error *err);

/* Find out what must be loaded and in which form: a constant that several nodes want packed in one way is packed once. False with err: also where it is
 * more than memory can ever hold. */
bool weights_begin(struct weights *weights, struct graph *model, struct error *err);

/* Go on. MSW_MORE: fill *request and call again; MSW_OK: all constants that anything reads are in memory; else err is set. */
enum msw_status weights_step(struct weights *weights, struct msw_request *request, struct error *err);

/* All weights are in memory: no value points into the temporary arena any more, which may be freed. */
void weights_forget_temporary(struct graph *model);

/* Give back what the load itself needed. Call it once, finished or not; an all-zero struct is allowed. */
void weights_end(struct weights *weights);

#endif
