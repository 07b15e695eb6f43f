/* cache_folder.h - the folder of compiled code, and what of it may be trusted. */
#ifndef CACHE_FOLDER_H
#define CACHE_FOLDER_H

#include <sys/stat.h>

/* Path of a file in our folder, which is made if absent; NULL where there is none that can be trusted. */
const char *cache_folder_path(const char *name);

/* Open a file in it for reading: -1 where there is none, or it is not ours alone to write. */
int cache_folder_open(const char *path, struct stat *status);

/* Room for the newest: the oldest go. */
void cache_folder_trim(void);

#endif
