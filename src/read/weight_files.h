/* weight_files.h - the files beside a model that hold its weights: how they are called, and that they are long enough. */
#ifndef READ_WEIGHT_FILES_H
#define READ_WEIGHT_FILES_H

#include "base/arena.h"

/* MindSpore begins another file at 1 TiB, so one is what a model has. A host may keep this many open. */
enum { WEIGHT_FILES_MAX = 64 };

/*   name         as the model spells it, NUL-terminated
 *   needed       constants reach to this byte
 *   needed_by    the one that does
 *   told         the host has said how long it is */
struct weight_file {
    const char *name;
    uint64_t needed;
    const char *needed_by;
    bool told;
};

/* Number k of the interface is at[k - 1]; 0 is the model file. All zero: none. */
struct weight_files {
    struct weight_file at[WEIGHT_FILES_MAX];
    uint32_t count;
};

/* What is wrong with a path that shall lead to a file below the model's folder, whatever the folder: "an absolute path"; NULL: nothing.
 * name is NUL-terminated. */
const char *weight_file_fault(const char *name);

/* Constant `user`, of which byte `at` of the model file says so, may be in file `name`. False with err: a fault of its path. */
bool weight_file_check(const char *name, const char *user, uint64_t at, struct error *err);

/* Note that constant `user` has the bytes up to `end` of file `name`. Both strings stay as long as `files`. Returns the file's number; 0 with err:
 * there are too many. */
uint32_t weight_files_add(struct weight_files *files, const char *name, uint64_t end, const char *user,
                          struct error *err);

/* File `number` is `bytes` bytes long. False with err: there is no such file, or its constants need more. */
bool weight_files_tell(struct weight_files *files, uint32_t number, uint64_t bytes, struct error *err);

#endif
