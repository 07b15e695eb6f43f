# The WASI program: the command line's own files over the engine in place of a sandbox, with Debian's wasi-libc.
#
#   build/wasm/ms_backend.wasi-command.wasm            preview 1, a core module
#   build/wasm/ms_backend.wasi-command.component.wasm  preview 2, the same in its adapter
set(frontend ${PROJECT_SOURCE_DIR}/scenarios/ms-nonweb-plat/wasm-frontend)
set(shared run info ops inputs npy labels top caption results times profile profile_out json_out float_text array trial
  options suggest utf8 fail file progress session contract guest model_files)
list(TRANSFORM shared PREPEND ${frontend}/)
list(TRANSFORM shared APPEND .c)
file(GLOB linked CONFIGURE_DEPENDS ${MSW_COMPONENTS}/command/*.c)

set(libc /usr/lib/wasm32-wasi)
set(builtins /usr/lib/llvm-22/lib/clang/22/lib/wasi/libclang_rt.builtins-wasm32.a)
set(wasi --target=wasm32-wasip1 -msimd128 -mbulk-memory -mnontrapping-fptoint -msign-ext -mmutable-globals)
add_library(command_objects OBJECT EXCLUDE_FROM_ALL ${shared} ${linked} src/base/host_native.c)
target_include_directories(command_objects PRIVATE ${frontend} include src)
target_compile_definitions(command_objects PRIVATE _GNU_SOURCE MSW_LINKED MSW_VERSION="${PROJECT_VERSION}")
target_compile_options(command_objects PRIVATE ${wasi} -nostdlibinc -isystem /usr/include/wasm32-wasi -ffunction-sections -fdata-sections)
target_link_libraries(command_objects PRIVATE msw_flags)

# The engine's memory is malloc's here: two owners of memory.grow would not do.
set(engine $<FILTER:$<TARGET_OBJECTS:common_plain>,EXCLUDE,host_wasm>)
add_executable(command EXCLUDE_FROM_ALL $<TARGET_OBJECTS:command_objects> ${engine} $<TARGET_OBJECTS:tiles_plain>)
set_target_properties(command PROPERTIES
  OUTPUT_NAME ms_backend.wasi-command
  SUFFIX .wasm
  LINKER_LANGUAGE C
  RUNTIME_OUTPUT_DIRECTORY ${PROJECT_SOURCE_DIR}/build/wasm)
target_link_options(command PRIVATE
  ${wasi} --no-wasm-opt -nostdlib LINKER:--gc-sections,--strip-all LINKER:--stack-first,-z,stack-size=1048576)
target_link_libraries(command PRIVATE ${libc}/crt1-command.o ${libc}/libc.a ${builtins})

set(out ${PROJECT_SOURCE_DIR}/build/wasm/ms_backend.wasi-command.component.wasm)
set(adapter ${MSW_INTERFACES}/wasi_snapshot_preview1.command.wasm)
add_custom_command(OUTPUT ${out}
  COMMAND ${MSW_WASM_TOOLS} component new $<TARGET_FILE:command> --adapt wasi_snapshot_preview1=${adapter}
    -o ${out}.partial
  COMMAND ${CMAKE_COMMAND} -E rename ${out}.partial ${out}
  DEPENDS command ${adapter} VERBATIM)
add_custom_target(command_component DEPENDS ${out})
add_dependencies(components command_component)
