/* mindir_composite.h - spellings of MindIR that become something else than one node with the file's operands. */
#ifndef READ_MINDIR_COMPOSITE_H
#define READ_MINDIR_COMPOSITE_H

#include "read/mindir_build.h"

#define MAKE(name) bool make_##name(struct mindir *m, const struct mindir_node *source, struct item *result)

MAKE(conv2d_ext);
MAKE(dense);
MAKE(flatten_range);
MAKE(narrow);

#endif
