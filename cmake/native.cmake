# The native builds: static library, command line, tests, fuzz targets, what `make install` installs.
set(MSW_BIN ${PROJECT_SOURCE_DIR}/build/bin CACHE PATH "where the command line goes; it looks for the module in ../wasm")

find_package(PkgConfig REQUIRED)
pkg_check_modules(CMOCKA REQUIRED IMPORTED_TARGET cmocka)

# A program may give the library threads of its own (msw_thread_new).
list(APPEND MSW_SOURCES ${MSW_THREADS_SOURCES})
set_source_files_properties(src/base/threads_native.c PROPERTIES COMPILE_DEFINITIONS _GNU_SOURCE) # syscall

# Compiled once, for the static library, and for the shared one that the tests call from Python.
add_library(msw_objects OBJECT ${MSW_SOURCES})
set_target_properties(msw_objects PROPERTIES POSITION_INDEPENDENT_CODE ON)
target_include_directories(msw_objects PRIVATE src include)
target_compile_options(msw_objects PRIVATE -fvisibility=hidden)
target_compile_definitions(msw_objects PRIVATE MSW_THREADS)
target_link_libraries(msw_objects PRIVATE msw_flags)

add_library(msw STATIC $<TARGET_OBJECTS:msw_objects>)
add_library(msw::msw ALIAS msw)
target_include_directories(msw PUBLIC
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:include>)
target_compile_definitions(msw PUBLIC $<BUILD_INTERFACE:MSW_THREADS>)

if(NOT MSW_COVERAGE) # the coverage build is for the fuzz targets only
  include(cmake/host.cmake)
  include(cmake/install.cmake)
endif()
include(cmake/tests.cmake)

# Editors look for it here.
if(NOT MSW_SANITIZE AND NOT MSW_COVERAGE)
  file(CREATE_LINK ${CMAKE_BINARY_DIR}/compile_commands.json
    ${PROJECT_SOURCE_DIR}/build/compile_commands.json SYMBOLIC)
endif()
