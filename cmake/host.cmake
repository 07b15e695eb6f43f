# Programs around the library: the command line and the generator of the operator list.
file(GLOB frontend CONFIGURE_DEPENDS scenarios/ms-nonweb-plat/wasm-frontend/*.c)
list(FILTER frontend EXCLUDE REGEX "_test\\.c$")
if(frontend)
  pkg_check_modules(JANSSON REQUIRED IMPORTED_TARGET jansson)
  pkg_check_modules(SPNG REQUIRED IMPORTED_TARGET spng)
  pkg_check_modules(TURBOJPEG REQUIRED IMPORTED_TARGET libturbojpeg)
  pkg_check_modules(MINIZIP REQUIRED IMPORTED_TARGET minizip)
  pkg_check_modules(NETTLE REQUIRED IMPORTED_TARGET nettle)
  add_library(wasmtime SHARED IMPORTED)
  set_target_properties(wasmtime PROPERTIES
    IMPORTED_LOCATION ${PROJECT_SOURCE_DIR}/.deps/wasmtime/lib/libwasmtime.so
    IMPORTED_NO_SONAME TRUE
    INTERFACE_INCLUDE_DIRECTORIES ${PROJECT_SOURCE_DIR}/.deps/wasmtime/include)

  # All but main.c is a library, which its tests (*_test.c, cmake/tests.cmake) link too.
  list(FILTER frontend EXCLUDE REGEX "/main\\.c$")
  add_library(frontend STATIC ${frontend})
  # msw.h for its types; the functions are the module's, so the library is not linked.
  target_include_directories(frontend PUBLIC scenarios/ms-nonweb-plat/wasm-frontend include)
  target_compile_definitions(frontend PUBLIC _GNU_SOURCE MSW_VERSION="${PROJECT_VERSION}")
  target_link_libraries(frontend PUBLIC
    msw_flags wasmtime PkgConfig::JANSSON PkgConfig::SPNG PkgConfig::TURBOJPEG PkgConfig::MINIZIP PkgConfig::NETTLE m)
  add_executable(wasm-frontend scenarios/ms-nonweb-plat/wasm-frontend/main.c)
  target_link_libraries(wasm-frontend PRIVATE frontend)
  set_target_properties(wasm-frontend PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${MSW_BIN}
    BUILD_RPATH ${PROJECT_SOURCE_DIR}/.deps/wasmtime/lib
    INSTALL_RPATH $ORIGIN/../lib)
endif()

# What hosts show about operators (help, docs) is text that never enters the wasm: a file beside the module.
if(EXISTS ${PROJECT_SOURCE_DIR}/tools/ops_json.c AND NOT MSW_SANITIZE)
  add_executable(ops_json tools/ops_json.c)
  target_include_directories(ops_json PRIVATE src)
  target_link_libraries(ops_json PRIVATE msw msw_flags)
  set(ops_json ${PROJECT_SOURCE_DIR}/build/wasm/ms_backend_wasm.ops.json)
  add_custom_command(OUTPUT ${ops_json}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${PROJECT_SOURCE_DIR}/build/wasm
    COMMAND ops_json > ${ops_json}.part
    COMMAND ${CMAKE_COMMAND} -E rename ${ops_json}.part ${ops_json}
    DEPENDS ops_json VERBATIM)
  add_custom_target(ops_json_file ALL DEPENDS ${ops_json})
endif()
