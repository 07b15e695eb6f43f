# The wasm modules: each exports what msw.h marks with MSW_API. They are variants of one engine, which share the objects that do not differ.
#
#   ms_backend_wasm.wasi.wasm     plain SIMD, which every engine has; the same bits everywhere
#   ms_backend_wasm-relaxed.wasm  fused multiply-add where time goes (simd/simd_relaxed.h), for engines with relaxed SIMD
#   ms_backend_wasm-threads.wasm, ms_backend_wasm-relaxed-threads.wasm
#                                 the same over a shared memory, which they import; the host may give them threads (msw_thread_new)

# Files of kernels/hot that compute with simd_relaxed.h. The flag is for them alone: under it clang 22 turns strict selections into
# relaxed_min and relaxed_max, which may answer otherwise for NaN and -0 (LLVM PR 177814); test_module.py looks for those.
file(GLOB hot CONFIGURE_DEPENDS src/kernels/hot/*.c)
list(FILTER hot EXCLUDE REGEX "_(test|fuzz|bench)\\.c$")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${hot} include/msw.h)
set(tiles)
foreach(file IN LISTS hot)
  file(STRINGS ${file} relaxed REGEX "^#include \"simd/simd_relaxed\\.h\"" LIMIT_COUNT 1)
  if(relaxed)
    list(APPEND tiles ${file})
  endif()
endforeach()
set(common ${MSW_SOURCES})
list(REMOVE_ITEM common ${tiles})

# -Os for all but the kernels where time goes: sixty small kernels are 14 KB at -Os and 38 KB at -O2.
set_source_files_properties(${hot} PROPERTIES COMPILE_OPTIONS -O3)
# Here -O3 gains nothing but bytes: the tiles come out the same, and what ends a product in eight copies.
set_source_files_properties(src/kernels/hot/gemm_f32.c PROPERTIES COMPILE_OPTIONS -O2)

# add_objects(NAME SOURCES FLAG...): compiled once, linked into every variant that names them.
function(add_objects name sources)
  add_library(${name} OBJECT ${sources})
  target_include_directories(${name} PRIVATE src include)
  target_include_directories(${name} SYSTEM PRIVATE src/base/wasm32) # <assert.h> and <string.h>
  target_compile_options(${name} PRIVATE
    -ffreestanding -fvisibility=hidden -ffunction-sections -fdata-sections
    -msimd128 -mbulk-memory -mnontrapping-fptoint -msign-ext -mmutable-globals ${ARGN})
  target_link_libraries(${name} PRIVATE msw_flags)
endfunction()

# msw.h is the list of exports. (--export-dynamic would export the stack pointer too.)
file(STRINGS include/msw.h exports REGEX "^MSW_API .*msw_[a-z0-9_]+\\(")
list(TRANSFORM exports REPLACE "^MSW_API .*[ *](msw_[a-z0-9_]+)\\(.*" "LINKER:--export=\\1")

file(STRINGS include/msw.h thread_exports REGEX "^MSW_THREADS_API .*msw_[a-z0-9_]+\\(")
list(TRANSFORM thread_exports REPLACE "^MSW_THREADS_API .*[ *](msw_[a-z0-9_]+)\\(.*" "LINKER:--export=\\1")

# add_module(NAME OBJECTS [LINK_OPTION...]): build/wasm/NAME.wasm.
function(add_module name objects)
  list(TRANSFORM objects REPLACE "(.+)" "$<TARGET_OBJECTS:\\1>")
  add_executable(${name} ${objects})
  set_target_properties(${name} PROPERTIES
    SUFFIX .wasm
    LINKER_LANGUAGE C
    RUNTIME_OUTPUT_DIRECTORY ${PROJECT_SOURCE_DIR}/build/wasm)
  target_link_options(${name} PRIVATE
    -nostdlib
    --no-wasm-opt # clang runs any wasm-opt on PATH, and Debian's is too old
    ${exports}
    LINKER:--no-entry,--gc-sections,--strip-all
    LINKER:--stack-first,-z,stack-size=262144 # the stack below the data: an overflow traps instead of overwriting it
    ${ARGN})
endfunction()

add_objects(common_plain "${common}")
add_objects(tiles_plain "${tiles}")
add_objects(tiles_relaxed "${tiles}" -mrelaxed-simd -DMSW_RELAXED)
add_module(ms_backend_wasm.wasi "common_plain;tiles_plain")
add_module(ms_backend_wasm-relaxed "common_plain;tiles_relaxed")

# The memory is the host's: it begins with 1 MiB, in which stack and data fit, and may be as large as the host declares it.
set(threads -matomics -DMSW_THREADS)
set(shared_memory ${thread_exports} LINKER:--import-memory,--export-memory,--shared-memory
  LINKER:--initial-memory=1048576,--max-memory=4294967296)
add_objects(common_threads "${common};${MSW_THREADS_SOURCES}" ${threads})
add_objects(tiles_threads "${tiles}" ${threads})
add_objects(tiles_relaxed_threads "${tiles}" -mrelaxed-simd -DMSW_RELAXED ${threads})
add_module(ms_backend_wasm-threads "common_threads;tiles_threads" ${shared_memory})
add_module(ms_backend_wasm-relaxed-threads "common_threads;tiles_relaxed_threads" ${shared_memory})
