# nnrun_table(TARGET target FOLDER dir TYPE OpDef PREFIX op_ FUNCTION builtin_ops HEADER core/ops/op.h
#             [NAMESPACE nnrun] [EXCLUDE helper.cpp ...])
#
# Adds every .cpp of a folder to the target, and generates the function that lists them: for each
# <stem>.cpp it calls `TYPE PREFIX<stem>()`. Adding a file is adding an entry; nothing else is edited.
function(nnrun_table)
  cmake_parse_arguments(T "" "TARGET;FOLDER;TYPE;PREFIX;FUNCTION;HEADER;NAMESPACE" "EXCLUDE" ${ARGN})
  if(NOT T_NAMESPACE)
    set(T_NAMESPACE nnrun)
  endif()
  file(GLOB files CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${T_FOLDER}/*.cpp)
  set(declarations "")
  set(calls "")
  foreach(file IN LISTS files)
    get_filename_component(name ${file} NAME)
    get_filename_component(stem ${file} NAME_WE)
    if(NOT name IN_LIST T_EXCLUDE)
      string(APPEND declarations "${T_TYPE} ${T_PREFIX}${stem}();\n")
      string(APPEND calls "  all.push_back(${T_PREFIX}${stem}());\n")
    endif()
  endforeach()
  set(generated ${CMAKE_CURRENT_BINARY_DIR}/${T_FUNCTION}.cpp)
  file(CONFIGURE OUTPUT ${generated} @ONLY CONTENT
"// Generated from the files of ${T_FOLDER}/.
#include <vector>

#include \"${T_HEADER}\"

namespace ${T_NAMESPACE} {
${declarations}
std::vector<${T_TYPE}> ${T_FUNCTION}() {
  std::vector<${T_TYPE}> all;
${calls}  return all;
}
}  // namespace ${T_NAMESPACE}
")
  target_sources(${T_TARGET} PRIVATE ${files} ${generated})
  nnrun_units(${T_TARGET} ${files})
endfunction()
