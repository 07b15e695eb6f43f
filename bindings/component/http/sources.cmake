# The HTTP face of a compiled module: MSW_HTTP_SOURCES, compiled with MSW_HTTP_INCLUDES and, as the system's, MSW_HTTP_SYSTEM_INCLUDES. handler.c is for
# components; the rest, MSW_HTTP_PROTOCOL_SOURCES, is also tested natively.
execute_process(COMMAND ${PROJECT_SOURCE_DIR}/tools/fetch_yyjson.sh COMMAND_ERROR_IS_FATAL ANY)
set(http ${CMAKE_CURRENT_LIST_DIR})
set(yyjson ${PROJECT_SOURCE_DIR}/.deps/yyjson)
file(GLOB MSW_HTTP_PROTOCOL_SOURCES CONFIGURE_DEPENDS ${http}/*.c)
list(FILTER MSW_HTTP_PROTOCOL_SOURCES EXCLUDE REGEX "(_test|_fuzz|/handler)\\.c$")
list(APPEND MSW_HTTP_PROTOCOL_SOURCES ${yyjson}/yyjson.c)
set(MSW_HTTP_SOURCES ${MSW_HTTP_PROTOCOL_SOURCES} ${http}/handler.c ${http}/freestanding/multi3.c)
set(MSW_HTTP_INCLUDES ${http})
set(MSW_HTTP_SYSTEM_INCLUDES ${yyjson})
if(CMAKE_SYSTEM_PROCESSOR STREQUAL "wasm32")
  list(APPEND MSW_HTTP_SYSTEM_INCLUDES ${http}/freestanding)
endif()
set_source_files_properties(${http}/metadata.c PROPERTIES COMPILE_DEFINITIONS MSW_VERSION="${PROJECT_VERSION}")
set_source_files_properties(${yyjson}/yyjson.c PROPERTIES
  COMPILE_DEFINITIONS "YYJSON_DISABLE_UTILS;YYJSON_DISABLE_NON_STANDARD;yyjson_api="
  COMPILE_OPTIONS "-w") # its warnings are its authors' concern
