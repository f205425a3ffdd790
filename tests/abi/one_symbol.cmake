# Every library in DIR exports nnr_plugin_entry_v0 and nothing else.
file(GLOB libraries ${DIR}/*.so)
if(NOT libraries)
  message(FATAL_ERROR "no libraries in ${DIR}")
endif()
foreach(library IN LISTS libraries)
  execute_process(COMMAND ${NM} -D --defined-only --format=posix ${library}
                  OUTPUT_VARIABLE symbols COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCHALL "[^\n]+" symbols "${symbols}")
  if(NOT symbols MATCHES "^nnr_plugin_entry_v0 T [0-9a-f ]+$")
    message(FATAL_ERROR "${library} exports: ${symbols}")
  endif()
endforeach()
