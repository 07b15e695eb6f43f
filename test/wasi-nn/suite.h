/* suite.h - what the cases of the suite have in common: the models of the folder that is tested, checks, and short ways to call wasi:nn. */
#ifndef SUITE_H
#define SUITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wasi_nn.h"

#define NONE UINT32_MAX /* no handle */
#define CODE(name) (1U << WASI_NN_##name)
#define ANY_CODE 0x1ffU
#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* A line of suite.txt. */
struct model {
    const char *name;
    struct abi_list bytes;
    const char *inputs[2], *outputs[2];
};

struct suite_case {
    const char *name;
    void (*run)(void);
};

/* Each part of the suite ends its table with an empty row. */
extern const struct suite_case loading_cases[], tensor_cases[], computing_cases[], ownership_cases[];

/* What suite.txt says of all models. */
extern uint32_t encoding;

/* A model by its name; NULL, and the case is skipped, where the folder has none. */
const struct model *model_of(const char *name);

/* The case fails with this text unless `good`, which is returned. */
bool check(bool good, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The call must have failed, with one of these codes if --codes is given; the error is dropped. */
bool check_error(const char *what, bool is_error, uint32_t handle, uint32_t codes);

/* A graph, or a context, or NONE and the case fails. */
uint32_t graph_of(const struct model *model);
uint32_t context_of(uint32_t graph);

/* A context alone, of a graph that is dropped. */
uint32_t context_of_model(const char *name);

/* A tensor [rows] or, for columns above 0, [rows, columns] of FP32. */
uint32_t floats(const float *values, uint32_t rows, uint32_t columns);

/* Compute with count inputs; names may be wrong on purpose. */
struct wasi_nn_computed compute(uint32_t context, uint32_t count, const char *const *names, const uint32_t *tensors);

/* The same, which must go well: its first output, the others are dropped. NONE: it did not. */
uint32_t compute_one(uint32_t context, const char *name, uint32_t tensor);

/* Drops the outputs, or the error. */
void drop_computed(const struct wasi_nn_computed *computed);

/* Has the tensor these values, as FP32 of [rows] or [rows, columns]? It is dropped. */
bool check_floats(const char *what, uint32_t tensor, const float *values, uint32_t rows, uint32_t columns);

#endif
