# The native builds: static library, command line, tests, fuzz targets, what `make install` installs.
set(MSW_OUTPUT ${PROJECT_SOURCE_DIR}/build CACHE PATH "where bin/ and lib/ go")

find_package(PkgConfig REQUIRED)
pkg_check_modules(CMOCKA REQUIRED IMPORTED_TARGET cmocka)

add_library(msw STATIC ${MSW_SOURCES})
add_library(msw::msw ALIAS msw)
set_target_properties(msw PROPERTIES ARCHIVE_OUTPUT_DIRECTORY ${MSW_OUTPUT}/lib)
target_include_directories(msw PUBLIC
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:include>)
target_include_directories(msw PRIVATE src)
target_link_libraries(msw PRIVATE $<BUILD_INTERFACE:msw_flags>)
target_compile_options(msw PRIVATE -fvisibility=hidden)

include(cmake/host.cmake)
include(cmake/tests.cmake)
include(cmake/install.cmake)

# Editors look for it here.
if(NOT MSW_SANITIZE AND NOT MSW_COVERAGE)
  file(CREATE_LINK ${CMAKE_BINARY_DIR}/compile_commands.json
    ${PROJECT_SOURCE_DIR}/build/compile_commands.json SYMBOLIC)
endif()
