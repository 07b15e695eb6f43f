/* wasm-frontend - runs operators and models of ms-backend-wasm inside a WebAssembly sandbox.
 *
 *     make build
 *     build/bin/wasm-frontend -o Mul -d INT32 -i scenarios/ms-nonweb-plat/config/inputs.json
 *     build/bin/wasm-frontend run test/models/digits.mindir --input x=test/models/digits_scans/3.png --top 3
 *     build/bin/wasm-frontend --help */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "module.h"
#include "operator.h"
#include "options.h"
#include "process.h"

/* What was printed counts only once it is written: the disk may be full, the reader gone. */
static void finish_stdout(void) {
    if (fflush(stdout) != 0 || ferror(stdout) || fclose(stdout) != 0)
        fail(EXIT_OURS, "standard output: %s", strerror(errno));
}

int main(int argc, char **argv) {
    process_start();
    struct options options = options_parse(argc, argv);
    process_deadline(options.timeout);
    struct guest *guest = module_open(option_text(&options, FLAG_CONFIG, NULL), options.memory_limit);
    operator_command(guest, &options);
    guest_free(guest);
    finish_stdout();
    return EXIT_SUCCESS;
}
