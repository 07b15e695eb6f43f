/* compile.h - a model as one module: the command `compile`. */
#ifndef COMPILE_H
#define COMPILE_H

#include "options.h"

void compile_command(const struct options *options);

#endif
