/* Reads arrays out of .npz with minizip: stored and deflated members, checksums compared. */
#include "npz.h"

#include <minizip/unzip.h>
#include <unistd.h>

#include "fail.h"
#include "file.h"
#include "npy.h"

static unzFile open_archive(const char *path) {
    uint64_t bytes;
    close(file_open(path, &bytes)); /* refuses what is not a regular file */
    unzFile archive = keep(unzOpen64(path));
    if (!archive)
        fail(EXIT_INPUT, "%s: not a .npz file: no zip directory found, truncated?", shown(path));
    return archive;
}

static bool locate(unzFile archive, const char *name) {
    return unzLocateFile(archive, text_of("%s.npy", name), 1) == UNZ_OK;
}

/* An archive with one array needs no name. */
static void locate_only(unzFile archive, const char *path, const char *name) {
    unz_global_info64 info;
    if (unzGetGlobalInfo64(archive, &info) != UNZ_OK || info.number_entry != 1 || unzGoToFirstFile(archive) != UNZ_OK)
        fail(EXIT_INPUT, "%s: no array '%s' in it, expected one of that name, or a single one", shown(path),
             shown(name));
}

struct array npz_read(const char *path, const char *name, size_t most) {
    unzFile archive = open_archive(path);
    if (!locate(archive, name))
        locate_only(archive, path, name);
    unz_file_info64 info;
    const char *place = text_of("%s: %s", shown(path), shown(name));
    if (unzGetCurrentFileInfo64(archive, &info, NULL, 0, NULL, 0, NULL, 0) != UNZ_OK ||
        (info.compression_method != 0 && info.compression_method != 8) || (info.flag & 1))
        fail(EXIT_INPUT, "%s: damaged or packed in an unknown way, expected stored or deflated", place);
    if (info.uncompressed_size > most || info.uncompressed_size > INT32_MAX)
        fail(EXIT_LIMIT, "%s: %llu bytes unpacked, expected at most %zu", place,
             (unsigned long long)info.uncompressed_size, most < INT32_MAX ? most : INT32_MAX);
    size_t size = (size_t)info.uncompressed_size;
    uint8_t *bytes = need(size + 1);
    if (unzOpenCurrentFile(archive) != UNZ_OK || unzReadCurrentFile(archive, bytes, (unsigned)size) != (int)size ||
        unzCloseCurrentFile(archive) != UNZ_OK)
        fail(EXIT_INPUT, "%s: damaged: it does not unpack to %zu bytes with its checksum", place, size);
    unzClose(archive);
    return npy_parse(place, bytes, size);
}
