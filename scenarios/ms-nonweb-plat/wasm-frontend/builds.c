/* Finds our own modules: by name, in the folders where make and make install put them. */
#include "builds.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <wasmtime.h>

#include "fail.h"
#include "program.h"

/* Answers that are the same on every machine are worth more to a command line than the 10 to 12 % that fused multiply-add gains in wasmtime 50
 * (MobileNetV2 22.8 ms and 20.1, EfficientNet-Lite0 28.0 and 25.2, MiniLM 103.8 and 93.8). */
#define DEFAULT BUILD_EXACT
#define TEMPLATE_NAME "ms_backend_wasm.template.wasm"
#define SERVICE_NAME "compile/http.component.wasm" /* by make components */

static const char *file_name(enum build build, bool threads) {
    if (build == BUILD_RELAXED)
        return threads ? "ms_backend_wasm-relaxed-threads.wasm" : "ms_backend_wasm-relaxed.wasm";
    return threads ? "ms_backend_wasm-threads.wasm" : "ms_backend_wasm.wasi.wasm";
}

static const char *beside_program(const char *folder, const char *name) {
    char program[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length <= 0)
        return NULL;
    program[length] = '\0';
    *strrchr(program, '/') = '\0';
    char *slash = strrchr(program, '/');
    if (slash)
        *slash = '\0';
    return text_of("%s/%s/%s", program, folder, name);
}

static const char *find_file(const char *name) {
    const char *places[] = {beside_program("wasm", name), beside_program("share/ms-backend-wasm", name),
                            text_of("/opt/ms-backend-wasm/%s", name)};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        if (places[i] && access(places[i], F_OK) == 0)
            return places[i];
    return NULL;
}

const char *builds_find(enum build build, bool threads) {
    const char *found = find_file(file_name(build == BUILD_DEFAULT ? DEFAULT : build, threads));
    return found || build != BUILD_DEFAULT ? found : find_file(file_name(BUILD_EXACT, threads));
}

static _Noreturn void fail_missing(const char *name) {
    const char *wasm = beside_program("wasm", name), *share = beside_program("share/ms-backend-wasm", name);
    fail(EXIT_INPUT, "the module %s is not in %s, %s or /opt/ms-backend-wasm, expected it there or as -c FILE", name,
         wasm ? wasm : "../wasm", share ? share : "../share/ms-backend-wasm");
}

const char *builds_need(enum build build, bool threads) {
    const char *found = builds_find(build, threads);
    if (!found)
        fail_missing(file_name(build, threads));
    return found;
}

static const char *need_file(const char *name) {
    const char *found = find_file(name);
    if (!found)
        fail_missing(name);
    return found;
}

const char *builds_need_template(void) {
    return need_file(TEMPLATE_NAME);
}

const char *builds_need_service(void) {
    return need_file(SERVICE_NAME);
}

void builds_print_version(enum build build) {
    const char *module = builds_find(build, false);
    printf(PROGRAM " %s (wasmtime %s)\nmodule: %s\n", MSW_VERSION, WASMTIME_VERSION,
           module ? shown(module) : "none found");
}
