/* ops.h - the command that lists the operators of a module. */
#ifndef OPS_H
#define OPS_H

#include "guest.h"
#include "options.h"

void ops_command(struct guest *guest, const struct options *options);

#endif
