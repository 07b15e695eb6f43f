# make install PREFIX=: what a program needs to use the library, and what a person needs to use the command line.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(CMAKE_INSTALL_LIBDIR lib) # beside bin on every distribution: the command line finds ../lib by its rpath

install(TARGETS msw EXPORT msw ARCHIVE DESTINATION lib)
install(FILES include/msw.h DESTINATION include)
install(EXPORT msw NAMESPACE msw:: FILE mswTargets.cmake DESTINATION lib/cmake/msw)
configure_package_config_file(cmake/mswConfig.cmake.in mswConfig.cmake INSTALL_DESTINATION lib/cmake/msw)
write_basic_package_version_file(mswConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/mswConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/mswConfigVersion.cmake
  DESTINATION lib/cmake/msw)
configure_file(cmake/msw.pc.in msw.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/msw.pc DESTINATION lib/pkgconfig)

install(DIRECTORY build/wasm/ DESTINATION share/ms-backend-wasm
  FILES_MATCHING PATTERN "*.wasm" PATTERN "*.json" PATTERN core EXCLUDE PATTERN tvm EXCLUDE) # what modules are made of
if(TARGET wasm-frontend)
  install(TARGETS wasm-frontend DESTINATION bin)
  install(FILES .deps/wasmtime/lib/libwasmtime.so DESTINATION lib
    PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
endif()
