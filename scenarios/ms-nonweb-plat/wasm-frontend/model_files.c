/* Opens the files that a model names, and no others: a model, or the module that reads it, may be a stranger's. */
#include "model_files.h"

#include <string.h>
#include <unistd.h>

#include "contract.h"
#include "fail.h"
#include "file.h"
#include "msw.h"

struct model_files *model_files_open(const struct guest *guest, const char *path) {
    struct model_files *files = need(sizeof *files);
    *files = (struct model_files){.files = {{.fd = -1, .place = path ? path : guest->file}}, .count = 1};
    if (path)
        files->files[0].fd = file_open(path, &files->files[0].bytes);
    files->bytes = files->files[0].bytes;
    return files;
}

void model_files_close(struct model_files *files) {
    for (uint32_t i = 0; i < files->count; i++)
        if (files->files[i].fd != -1)
            close(files->files[i].fd);
    files->count = 0;
}

const char *model_files_folder(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? text_of("%.*s", (int)(slash - path + 1), path) : "";
}

/* File k, which the module has not asked for before: the next one, by the name that the model gives it. */
static void open_next(struct model_files *files, struct guest *guest, uint32_t model) {
    const char *path = files->files[0].place;
    const char *name = contract_model_file(guest, model, files->count);
    if (!name)
        fail(EXIT_INPUT, "%s: msw_load_step wants file %u, but msw_model_file gave no name for it", guest->path,
             files->count);
    struct model_file *file = &files->files[files->count];
    file->place = text_of("%s: %s", shown(path), shown(name));
    file->fd = file_open_below(model_files_folder(path), name, file->place, &file->bytes);
    if (guest_call(guest, CALL_msw_model_file_size, model, files->count, file->bytes, 0) != MSW_OK)
        guest_fail(guest, shown(path), CALL_msw_model_file_size);
    files->bytes += file->bytes;
    files->count++;
}

uint32_t model_files_answer(struct model_files *files, struct guest *guest, uint32_t model, uint32_t request) {
    const enum guest_export from = CALL_msw_load_step;
    uint64_t offset = guest_u64(guest, request, from);
    uint32_t destination = guest_u32(guest, request + 8U, from), bytes = guest_u32(guest, request + 12U, from);
    uint32_t number = guest_u32(guest, request + 16U, from);
    if (number == files->count && number < MODEL_FILES_MAX)
        open_next(files, guest, model);
    if (number >= files->count)
        fail(EXIT_INPUT, "%s: msw_load_step wants %u bytes from byte %llu of file %u, expected a file of 0 to %u",
             guest->path, bytes, (unsigned long long)offset, number, files->count - 1);
    const struct model_file *file = &files->files[number];
    if (offset > file->bytes || bytes > file->bytes - offset)
        fail(EXIT_INPUT,
             "%s: msw_load_step wants %u bytes from byte %llu of file %u, expected a range of its %llu bytes",
             guest->path, bytes, (unsigned long long)offset, number, (unsigned long long)file->bytes);
    file_pread(file->fd, file->place, guest_bytes(guest, destination, bytes, from), bytes, offset);
    return bytes;
}
