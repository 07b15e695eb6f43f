/* op.h - what an operator is: a row of ops.def, with the functions that check a use of it, pack its weights and prepare its step.
 *
 * An operator knows nothing of graphs: it sees the types of its inputs, its attributes, and those inputs that are constants. */
#ifndef OPS_OP_H
#define OPS_OP_H

#include "base/arena.h"
#include "base/type.h"

enum {
    OP_MAX_ATTRS = 8,
    OP_MANY = INT32_MAX, /* inputs_max: any number; outputs: as many as attribute "outputs" says (msw.h) */
};

/* Value of an attribute; its kind is in the row's specification. */
struct attr {
    bool given;
    int32_t count;
    union {
        const int64_t *ints;
        const double *floats;
    };
};

/* What a use of an operator with OP_FUSES does to its output besides: z = activation(z + bias + residual). The tensors are its last inputs, in
 * this order, those of `first` before them. */
struct fused {
    bool bias;                   /* float32 or 16-bit, one for each element of the last axis */
    bool residual;               /* as many elements as the output */
    const struct op *activation; /* NULL: none */
    const struct fused *first;   /* of an operator that is two in a row: what the first of them does; NULL: nothing */
};

/* A use of an operator.
 *   attrs         one for each of op->attrs, in that order
 *   inputs        their types, all static
 *   constants     their data where known before a run, else NULL; packed weights have none
 *   packed        whether the input reaches the step in the form that op->packing asked for
 *   fused         what else it does; NULL: nothing
 *   asked         by input: set by site_data where it could not give the elements; NULL: nobody wants to know
 *   outputs       types: written by check, read by prepare */
struct op_site {
    const struct op *op;
    const struct attr *attrs;
    uint32_t input_count;
    const struct msw_type *inputs;
    const void *const *constants;
    const bool *packed;
    bool *asked;
    const struct fused *fused;
    uint32_t output_count;
    struct msw_type *outputs;
};

/* One step of a plan: everything that msw_run needs for it, found before the run.
 *   verify         checks before run what only data can tell, such as an index; false with err. NULL: nothing
 *   scratch_bytes  memory that the step wants for itself while it runs */
struct step {
    bool (*verify)(const struct step *step, struct error *err);
    void (*run)(const struct step *step);
    const void *params;
    const void *const *in;
    void *const *out;
    void *scratch;
    size_t scratch_bytes;
    int32_t node;
};

/* How a constant is laid out for its kernel.
 *   bytes            of the packed form
 *   rows, row_bytes  the source as rows in file order: pack takes them in ascending ranges
 *   shape            whatever pack needs besides */
struct packing {
    void (*pack)(const struct packing *packing, const void *source, size_t first_row, size_t row_count, void *packed);
    size_t bytes;
    size_t rows, row_bytes;
    size_t shape[4];
};

/* What a use does at least.
 *   operations  on numbers, a multiply-add being two; moving an element is none
 *   bytes       that it reads and writes, each once */
struct work {
    uint64_t operations, bytes;
};

enum op_flags {
    OP_IN_PLACE = 1,           /* output 0 may lie where an input of the same size and no later use lies */
    OP_ELEMENTWISE = 2,        /* element i of output 0 depends on element i of the broadcast inputs alone */
    OP_CHANNELS_LAST = 4,      /* its images have their channels last: prepared only with attribute channels_last = 1 */
    OP_EITHER_LAYOUT = 8,      /* takes attribute channels_last = 0 or 1 */
    OP_OF_SHAPE = 16,          /* depends on the shapes of its inputs alone, not on their elements */
    OP_ALL_IMAGES = 32,        /* with OP_EITHER_LAYOUT: all inputs and outputs are images, not just the first ones */
    OP_VOLUME = 64,            /* with OP_CHANNELS_LAST: images have rank 5, [N, C, D, H, W] */
    OP_MODEL_LAYOUT_OUT = 128, /* with OP_EITHER_LAYOUT: outputs are in the model's layout all the same */
    OP_FUSES = 256,            /* can do bias, residual and activation besides (struct fused) */
};

/* A kernel of unknown signature; the operator's functions know it. */
typedef void (*op_kernel)(void);

struct op {
    struct msw_operator about; /* what hosts see */
    uint32_t
        native; /* data types of input 0 that prepare knows; the 16-bit floats of about.dtypes may go through float32 */
    /* Does this use make sense? Sets the types of the outputs, or err and returns false. */
    bool (*check)(const struct op_site *site, struct error *err);
    /* Choose kernel and parameters, from `arena`, for shapes that check has accepted. */
    bool (*prepare)(const struct op_site *site, struct step *step, struct arena *arena, struct error *err);
    /* True when constant input `input` should be packed, and how: by its own type and the attributes alone, which check may not have seen
     * yet; the types of the other inputs may be unknown. NULL: never. */
    bool (*packing)(const struct op_site *site, uint32_t input, struct packing *packing);
    /* True when output `output` is elements of input 0 in their order, from *first on, under another shape: where that holds for all outputs, there is
     * no step and no copy. *first is where the output before ended, for output 0 it is 0. NULL: never. */
    bool (*view)(const struct op_site *site, uint32_t output, size_t *first);
    /* The work of a use that check has accepted, without what is fused to it; it comes with the bytes of all inputs and outputs. */
    void (*work)(const struct op_site *site, struct work *work);
    const op_kernel *kernels; /* by data type of input 0 */
    uint32_t flags;           /* enum op_flags */
};

/* The table, and the row of a name or NULL. */
extern const struct op *const op_table[];
extern const uint32_t op_count;
const struct op *op_find(const char *name);

/* Index of an attribute in op->about.attrs, or -1. */
int32_t op_attr_index(const struct op *op, const char *name);

/* Attribute `name`, which must be one of the row's. */
const struct attr *site_attr(const struct op_site *site, const char *name);

/* Its value, or `absent` where it was not given. */
int64_t site_int(const struct op_site *site, const char *name, int64_t absent);

double site_float(const struct op_site *site, const char *name, double absent);

/* Element `index` of a list, `absent` where the list was not given. check has seen to it that the list is long enough. */
int32_t site_int_at(const struct op_site *site, const char *name, int32_t index, int32_t absent);

/* The value of axis attribute `name`, counted from the front: an axis below 0 counts from the end. False with err: not an axis of that rank. */
bool site_axis(const struct op_site *site, const char *name, int64_t absent, int32_t rank, int32_t *axis,
               struct error *err);

/* False for an optional input that was left out: past the last one, or, before one that is there, of shape [0]. */
bool site_has(const struct op_site *site, uint32_t input);

/* The elements of input `input`, of which a check or prepare needs to know more than the type. NULL with err, MSW_MORE: only a run tells them, in which the check is made again when they are there. what: the input, for
 * the message. */
const void *site_data(const struct op_site *site, uint32_t input, const char *what, struct error *err);

/* The one number that input `input` holds. False with err: it holds another count of them, or only a run tells it. */
bool site_number(const struct op_site *site, uint32_t input, const char *what, double *number, struct error *err);

/* The data type that attribute dtype names, or `absent`. False with err: it names none. */
bool site_dtype(const struct op_site *site, int32_t absent, int32_t *dtype, struct error *err);

/* Kernel for the data type of input 0. */
op_kernel site_kernel(const struct op_site *site);

/* Let the step have `bytes` of memory to work in. False with err: more than TYPE_MAX_BYTES. */
bool step_scratch(struct step *step, uint64_t bytes, struct error *err);

/* Let a packing that a step keeps say how the step packs: not at all, where the input reaches it packed. So nothing leads to functions that are not needed. */
void packing_in_step(struct packing *packing, bool packed);

/* Input `input` of a step in packed form: as it is where it reaches the step so, else packed into the beginning of the scratch, of which the step must have
 * asked for packing->bytes. */
const void *step_packed(const struct step *step, uint32_t input, bool packed, const struct packing *packing);

/* Copy parameters into the arena and hang them on the step. False with err: out of memory. */
bool step_params(struct step *step, const void *params, size_t bytes, struct arena *arena, struct error *err);

/* The step of a use that check has accepted: prepare's own, or, for 16-bit floats that the row's kernels lack, one that widens inputs to float32,
 * does prepare's step on them, and rounds outputs back. So such an operator accumulates in float32 and rounds once. */
bool step_prepare(const struct op_site *site, struct step *step, struct arena *arena, struct error *err);

/* False where the use waits for its images to have their channels last: prepare reads them in that layout alone. */
bool site_can_be_prepared(const struct op_site *site);

/* True when all outputs of a use are views of its input: output i begins at element firsts[i]. */
bool site_is_view(const struct op_site *site, size_t *firsts);

/* What the step of a use will have to do, with what is fused to it. */
struct work site_work(const struct op_site *site);

/* The functions of a row by the names that ops.def uses. */
#define OP_CHECK(name) bool check_##name(const struct op_site *site, struct error *err)
#define OP_PREPARE(name)                                                                                               \
    bool prepare_##name(const struct op_site *site, struct step *step, struct arena *arena, struct error *err)
#define OP_PACKING(name) bool packing_##name(const struct op_site *site, uint32_t input, struct packing *packing)
#define OP_WORK(name) void work_##name(const struct op_site *site, struct work *work)
#define OP_VIEW(name) bool view_##name(const struct op_site *site, uint32_t output, size_t *first)

#endif
