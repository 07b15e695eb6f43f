/* tensors.h - tensors and their types between wit/ and msw.h, with the checks that keep what does not fit from the engine. */
#ifndef TENSORS_H
#define TENSORS_H

#include "answer.h"

/* The type that input `name` is given; fails where msw.h has no such type. */
bool read_type(const struct abi_list *name, uint8_t dtype, struct abi_list shape, struct msw_type *type);

/* Fails where `data` is not what a tensor of this type holds. */
bool check_data(const struct abi_list *name, const struct msw_type *type, struct abi_list data);

/* Same dtype and shape. */
bool same_type(const struct msw_type *x, const struct msw_type *y);

/* The sizes stay where they are in `type`. */
struct abi_list write_shape(const struct msw_type *type);
struct tensor_record write_tensor(const struct msw_tensor *tensor);

/* Where each of `names` is in a list of records that begin with a name, of `size` bytes each; -1 where `all` may be left out and it is. NULL: the call
 * failed, as one is unknown, twice there or missing. what: "input", "state". The result is of the answer's memory. */
const int64_t *find_names(const char *what, const struct names *names, struct abi_list given, size_t size, bool all);

/* Free the lists that came as parameters. */
void free_tensors(struct abi_list tensors);
void free_named_tensors(struct abi_list tensors);

#endif
