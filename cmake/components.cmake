# Components (bindings/component): the engine behind typed interfaces. They are built on demand, by `make components`, since they need wasm-tools and the
# WIT of WASI (tools/fetch_interfaces.sh).
set(MSW_INTERFACES ${PROJECT_SOURCE_DIR}/.deps/interfaces)
set(MSW_WASM_TOOLS ${PROJECT_SOURCE_DIR}/.venv/bin/wasm-tools)
set(MSW_COMPONENTS ${PROJECT_SOURCE_DIR}/bindings/component)
add_custom_target(components)

# add_core(NAME SOURCES [LINK_OPTION...]): build/wasm/core/NAME.wasm, the engine's functions that the sources use and what these export.
function(add_core name sources)
  add_library(${name}_objects OBJECT EXCLUDE_FROM_ALL ${sources})
  target_include_directories(${name}_objects PRIVATE include ${MSW_COMPONENTS})
  target_include_directories(${name}_objects SYSTEM PRIVATE src/base/wasm32)
  target_compile_options(${name}_objects PRIVATE
    -ffreestanding -fvisibility=hidden -ffunction-sections -fdata-sections
    -msimd128 -mbulk-memory -mnontrapping-fptoint -msign-ext -mmutable-globals)
  target_link_libraries(${name}_objects PRIVATE msw_flags)
  add_executable(${name} EXCLUDE_FROM_ALL
    $<TARGET_OBJECTS:${name}_objects> $<TARGET_OBJECTS:common_plain> $<TARGET_OBJECTS:tiles_plain>)
  set_target_properties(${name} PROPERTIES
    SUFFIX .wasm
    LINKER_LANGUAGE C
    RUNTIME_OUTPUT_DIRECTORY ${PROJECT_SOURCE_DIR}/build/wasm/core)
  target_link_options(${name} PRIVATE
    -nostdlib --no-wasm-opt
    LINKER:--no-entry,--gc-sections,--strip-debug
    LINKER:--stack-first,-z,stack-size=262144
    ${ARGN})
endfunction()

# add_component(NAME WORLD WIT SOURCES): build/wasm/NAME.component.wasm, whose world is WORLD of the WIT package in folder or file WIT.
function(add_component name world wit sources)
  add_core(${name}_core "${MSW_COMPONENTS}/canonical.c;${sources}")
  set(core ${PROJECT_SOURCE_DIR}/build/wasm/core/${name}_core.wasm)
  set(out ${PROJECT_SOURCE_DIR}/build/wasm/${name}.component.wasm)
  file(GLOB_RECURSE wit_files CONFIGURE_DEPENDS ${wit}/*.wit)
  add_custom_command(OUTPUT ${out}
    COMMAND ${MSW_WASM_TOOLS} component embed --world ${world} ${wit} ${core} -o ${core}.embedded
    COMMAND ${MSW_WASM_TOOLS} component new ${core}.embedded -o ${out}.partial
    COMMAND ${CMAKE_COMMAND} -E rename ${out}.partial ${out}
    DEPENDS ${name}_core ${wit_files} VERBATIM)
  add_custom_target(${name}_component DEPENDS ${out})
  add_dependencies(components ${name}_component)
endfunction()

# Each part of bindings/component says in a file of its own what it makes.
file(GLOB parts CONFIGURE_DEPENDS ${MSW_COMPONENTS}/*/part.cmake)
foreach(part IN LISTS parts)
  include(${part})
endforeach()
