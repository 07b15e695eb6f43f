# The wrapper of the HTTP form of a compiled module: `wasm-frontend compile --http` puts the compiled core in the place of the one inside.
include(${CMAKE_CURRENT_LIST_DIR}/sources.cmake)

# wasi:http as its first release has it, which every server takes: the later ones, one of which was fetched, only added to it.
set(http_wit ${CMAKE_BINARY_DIR}/wit/http)
file(GLOB wasi_wit CONFIGURE_DEPENDS ${MSW_INTERFACES}/wasi/*.wit)
foreach(file IN LISTS wasi_wit)
  get_filename_component(name ${file} NAME_WE)
  file(READ ${file} text)
  string(REGEX REPLACE "@0\\.2\\.[0-9]+" "@0.2.0" text "${text}")
  string(REGEX REPLACE "@(since|deprecated)\\(version = [0-9.]+\\)" "" text "${text}")
  file(CONFIGURE OUTPUT ${http_wit}/deps/${name}/${name}.wit CONTENT "${text}" @ONLY)
endforeach()
configure_file(${CMAKE_CURRENT_LIST_DIR}/compiled-http.wit ${http_wit}/compiled-http.wit COPYONLY)

target_sources(compiled_objects PRIVATE ${MSW_HTTP_SOURCES})
target_include_directories(compiled_objects PRIVATE ${MSW_HTTP_INCLUDES})
target_include_directories(compiled_objects SYSTEM PRIVATE ${MSW_HTTP_SYSTEM_INCLUDES})

set(core $<TARGET_FILE:ms_backend_wasm.template>)
set(out ${PROJECT_SOURCE_DIR}/build/wasm/compile/http.component.wasm)
file(MAKE_DIRECTORY ${PROJECT_SOURCE_DIR}/build/wasm/compile)
add_custom_command(OUTPUT ${out}
  COMMAND ${MSW_WASM_TOOLS} component embed --world compiled-http ${http_wit} ${core} -o ${out}.embedded
  COMMAND ${MSW_WASM_TOOLS} component new ${out}.embedded -o ${out}.partial
  COMMAND ${CMAKE_COMMAND} -E rm ${out}.embedded
  COMMAND ${CMAKE_COMMAND} -E rename ${out}.partial ${out}
  DEPENDS ms_backend_wasm.template ${http_wit}/compiled-http.wit VERBATIM)
add_custom_target(http_component DEPENDS ${out})
add_dependencies(components http_component)
