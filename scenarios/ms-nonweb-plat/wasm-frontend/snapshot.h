/* snapshot.h - making a module's memory fit to be written down. */
#ifndef SNAPSHOT_H
#define SNAPSHOT_H

#include "guest.h"

/* Fill the module's free memory with zeros, which take no room in a file. What was there would be left over from loading. */
void snapshot_clear_free(struct guest *guest);

#endif
