/* wasm-frontend - runs operators and models of ms-backend-wasm inside a WebAssembly sandbox.
 *
 *     make build
 *     build/bin/wasm-frontend -o Mul -d INT32 -i scenarios/ms-nonweb-plat/config/inputs.json
 *     build/bin/wasm-frontend run test/models/digits.mindir --input x=test/models/digits_scans/3.png --top 3
 *     build/bin/wasm-frontend --help */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compile.h"
#include "fail.h"
#include "file.h"
#include "inspect.h"
#include "module.h"
#include "msw.h"
#include "operator.h"
#include "ops.h"
#include "options.h"
#include "process.h"
#include "run.h"
#include "threads.h"

/* The model itself may be a module: one that was compiled from a model, and holds it. Returns the file to load into the module, or
 * NULL where there is nothing to load. */
static const char *choose_module(const struct options *options, const char **module) {
    *module = option_text(options, FLAG_CONFIG, NULL);
    if (!options->model)
        return NULL;
    uint64_t bytes;
    uint8_t head[4] = {0};
    int fd = file_open(options->model, &bytes);
    file_pread(fd, options->model, head, bytes < sizeof head ? (size_t)bytes : sizeof head, 0);
    close(fd);
    if (memcmp(head, "\177ELF", sizeof head) == 0)
        fail(EXIT_INPUT, "%s: native code (ELF: a program, or a .cwasm, which could do anything), expected a model",
             shown(options->model));
    if (!inspect_is_wasm(head, sizeof head))
        return options->model;
    if (*module)
        fail(EXIT_USAGE, "-c given, but %s is a module itself, expected one of them", shown(options->model));
    if (options->build != BUILD_DEFAULT)
        fail(EXIT_USAGE, "--exact or --relaxed given, but %s is a module itself, expected one of them",
             shown(options->model));
    *module = options->model;
    return NULL;
}

static void check_kind(const struct guest *guest, const struct options *options, const char *file) {
    if (options->model && !file && guest->kind != MSW_KIND_MODEL)
        fail(EXIT_INPUT, "%s: a module without a model (kind %u), expected a model, or a module that holds one",
             guest->path, guest->kind);
    if (file && guest->kind == MSW_KIND_MODEL)
        fail(EXIT_INPUT, "%s: a module that holds its own model, expected one that loads %s", guest->path, shown(file));
}

int main(int argc, char **argv) {
    process_start();
    struct options options = options_parse(argc, argv);
    process_deadline(options.timeout);
    if (options.command == COMMAND_COMPILE) {
        compile_command(&options);
        finish_stdout();
        return EXIT_SUCCESS;
    }
    const char *module, *file = choose_module(&options, &module);
    const size_t threads = options.command == COMMAND_RUN ? threads_wanted(&options) : 1;
    struct guest *guest = module_open(module, options.build, options.memory_limit, threads);
    check_kind(guest, &options, file);
    if (module && option_given(&options, FLAG_THREADS) && threads > 1 && !guest->threads)
        note("%s: a module without threads, so one", guest->path);
    switch (options.command) {
    case COMMAND_OPERATOR: operator_command(guest, &options); break;
    case COMMAND_RUN: run_command(guest, &options, file); break;
    case COMMAND_INFO: info_command(guest, &options, file); break;
    case COMMAND_OPS: ops_command(guest, &options); break;
    case COMMAND_COMPILE: break; /* done */
    }
    guest_free(guest);
    finish_stdout();
    return EXIT_SUCCESS;
}
