/* session.h - loading and running with a module: the same steps for a model file and for a single operator. */
#ifndef SESSION_H
#define SESSION_H

#include "contract.h"

/* Load the model at `path` into the module, range by range; NULL: the model that the module holds. */
uint32_t session_load(struct guest *guest, const char *path);

/* Plan a run for the types of these arrays, the model's declared types where `inputs` is NULL. */
uint32_t session_plan(struct guest *guest, const char *place, uint32_t model, const struct array *inputs, size_t count);

/* Copy the arrays into the run's inputs, which have their types. */
void session_write(struct guest *guest, const struct tensor_list *inputs, const struct array *arrays);

/* End the program unless the status of a run's last step is MSW_OK. */
void session_check(struct guest *guest, const char *place, uint32_t status);

/* Write the inputs and run all steps, one at a time so that the deadline is checked between them. Returns the milliseconds of the steps.
 * Where a thread of the module dies in the middle, all of them are ended, a note is printed, and it is done in one thread. */
double session_run(struct guest *guest, const char *place, uint32_t run, int32_t steps,
                   const struct tensor_list *inputs, const struct array *arrays);

#endif
