# foo_test.c beside foo.c is one cmocka program and one ctest test; foo_fuzz.c is one libFuzzer target, and its corpus one ctest test.
enable_testing()

add_test(NAME include_law COMMAND python3 ${PROJECT_SOURCE_DIR}/tools/check_layers.py)

# add_c_test(NAME LIBRARY SOURCE...)
function(add_c_test name library)
  add_executable(${name} ${ARGN})
  target_include_directories(${name} PRIVATE src)
  target_link_libraries(${name} PRIVATE ${library} msw_flags PkgConfig::CMOCKA m)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  # From the root of the tree, so that a test finds test/models and test/vectors by relative path.
  add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES TIMEOUT 300)
endfunction()

# add_c_tests(LIBRARY DIRECTORY...): a test for each *_test.c in the directories, linked with the library.
function(add_c_tests library)
  list(TRANSFORM ARGN APPEND /*_test.c)
  file(GLOB tests CONFIGURE_DEPENDS ${ARGN})
  foreach(test IN LISTS tests)
    get_filename_component(name ${test} NAME_WE)
    add_c_test(${name} ${library} ${test})
    file(STRINGS ${test} wraps REGEX "__wrap_host_alloc|short_memory\\.h" LIMIT_COUNT 1)
    if(wraps) # a test that makes allocations fail stands in for the engine's allocator
      target_link_options(${name} PRIVATE LINKER:--wrap=host_alloc)
    endif()
  endforeach()
endfunction()

if(NOT MSW_COVERAGE)
  add_c_tests(msw src/* src/kernels/hot)
  # The tiles of a relaxed build, here with two roundings, so that they have the bits of the same loops.
  add_c_test(gemm_f32_relaxed_test msw src/kernels/hot/gemm_f32_test.c src/kernels/hot/gemm_f32.c)
  target_compile_definitions(gemm_f32_relaxed_test PRIVATE MSW_RELAXED)
endif()
# The C runtime of generated modules. Those of all kinds define the same functions, so a test of kind_*.c brings that file along.
if(NOT MSW_COVERAGE)
  file(GLOB tvm_runtime CONFIGURE_DEPENDS wasm-backend-tvm/runtime/*.c)
  list(FILTER tvm_runtime EXCLUDE REGEX "(_test|/kind_[a-z]+)\\.c$")
  add_library(tvm_runtime STATIC ${tvm_runtime})
  target_include_directories(tvm_runtime PUBLIC wasm-backend-tvm/runtime PRIVATE src)
  target_link_libraries(tvm_runtime PUBLIC msw PRIVATE msw_flags)
  add_c_tests(tvm_runtime wasm-backend-tvm/runtime)
  file(GLOB kinds CONFIGURE_DEPENDS wasm-backend-tvm/runtime/kind_*_test.c)
  foreach(test IN LISTS kinds)
    get_filename_component(name ${test} NAME_WE)
    string(REPLACE _test.c .c kind ${test})
    target_sources(${name} PRIVATE ${kind})
  endforeach()
endif()
if(TARGET frontend)
  add_c_tests(frontend scenarios/ms-nonweb-plat/wasm-frontend)
endif()

if(MSW_FUZZ)
  if(NOT MSW_COVERAGE)
    target_compile_options(msw_objects PRIVATE -fsanitize=fuzzer-no-link)
  endif()
  file(GLOB fuzzers CONFIGURE_DEPENDS src/*/*_fuzz.c)
  foreach(fuzzer IN LISTS fuzzers)
    get_filename_component(name ${fuzzer} NAME_WE)
    add_executable(${name} ${fuzzer})
    target_include_directories(${name} PRIVATE src)
    target_link_libraries(${name} PRIVATE msw msw_flags)
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz)
    add_test(NAME ${name}_corpus COMMAND ${name} -runs=0 test/corpus/${name}
      WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
    set_tests_properties(${name}_corpus PROPERTIES TIMEOUT 300)
  endforeach()
endif()

# The same source as a library that Python can call: test/test_native_equals_wasm.py compares its bits with the module's.
if(NOT MSW_SANITIZE AND NOT MSW_COVERAGE)
  add_library(msw_shared SHARED $<TARGET_OBJECTS:msw_objects>)
  set_target_properties(msw_shared PROPERTIES
    OUTPUT_NAME msw LIBRARY_OUTPUT_DIRECTORY ${PROJECT_SOURCE_DIR}/build/native)
endif()
