/* answer.h - what a call gives back: its memory, which lasts until the caller has read it, and its failure. */
#ifndef ANSWER_H
#define ANSWER_H

#include "msw.h"
#include "records.h"

/* What bears names: inputs, outputs or states of a model. */
struct names {
    const struct msw_tensor *(*at)(const struct msw_model *owner, uint32_t index);
    const struct msw_model *owner;
};

/* Memory of the answer; NULL: there is none, and the call fails. */
void *answer_alloc(size_t count, size_t size);

/* The answer's tensors lie in the run, which goes with it, and its model after it, where there is one. */
void answer_keep(struct msw_run *run, struct msw_model *model);

/* The caller has read the answer. */
void answer_end(void);

/* Text that lives as long as its owner. */
struct abi_list string(const char *text);

/* Memory that outlives the answer, to be freed with msw_free. NULL: there is none, and the call fails. */
void *answer_take(size_t bytes);

/* A success with its value; and the answer of a call that failed. */
const struct result *answer(struct abi_list list);
const struct result *answer_handle(int32_t handle);
const struct result *answer_profile(const struct profile_record *profile);
const struct result *failure(void);

/* The call fails. Returns false. format knows
 *   %n  const struct abi_list *, a name, as far as 64 bytes go    %t  const struct msw_type *, as float32[2,3]
 *   %d  uint32_t                                                  %m  const struct names *, as 'x', 'y' */
bool fail(enum msw_status status, const char *format, ...);

/* The same, for what the engine has just said. model: whose node is meant, or NULL. */
bool fail_as_engine(const struct msw_model *model);

#endif
