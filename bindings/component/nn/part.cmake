# The provider of wasi:nn. Its world needs the WIT of wasi:nn beside it, which is fetched.
set(nn ${MSW_COMPONENTS}/nn)
set(nn_wit ${PROJECT_SOURCE_DIR}/build/wasm/wit/wasi-nn)
add_custom_command(OUTPUT ${nn_wit}/provider.wit
  COMMAND ${CMAKE_COMMAND} -E make_directory ${nn_wit}/deps
  COMMAND ${CMAKE_COMMAND} -E copy ${MSW_INTERFACES}/wasi-nn.wit ${nn_wit}/deps/
  COMMAND ${CMAKE_COMMAND} -E copy ${nn}/wit/provider.wit ${nn_wit}/
  DEPENDS ${nn}/wit/provider.wit ${MSW_INTERFACES}/wasi-nn.wit VERBATIM)
add_custom_target(wasi-nn_wit DEPENDS ${nn_wit}/provider.wit)
add_component(ms_backend_wasm.wasi-nn provider ${nn_wit}
  "${nn}/errors.c;${nn}/tensor.c;${nn}/graph.c;${nn}/names.c;${nn}/inference.c")
add_dependencies(ms_backend_wasm.wasi-nn_component wasi-nn_wit)

# add_nn_program(NAME SOURCES): build/wasm/NAME.component.wasm, a WASI program that imports wasi:nn, with Debian's wasi-libc.
set(nn_app_wit ${PROJECT_SOURCE_DIR}/build/wasm/wit/wasi-nn-app)
add_custom_command(OUTPUT ${nn_app_wit}/app.wit
  COMMAND ${CMAKE_COMMAND} -E make_directory ${nn_app_wit}/deps
  COMMAND ${CMAKE_COMMAND} -E copy ${MSW_INTERFACES}/wasi-nn.wit ${nn_app_wit}/deps/
  COMMAND ${CMAKE_COMMAND} -E copy ${nn}/app/app.wit ${nn_app_wit}/
  DEPENDS ${nn}/app/app.wit ${MSW_INTERFACES}/wasi-nn.wit VERBATIM)
add_custom_target(wasi-nn-app_wit DEPENDS ${nn_app_wit}/app.wit)

set(nn_wasi --target=wasm32-wasip1 -mbulk-memory -mnontrapping-fptoint -msign-ext)
set(nn_libc -nostdlibinc -isystem /usr/include/wasm32-wasi)
# crt1.o calls the constructors itself. With crt1-command.o the linker has every export do it, cabi_realloc too, in which no import may be called.
function(add_nn_program name sources libraries)
  add_executable(${name} EXCLUDE_FROM_ALL ${sources} ${nn}/wasi_nn.c)
  target_include_directories(${name} PRIVATE ${MSW_COMPONENTS} ${nn})
  target_compile_options(${name} PRIVATE ${nn_wasi} ${nn_libc} -ffunction-sections -fdata-sections)
  set_target_properties(${name} PROPERTIES
    SUFFIX .wasm
    LINKER_LANGUAGE C
    RUNTIME_OUTPUT_DIRECTORY ${PROJECT_SOURCE_DIR}/build/wasm/core)
  target_link_options(${name} PRIVATE
    ${nn_wasi} --no-wasm-opt -nostdlib LINKER:--gc-sections,--strip-all LINKER:--stack-first,-z,stack-size=1048576)
  target_link_libraries(${name} PRIVATE msw_flags ${libraries}
    /usr/lib/wasm32-wasi/crt1.o /usr/lib/wasm32-wasi/libc.a /usr/lib/wasm32-wasi/libm.a
    /usr/lib/llvm-22/lib/clang/22/lib/wasi/libclang_rt.builtins-wasm32.a)
  set(core ${PROJECT_SOURCE_DIR}/build/wasm/core/${name}.wasm)
  set(out ${PROJECT_SOURCE_DIR}/build/wasm/${name}.component.wasm)
  set(adapter ${MSW_INTERFACES}/wasi_snapshot_preview1.command.wasm)
  add_custom_command(OUTPUT ${out}
    COMMAND ${MSW_WASM_TOOLS} component embed --world app ${nn_app_wit} ${core} -o ${core}.embedded
    COMMAND ${MSW_WASM_TOOLS} component new ${core}.embedded --adapt wasi_snapshot_preview1=${adapter} -o ${out}.partial
    COMMAND ${CMAKE_COMMAND} -E rename ${out}.partial ${out}
    DEPENDS ${name} ${nn_app_wit}/app.wit ${adapter} VERBATIM)
  add_custom_target(${name}_component DEPENDS ${out})
  add_dependencies(${name}_component wasi-nn-app_wit)
  add_dependencies(components ${name}_component)
endfunction()

# add_composed(NAME PROGRAM): build/wasm/NAME.component.wasm, the program with the provider in it, so that it needs WASI and nothing else.
function(add_composed name program)
  set(out ${PROJECT_SOURCE_DIR}/build/wasm/${name}.component.wasm)
  set(first ${PROJECT_SOURCE_DIR}/build/wasm/${program}.component.wasm)
  set(second ${PROJECT_SOURCE_DIR}/build/wasm/ms_backend_wasm.wasi-nn.component.wasm)
  set(named ${PROJECT_SOURCE_DIR}/build/wasm/core/wasi-nn.wasm) # its name becomes that of an instance, which may have no dots
  add_custom_command(OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -E copy ${second} ${named}
    COMMAND ${MSW_WASM_TOOLS} compose --quiet ${first} -d ${named} -o ${out}.partial
    COMMAND ${CMAKE_COMMAND} -E rename ${out}.partial ${out}
    DEPENDS ${first} ${second} VERBATIM)
  add_custom_target(${name}_component DEPENDS ${out})
  add_dependencies(${name}_component ${program}_component ms_backend_wasm.wasi-nn_component)
  add_dependencies(components ${name}_component)
endfunction()

# The PNG decoder of tools/fetch_png.sh, warnings off: it is not ours.
set(png ${PROJECT_SOURCE_DIR}/.deps/png)
set(png_sources ${png}/spng/spng.c)
foreach(file adler32 crc32 deflate inffast inflate inftrees trees zutil)
  list(APPEND png_sources ${png}/zlib/${file}.c)
endforeach()
set_source_files_properties(${png_sources} PROPERTIES GENERATED ON) # fetched when components are built
add_library(png_objects OBJECT EXCLUDE_FROM_ALL ${png_sources})
target_include_directories(png_objects PRIVATE ${png}/zlib)
target_compile_definitions(png_objects PRIVATE SPNG_STATIC)
target_compile_options(png_objects PRIVATE ${nn_wasi} ${nn_libc} -w -ffunction-sections -fdata-sections)

# The application that names a cat: the command line's files for pictures and labels, over wasi:nn.
set(frontend ${PROJECT_SOURCE_DIR}/scenarios/ms-nonweb-plat/wasm-frontend)
set(classify ${nn}/app/classify.c ${nn}/app/support.c)
foreach(file array float_text image image_rule labels picture_png suggest utf8)
  list(APPEND classify ${frontend}/${file}.c)
endforeach()
add_nn_program(wasi-nn-app "${classify}" "$<TARGET_OBJECTS:png_objects>")
target_include_directories(wasi-nn-app PRIVATE include ${frontend} ${png}/spng)
target_compile_definitions(wasi-nn-app PRIVATE SPNG_STATIC)
add_composed(wasi-nn-cat wasi-nn-app)

# The conformance suite, for any provider, and with ours in it.
set(suite ${PROJECT_SOURCE_DIR}/test/wasi-nn)
file(GLOB suite_sources CONFIGURE_DEPENDS ${suite}/*.c)
add_nn_program(wasi-nn-suite "${suite_sources}" "")
add_composed(wasi-nn-suite-ours wasi-nn-suite)
