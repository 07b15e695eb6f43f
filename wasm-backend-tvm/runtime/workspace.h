/* workspace.h - memory that a kernel takes while it runs: a stack that keeps what it has grown to, so that a second run allocates nothing. */
#ifndef WORKSPACE_H
#define WORKSPACE_H

/* Take everything back, also from a kernel that ended in an error. */
void workspace_reset(void);

#endif
