/* msw.h - the public interface of ms-backend-wasm: run neural networks and single operators, natively or as one WebAssembly module.
 *
 * The functions below are also the wasm module's exports (docs/ABI.md gives their flat signatures and the structs' wasm32 layout).
 *
 *     struct msw_model *model = msw_model_open(file_bytes);
 *     struct msw_request want;
 *     while ((status = msw_load_step(model, &want)) == MSW_MORE)
 *         pread(file, want.destination, want.bytes, want.offset);      (of a model with files beside it: see msw_model_file)
 *     struct msw_run *run = msw_run_new(model, NULL);
 *     memcpy(msw_run_input(run, 0)->data, picture, msw_run_input(run, 0)->bytes);
 *     status = msw_run(run);                       then read msw_run_output(run, 0)->data
 *
 * Where a function can fail it returns NULL or a status other than MSW_OK and MSW_MORE; msw_error() then says what is wrong and where.
 * Threads: functions taking `const struct msw_model *` may be called from many threads at once; a run belongs to one thread at a time.
 * Strings are UTF-8, end in NUL, and live as long as the object that gave them. Bytes of tensors are row-major and little endian. */
#ifndef MSW_H
#define MSW_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MSW_API __attribute__((visibility("default")))
#define MSW_THREADS_API MSW_API /* in builds with threads alone */

#define MSW_ABI_VERSION 1
#define MSW_MAX_RANK 8

/* MSW_USAGE, MSW_INVALID and MSW_LIMIT have the number of the exit code that the command line gives them. */
enum msw_status {
    MSW_OK = 0,
    MSW_MORE = 1,        /* not finished: the caller has something to do and calls again */
    MSW_USAGE = 2,       /* the caller named what does not exist: an operator, an attribute, a data type it lacks */
    MSW_INVALID = 3,     /* what was given is wrong: bytes of a model, a shape, a value */
    MSW_LIMIT = 4,       /* out of memory, or a limit of this build was reached */
    MSW_UNSUPPORTED = 5, /* a well-formed model needs what this build does not have; the text names it */
    MSW_LOST = 6,        /* a thread died in the middle of a run (msw_thread_new) */
};

/* What a module can do. A host asks before it calls anything else. */
enum msw_module_kind {
    MSW_KIND_LIBRARY = 1,   /* loads models and runs single operators */
    MSW_KIND_OPERATORS = 2, /* runs single operators: msw_model_open fails */
    MSW_KIND_MODEL = 3, /* holds one model: msw_model_open(0) gives it, its files are beside the module; no operators */
};

/* Data types. The rows are in src/base/dtype.def; a host reads them through msw_dtype_at. */
enum msw_dtype {
    MSW_ANY = 0, /* not known before a run is made */
    MSW_FLOAT32 = 1,
    MSW_INT32 = 2,
    MSW_INT8 = 3,
    MSW_UINT8 = 4,
    MSW_INT64 = 5,
    MSW_BOOL = 6, /* one byte, 0 or 1 */
    MSW_FLOAT16 = 7,
    MSW_BFLOAT16 = 8, /* the upper half of a float32 */
    MSW_FLOAT64 = 9,
    MSW_INT16 = 10,
    MSW_UINT16 = 11,
    MSW_UINT32 = 12,
    MSW_UINT64 = 13,
    MSW_FLOAT8E4M3FN = 14, /* the 8-bit floats of ONNX */
    MSW_FLOAT8E4M3FNUZ = 15,
    MSW_FLOAT8E5M2 = 16,
    MSW_FLOAT8E5M2FNUZ = 17,
    MSW_FLOAT8E8M0 = 18, /* a power of two: 2^(x - 127) */
    MSW_INT4 = 19,       /* from here on: one element a byte, in its low bits; signed ones are completed by their sign */
    MSW_UINT4 = 20,
    MSW_FLOAT4E2M1 = 21,
    MSW_INT2 = 22,
    MSW_UINT2 = 23,
};

/* Data type and shape. rank 0 is a scalar. rank -1: any shape, a dim of -1: any size (only in a model, and in a run's output
 * before the run has told it: msw_run_new). */
struct msw_type {
    int32_t dtype;
    int32_t rank;
    int32_t dims[MSW_MAX_RANK];
};

/* A tensor of a model or of a run.
 *   data   its elements, 16-byte aligned; NULL in a model, and in an output whose place only the run tells (msw_run_new)
 *   bytes  size of data */
struct msw_tensor {
    const char *name;
    void *data;
    size_t bytes;
    struct msw_type type;
};

/* What went wrong last in the calling thread.
 *   status  MSW_OK before the first error
 *   node    index of the node meant (msw_model_node), or -1
 *   offset  byte of the model file, or -1
 *   text    one line without a full stop, place included, at most 511 bytes */
struct msw_error {
    int32_t status;
    int32_t node;
    int64_t offset;
    const char *text;
};

/* A row of the table of data types.
 *   name    "float32"
 *   label   the name that the 2020 command line takes: "FP32", or NULL where it had none
 *   number  'f' IEEE float, 'B' bfloat16, 'i' signed, 'u' unsigned, 'b' bool, 'n' a float of 8 or 4 bits, by its name
 *   bytes   size of an element */
struct msw_dtype_info {
    int32_t dtype;
    int32_t number;
    size_t bytes;
    const char *name;
    const char *label;
};

/* How the 2020 JSON shows the answer of an operator. */
enum msw_answer {
    MSW_ANSWER_ARRAY = 0,     /* values with their shape */
    MSW_ANSWER_NUMERIC = 1,   /* the single value, as a number */
    MSW_ANSWER_MAX_INDEX = 2, /* the output indexes the first input: for a rank-1 input and no attribute given,
                                 [value there, index]; else as MSW_ANSWER_ARRAY */
};

enum msw_attr_kind {
    MSW_ATTR_INT = 1,    /* one int64_t */
    MSW_ATTR_INTS = 2,   /* count int64_t */
    MSW_ATTR_FLOAT = 3,  /* one double */
    MSW_ATTR_FLOATS = 4, /* count doubles */
};

/* An attribute that an operator takes. */
struct msw_attr_spec {
    const char *name;
    int32_t kind;
    int32_t required; /* 0 or 1 */
};

/* An attribute given to msw_model_from_operator. values: int64_t[count] or double[count], by kind. */
struct msw_attr {
    const char *name;
    int32_t kind;
    int32_t count;
    const void *values;
};

/* A row of the operator table.
 *   dtypes      bit d is set: the first input may have data type d
 *   answer      enum msw_answer
 *   inputs_max  INT32_MAX: any number of inputs
 *   outputs     INT32_MAX: as many as its attribute "outputs" says */
struct msw_operator {
    const char *name;
    uint32_t dtypes;
    int32_t answer;
    int32_t inputs_min;
    int32_t inputs_max;
    int32_t outputs;
    int32_t attr_count;
    const struct msw_attr_spec *attrs;
};

/* Bytes that a model wants: the host copies `bytes` bytes from `offset` of file number `file` to `destination`.
 *   file  0, the model itself; 1 and more, a file beside it that holds weights (msw_model_file)
 * The range always lies inside the file, as far as its size was told. */
struct msw_request {
    uint64_t offset;
    void *destination;
    size_t bytes;
    uint32_t file;
};

/* What a loaded model is.
 *   format           "MindIR", or "operator"
 *   producer         what wrote it, for example "MindSpore 2.10.0"
 *   nodes            number of nodes, after the passes, those of functions included
 *   parameters       number of constant elements (weights)
 *   parameter_bytes  their size in the file */
struct msw_model_info {
    const char *format;
    const char *producer;
    uint64_t parameters;
    uint64_t parameter_bytes;
    int32_t nodes;
};

/* A node of a model after the passes, those of functions after those of the main graph.
 *   name    its own
 *   op      its operator's, with what a pass joined to it: "Conv2D + bias + ReLU"
 *   output  what it makes (its first output; of rank -1 where not known before a run)
 *   parts   names of the part_count nodes of the file whose work it does, its own name where no pass joined any */
struct msw_node {
    const char *name;
    const char *op;
    struct msw_type output;
    int32_t part_count;
    const char *const *parts;
};

/* What a pass did to a model while it was loaded, functions included.
 *   about    what one change of it is
 *   changes  how many it made */
struct msw_pass {
    const char *name;
    const char *about;
    int32_t changes;
    int32_t nodes_before;
    int32_t nodes_after;
};

/* Memory and work of a run.
 *   arena_bytes   one block for inputs, activations and outputs
 *   live_bytes    largest sum of tensors alive at once, what their steps need to work in included: no plan can be smaller
 *   tensor_bytes  sum of all tensors: what having no plan would take
 *   weight_bytes  constants as held in memory, shared by the runs of a model
 *   steps         how many steps msw_run makes
 * Of a run whose shapes depend on data: the sums over the pieces that are kept now. */
struct msw_plan {
    size_t arena_bytes;
    size_t live_bytes;
    size_t tensor_bytes;
    size_t weight_bytes;
    int32_t steps;
};

/* A step of a run, and what it does at least, counted from shapes whichever way a kernel does it.
 *   operations  on numbers: two for a multiply-add, one for a function such as e^x, none for moving an element
 *   bytes       of inputs, weights and outputs, each once, as the model has them
 *   node        index for msw_model_node
 *   output      its first output in this run */
struct msw_step {
    uint64_t operations;
    uint64_t bytes;
    int32_t node;
    struct msw_type output;
};

struct msw_model;
struct msw_run;

/* The version of this interface: MSW_ABI_VERSION. A host refuses a number it does not know. */
MSW_API uint32_t msw_abi_version(void);

/* enum msw_module_kind. */
MSW_API uint32_t msw_module_kind(void);

/* The last error of the calling thread, never NULL. Valid until the thread's next call. */
MSW_API const struct msw_error *msw_error(void);

/* What runs the module. */
enum msw_engine {
    MSW_ENGINE_OTHER = 0,
    MSW_ENGINE_CRANELIFT = 1, /* wasmtime and what else compiles by it */
};

/* Choose the inner loops that the engine runs fastest; results keep their bits. To be called before the first run, if at all: the default suits V8. */
MSW_API void msw_tune(uint32_t engine);

/* Do `rounds` rounds of multiply-adds that touch no memory, as fast as this build can, on as many threads as a run has: the host takes the time, and
 * knows the limit against which to read the times of a run. Returns the operations of one round, those of all threads together. */
MSW_API uint32_t msw_peak(uint32_t rounds);

/* Memory for a host that lives outside: names, attributes, shapes it passes. 16-byte aligned; NULL when there is none.
 * msw_free(NULL) does nothing. */
MSW_API void *msw_alloc(size_t bytes);
MSW_API void msw_free(void *memory);

/* Row `index` of a table, NULL past the last. Rows are constant. */
MSW_API const struct msw_dtype_info *msw_dtype_at(uint32_t index);
MSW_API const struct msw_operator *msw_operator_at(uint32_t index);

/* Begin to load a model file of `file_bytes` bytes; its kind is told from its content. NULL: out of memory.
 * The caller owns the model, also when loading fails, and ends it with msw_model_free. */
MSW_API struct msw_model *msw_model_open(uint64_t file_bytes);

/* Go on loading. Returns MSW_MORE: fill *request and call again; MSW_OK: loaded; else: failed, for good. */
MSW_API enum msw_status msw_load_step(struct msw_model *model, struct msw_request *request);

/* The name of file `file`, which holds weights of the model, as the model spells it: relative to the model's folder, its parts separated by '/', none
 * of them empty, "." or "..". Files count from 1 and are known from the first request for one; NULL for 0 and past the last.
 * A host that opens files by names must see to it that no link, symbolic or hard, leads out of the folder. */
MSW_API const char *msw_model_file(const struct msw_model *model, uint32_t file);

/* Tell how long a file is. The host calls it when the first request for the file has come, before it serves it: what is too short is refused here, with the
 * byte that is missing. */
MSW_API enum msw_status msw_model_file_size(struct msw_model *model, uint32_t file, uint64_t bytes);

/* One operator as a model: inputs of any type, named "x0", "x1" ..., outputs "z0" ...
 *   name    as in the operator table
 *   inputs  how many inputs it is given
 *   attrs   attr_count attributes; those left out take their default
 * NULL: unknown operator or attribute, wrong number of inputs. Types are checked by msw_run_new. The arguments are copied. */
MSW_API struct msw_model *msw_model_from_operator(const char *name, uint32_t inputs, const struct msw_attr *attrs,
                                                  uint32_t attr_count);

/* Frees the model; its runs must be freed before. NULL is allowed. */
MSW_API void msw_model_free(struct msw_model *model);

/* About a loaded model. The tensors' types are as the model declares them; inputs have names of their own, and so have outputs. NULL past the last. */
MSW_API const struct msw_model_info *msw_model_info(const struct msw_model *model);
MSW_API const struct msw_tensor *msw_model_input(const struct msw_model *model, uint32_t index);
MSW_API const struct msw_tensor *msw_model_output(const struct msw_model *model, uint32_t index);
MSW_API const struct msw_tensor *msw_model_state(const struct msw_model *model, uint32_t index);
MSW_API const struct msw_node *msw_model_node(const struct msw_model *model, uint32_t index);
MSW_API const struct msw_pass *msw_model_pass(const struct msw_model *model, uint32_t index);

/* Plan a run: check every shape, lay out the memory, choose the kernels.
 *   inputs  types of all inputs in the model's order, or NULL: as the model declares them
 * Where shapes depend on data, a run is planned piece by piece while it is made, and pieces are kept for the next time. Its outputs are then known when it has
 * ended: before the first run they have the types that are known, data NULL and bytes 0; the pointers that msw_run_output gives stay the same.
 * The run keeps the model's weights by reference: free it before the model. NULL: a type does not fit, or out of memory. */
MSW_API struct msw_run *msw_run_new(const struct msw_model *model, const struct msw_type *inputs);
MSW_API void msw_run_free(struct msw_run *run);

/* Input or output `index` of a run, NULL past the last. Write an input's data before each run: a run may overwrite it.
 * An output's data stays valid until the next run. */
MSW_API const struct msw_tensor *msw_run_input(const struct msw_run *run, uint32_t index);
MSW_API const struct msw_tensor *msw_run_output(const struct msw_run *run, uint32_t index);

/* State `index` of a run, NULL past the last: a parameter that the model writes to. A run owns its states: they begin as the file has them, and a
 * run that ends with MSW_OK leaves their new values there, all at once; one that fails or is given up changes none. Between runs the host may
 * read and write the data, to save a state, set it back, or carry it from one run to another of the same model. */
MSW_API const struct msw_tensor *msw_run_state(const struct msw_run *run, uint32_t index);

MSW_API const struct msw_plan *msw_run_plan(const struct msw_run *run);

/* The step that the next msw_run_some begins with; NULL where nothing is left to do. Valid as long as the run. */
MSW_API const struct msw_step *msw_run_next_step(const struct msw_run *run);

/* Run the model on the inputs written since the last run. Returns MSW_OK, or what only the data could tell. */
MSW_API enum msw_status msw_run(struct msw_run *run);

/* The next `count` steps of a run, beginning anew after MSW_OK or an error. Returns MSW_MORE while steps are left, MSW_OK after the last.
 * So a host times each step, shows progress, and stops at a deadline: the module has no clock. */
MSW_API enum msw_status msw_run_some(struct msw_run *run, uint32_t count);

/* Give up a run begun with msw_run_some: the next call begins anew. */
MSW_API void msw_run_restart(struct msw_run *run);

/* A thread that shares the loops of msw_run. The host starts it and runs msw_thread_run in it; whether and when it does changes no result.
 *   gone    the host sets it to 1, atomically, where the thread ends in any other way than by returning from msw_thread_run
 *   worker  its number, from 1
 *   stack   in a module, the end of its stack */
struct msw_thread {
    uint32_t gone;
    uint32_t worker;
    void *stack;
};

/* Room for one thread more, before the first model is loaded: later it may only take the place of one that has ended. NULL: 63 there are, or that,
 * or out of memory. Not freed. */
MSW_THREADS_API struct msw_thread *msw_thread_new(void);

/* What the thread does until msw_threads_end. In a module: in an instance of its own over the same memory. */
MSW_THREADS_API void msw_thread_run(struct msw_thread *thread);

/* Ask all threads to return, and work without them from now on. Nobody is waited for.
 * After MSW_LOST, which says that a thread took a part of the work and will not finish it: call this, make sure that all threads have ended, since
 * one that still writes would spoil the next run, write the inputs again and run again, in one thread. */
MSW_THREADS_API void msw_threads_end(void);

#ifdef __cplusplus
}
#endif

#endif
