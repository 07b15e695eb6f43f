/* run.h - the commands about models. */
#ifndef RUN_H
#define RUN_H

#include "guest.h"
#include "options.h"

/* Run the model at `path` (NULL: the one that the module holds) on the files of --input. */
void run_command(struct guest *guest, const struct options *options, const char *path);

/* Say what the model is. */
void info_command(struct guest *guest, const struct options *options, const char *path);

#endif
