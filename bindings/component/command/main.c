/* ms_backend.wasi-command - the commands run, info and ops as a WASI program, which any WASI runtime runs on any machine.
 *
 *     make components
 *     wasmtime run --dir . build/wasm/ms_backend.wasi-command.wasm info test/models/digits.mindir */
#include <stdlib.h>

#include "fail.h"
#include "module.h"
#include "ops.h"
#include "options.h"
#include "process.h"
#include "run.h"

int main(int argc, char **argv) {
    process_start();
    struct options options = options_parse(argc, argv);
    process_deadline(options.timeout);
    struct guest *guest = module_open(NULL, options.build, options.memory_limit, 1);
    switch (options.command) {
    case COMMAND_RUN: run_command(guest, &options, options.model); break;
    case COMMAND_INFO: info_command(guest, &options, options.model); break;
    case COMMAND_OPS: ops_command(guest, &options); break;
    case COMMAND_OPERATOR:
    case COMMAND_COMPILE: break; /* options_parse lets none through */
    }
    guest_free(guest);
    finish_stdout();
    return EXIT_SUCCESS;
}
