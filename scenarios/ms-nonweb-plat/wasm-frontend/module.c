/* Brings a module from its file into the sandbox. */
#include "module.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cache.h"
#include "fail.h"
#include "file.h"
#include "inspect.h"
#include "progress.h"

#define MODULE_NAME "ms_backend_wasm.wasi.wasm"

static const char *beside_program(const char *folder) {
    char program[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length <= 0)
        return NULL;
    program[length] = '\0';
    *strrchr(program, '/') = '\0';
    char *slash = strrchr(program, '/');
    if (slash)
        *slash = '\0';
    return text_of("%s/%s/%s", program, folder, MODULE_NAME);
}

/* Where our own module lies; ends the program if it is in none of the places. */
static const char *find_ours(void) {
    const char *places[] = {beside_program("wasm"), beside_program("share/ms-backend-wasm"),
                            "/opt/ms-backend-wasm/" MODULE_NAME};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        if (places[i] && access(places[i], F_OK) == 0)
            return places[i];
    fail(EXIT_INPUT, "the module %s is not in %s, %s or /opt/ms-backend-wasm, expected it there or as -c FILE",
         MODULE_NAME, places[0] ? places[0] : "../wasm", places[1] ? places[1] : "../share/ms-backend-wasm");
}

/* Only what our modules are compiled with; fewer features are less to trust. */
static wasm_engine_t *new_engine(bool stranger) {
    wasm_config_t *config = wasm_config_new();
    wasmtime_config_wasm_threads_set(config, false);
    wasmtime_config_wasm_memory64_set(config, false);
    wasmtime_config_wasm_multi_memory_set(config, false);
    wasmtime_config_wasm_component_model_set(config, false);
    wasmtime_config_native_unwind_info_set(config, false); /* for debuggers only, and costs start-up time */
    wasmtime_config_epoch_interruption_set(config, stranger);
    return wasm_engine_new_with_config(config);
}

static wasmtime_module_t *compile(wasm_engine_t *engine, const char *path, const uint8_t *wasm, size_t bytes,
                                  bool stranger) {
    wasmtime_module_t *module = cache_load(engine, wasm, bytes, stranger);
    if (module)
        return module;
    wasmtime_error_t *error = wasmtime_module_new(engine, wasm, bytes, &module);
    if (error)
        fail(EXIT_INPUT, "%s: not a module that can be compiled: %s", shown(path), guest_wasmtime_text(error));
    cache_store(module, wasm, bytes, stranger);
    return module;
}

struct guest *module_open(const char *path, uint64_t memory_limit) {
    bool stranger = path != NULL;
    double started = progress_clock();
    if (!path)
        path = find_ours();
    size_t bytes;
    const uint8_t *wasm = file_read(path, (size_t)memory_limit, &bytes);
    inspect_binary(shown(path), wasm, bytes);
    wasm_engine_t *engine = new_engine(stranger);
    wasmtime_module_t *module = compile(engine, path, wasm, bytes, stranger);
    inspect_interface(shown(path), module, memory_limit);
    struct guest *guest = guest_new(shown(path), engine, module, memory_limit, stranger);
    wasmtime_module_delete(module);
    guest->open_ms = progress_clock() - started;
    return guest;
}
