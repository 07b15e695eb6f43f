# The template of compiled modules: the engine and all the faces that a compiled module can have, with the relocations by which `wasm-frontend compile` leaves
# out what a model does not use. Nothing else runs it.
set(compiled_sources canonical.c
  compile/compiled.c compile/seal.c compile/typed.c compile/typed_error.c compile/typed_registers.c)
list(TRANSFORM compiled_sources PREPEND ${MSW_COMPONENTS}/)
add_objects(compiled_objects "${compiled_sources}")
target_include_directories(compiled_objects PRIVATE ${MSW_COMPONENTS})
add_module(ms_backend_wasm.template "common_plain;tiles_plain;compiled_objects")
# Functions' numbers in the table begin where shapes and counts seldom are: a number found in memory that could be one keeps its function.
get_target_property(options ms_backend_wasm.template LINK_OPTIONS)
list(REMOVE_ITEM options LINKER:--no-entry,--gc-sections,--strip-all)
list(APPEND options LINKER:--no-entry,--gc-sections,--emit-relocs,--table-base=4099)
set_target_properties(ms_backend_wasm.template PROPERTIES LINK_OPTIONS "${options}")
