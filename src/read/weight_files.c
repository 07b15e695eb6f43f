/* weight_files.c - a list short enough to be searched from its start, and the rule for names. */
#include "read/weight_files.h"

#include <string.h>

static bool part_is(const char *part, size_t length, const char *word) {
    return length == strlen(word) && memcmp(part, word, length) == 0;
}

static size_t part_length(const char *part) {
    size_t length = 0;
    while (part[length] && part[length] != '/')
        length++;
    return length;
}

const char *weight_file_fault(const char *name) {
    if (name[0] == '\0')
        return "no name";
    if (name[0] == '/')
        return "an absolute path";
    for (const char *at = name; *at; at++)
        if (*at == '\\')
            return "a path with a backslash";
    for (const char *part = name;; part++) {
        const size_t length = part_length(part);
        if (length == 0)
            return "a path with an empty part";
        if (part_is(part, length, ".") || part_is(part, length, ".."))
            return "a path with a part of dots";
        part += length;
        if (*part == '\0')
            return NULL;
    }
}

bool weight_file_check(const char *name, const char *user, uint64_t at, struct error *err) {
    const char *fault = weight_file_fault(name);
    return !fault ||
           error_set_at_byte(err, MSW_INVALID, (int64_t)at,
                             "constant '%s' is in '%s', %s, expected a path to a file below the model's folder", user,
                             name, fault);
}

uint32_t weight_files_add(struct weight_files *files, const char *name, uint64_t end, const char *user,
                          struct error *err) {
    uint32_t i = 0;
    while (i < files->count && strcmp(files->at[i].name, name) != 0)
        i++;
    if (i == WEIGHT_FILES_MAX) {
        error_set(err, MSW_LIMIT, "constant '%s' is in '%s', after %d other files", user, name,
                  (int32_t)WEIGHT_FILES_MAX);
        return 0;
    }
    if (i == files->count)
        files->at[files->count++] = (struct weight_file){.name = name};
    struct weight_file *file = &files->at[i];
    if (end > file->needed) {
        file->needed = end;
        file->needed_by = user;
    }
    return i + 1;
}

bool weight_files_tell(struct weight_files *files, uint32_t number, uint64_t bytes, struct error *err) {
    if (number == 0 || number > files->count)
        return error_set(err, MSW_USAGE, "there is no file %l of weights, only %l", (int64_t)number,
                         (int64_t)files->count);
    struct weight_file *file = &files->at[number - 1];
    if (bytes < file->needed)
        return error_set(err, MSW_INVALID, "'%s' ends at byte %l, but constant '%s' reaches to byte %l", file->name,
                         (int64_t)bytes, file->needed_by, (int64_t)file->needed);
    file->told = true;
    return true;
}
