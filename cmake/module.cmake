# The wasm module: it imports nothing and exports what msw.h marks with MSW_API.
add_executable(ms_backend_wasm ${MSW_SOURCES})
set_target_properties(ms_backend_wasm PROPERTIES
  OUTPUT_NAME ms_backend_wasm.wasi
  SUFFIX .wasm
  RUNTIME_OUTPUT_DIRECTORY ${PROJECT_SOURCE_DIR}/build/wasm)
target_include_directories(ms_backend_wasm PRIVATE src include)
target_include_directories(ms_backend_wasm SYSTEM PRIVATE src/base/wasm32) # <assert.h> and <string.h>
target_compile_options(ms_backend_wasm PRIVATE
  -ffreestanding -fvisibility=hidden -ffunction-sections -fdata-sections
  -msimd128 -mbulk-memory -mnontrapping-fptoint -msign-ext -mmutable-globals)
target_link_libraries(ms_backend_wasm PRIVATE msw_flags)

# msw.h is the list of exports. (--export-dynamic would export the stack pointer too.)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS include/msw.h)
file(STRINGS include/msw.h exports REGEX "^MSW_API .*msw_[a-z0-9_]+\\(")
list(TRANSFORM exports REPLACE "^MSW_API .*[ *](msw_[a-z0-9_]+)\\(.*" "LINKER:--export=\\1")

target_link_options(ms_backend_wasm PRIVATE
  -nostdlib
  --no-wasm-opt # clang runs any wasm-opt on PATH, and Debian's is too old
  ${exports}
  LINKER:--no-entry,--gc-sections,--strip-all
  LINKER:--stack-first,-z,stack-size=262144) # the stack below the data: an overflow traps instead of overwriting it

# -Os for all but the kernels where time goes: sixty small kernels are 14 KB at -Os and 38 KB at -O2.
set(hot ${MSW_SOURCES})
list(FILTER hot INCLUDE REGEX "/kernels/hot/")
set_source_files_properties(${hot} PROPERTIES COMPILE_OPTIONS -O3)
