# The native builds: static library, command line, tests, fuzz targets, what `make install` installs.
set(MSW_BIN ${PROJECT_SOURCE_DIR}/build/bin CACHE PATH "where the command line goes; it looks for the module in ../wasm")

find_package(PkgConfig REQUIRED)
pkg_check_modules(CMOCKA REQUIRED IMPORTED_TARGET cmocka)

add_library(msw STATIC ${MSW_SOURCES})
add_library(msw::msw ALIAS msw)
target_include_directories(msw PUBLIC
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:include>)
target_include_directories(msw PRIVATE src)
target_link_libraries(msw PRIVATE $<BUILD_INTERFACE:msw_flags>)
target_compile_options(msw PRIVATE -fvisibility=hidden)

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
