/* mindir_attributes.h - the functions that rows of mindir.def name: read_NAME sets attributes of a node from those of its primitive. */
#ifndef READ_MINDIR_ATTRIBUTES_H
#define READ_MINDIR_ATTRIBUTES_H

#include "read/mindir_build.h"

#define READ(name) bool read_##name(struct mindir *m, const struct mindir_node *source, struct node *node)

#define MINDIR(spelling, op, operands, more) READ(more);
#define STRUCTURE(spelling, make)
#include "read/mindir.def"
#undef MINDIR
#undef STRUCTURE

/* Attribute `name` of a primitive. NULL with err: it is missing. */
const struct item *need_attribute(struct mindir *m, const struct mindir_node *source, const char *name);

/* An axis counted from the front, of one that may count from the end. False: not an axis of that rank; of an unknown one, -1, nothing is. */
bool axis_from_front(int64_t value, int32_t rank, int32_t *axis);

/* Set the node's whole number `target` from attribute `name` of the primitive, which must be there. */
bool copy_int(struct mindir *m, const struct mindir_node *source, const char *name, struct node *node,
              const char *target);

#endif
