/* post_return.c - what follows each function of models whose result has memory of the answer: it is the same for all. */
#include "models.h"

#define POST_RETURN(name, function)                                                                                    \
    ABI_EXPORT("cabi_post_" INTERFACE name)                                                                            \
    void function##_end(const void *result) {                                                                          \
        (void)result;                                                                                                  \
        answer_end();                                                                                                  \
    }

POST_RETURN("[static]model.load", model_load)
POST_RETURN("[method]model.inputs", model_inputs)
POST_RETURN("[method]model.outputs", model_outputs)
POST_RETURN("[method]model.states", model_states)
POST_RETURN("[method]model.run", model_run)
POST_RETURN("[method]model.profile", model_profile)
POST_RETURN("[method]model.prepare", model_prepare)
POST_RETURN("[method]execution.run", execution_run)
POST_RETURN("[method]execution.start", execution_start)
POST_RETURN("[method]execution.step", execution_step)
POST_RETURN("[method]execution.outputs", execution_outputs)
POST_RETURN("[method]execution.states", execution_states)
POST_RETURN("[method]execution.set-states", execution_set_states)
