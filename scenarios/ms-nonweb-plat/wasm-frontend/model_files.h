/* model_files.h - the files that a model is made of: its own, and those beside it that hold weights. */
#ifndef MODEL_FILES_H
#define MODEL_FILES_H

#include "guest.h"

#define MODEL_FILES_MAX 65

/* Number 0 is the model file, empty where the module holds its model; the others are opened as the module asks for them.
 *   place  how messages name it */
struct model_file {
    int fd;
    uint64_t bytes;
    const char *place;
};

struct model_files {
    struct model_file files[MODEL_FILES_MAX];
    uint32_t count;
    uint64_t bytes; /* of all */
};

/* Open a model file. NULL: the module holds its model, and files of weights are beside the module. */
struct model_files *model_files_open(const struct guest *guest, const char *path);
void model_files_close(struct model_files *files);

/* The folder that a model lies in, with its slash: "" for the current one. */
const char *model_files_folder(const char *path);

/* Copy the range that the struct msw_request at `request` wants into the module. Ends the program where that cannot be. Returns its size. */
uint32_t model_files_answer(struct model_files *files, struct guest *guest, uint32_t model, uint32_t request);

#endif
