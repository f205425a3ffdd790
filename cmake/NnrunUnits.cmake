# nnrun_units(target file...): compiles the files of one folder 16 at a time, so that headers are read
# once for all of them. Names in their anonymous namespaces have to differ within the folder.
# -DNNRUN_UNITS=OFF compiles each file by itself, which also shows that it includes what it uses.
option(NNRUN_UNITS "Compile small files together" ON)

function(nnrun_units target)
  if(NOT NNRUN_UNITS)
    return()
  endif()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  # The warning takes a file that is included for a header.
  target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
  set(n 0)
  foreach(file IN LISTS ARGN)
    cmake_path(GET file PARENT_PATH folder)
    cmake_path(GET folder FILENAME folder)
    math(EXPR unit "${n} / 16")
    math(EXPR n "${n} + 1")
    set_source_files_properties(${file} PROPERTIES UNITY_GROUP ${folder}_${unit})
  endforeach()
endfunction()
