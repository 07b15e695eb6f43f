/* workspace.h - memory that a kernel takes while it runs: a stack that keeps what it has grown to, so that a second run allocates nothing. */
#ifndef WORKSPACE_H
#define WORKSPACE_H

#include <stddef.h>

/* Take everything back, also from a kernel that ended in an error. Returns how many bytes it asked for in vain since the last call, or 0. */
size_t workspace_reset(void);

#endif
