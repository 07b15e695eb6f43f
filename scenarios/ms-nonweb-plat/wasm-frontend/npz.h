/* npz.h - numpy's .npz files: zip archives of .npy files. */
#ifndef NPZ_H
#define NPZ_H

#include "array.h"

/* The array called `name` in the archive, or the only one it has. Ends the program with exit 3 where there is neither; `most` bounds
 * its unpacked size. */
struct array npz_read(const char *path, const char *name, size_t most);

#endif
