# Backends and plug-ins: shared libraries that see only api/, export one symbol and leave nothing
# undefined.
include_guard(GLOBAL)
add_custom_target(nnrun-modules ALL)  # all of them: what tests and programs need beside them

function(nnrun_module target file)
  add_dependencies(nnrun-modules ${target})
  target_link_libraries(${target} PRIVATE nnrun::sdk)
  # The map also hides what libstdc++ marks as visible (templates of namespace std).
  set(map ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/nnrun-module.map)
  target_link_options(${target} PRIVATE -Wl,-z,defs -Wl,--version-script=${map})
  set_property(TARGET ${target} APPEND PROPERTY LINK_DEPENDS ${map})
  if(NNRUN_MODULE_DIR)
    set_target_properties(${target} PROPERTIES BUILD_RPATH $ORIGIN/.. INSTALL_RPATH $ORIGIN/..)
  else()
    set(NNRUN_MODULE_DIR ${CMAKE_BINARY_DIR})  # outside the tree: in the build folder itself
  endif()
  include(GNUInstallDirs)
  set_target_properties(${target} PROPERTIES
    PREFIX "" OUTPUT_NAME ${file} LIBRARY_OUTPUT_DIRECTORY ${NNRUN_MODULE_DIR}
    CXX_VISIBILITY_PRESET hidden C_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
  install(TARGETS ${target} RUNTIME_DEPENDENCY_SET nnrun-libraries
          LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/nnrun)
endfunction()

# nnrun_add_plugin(step step.cpp): the plug-in nnrun-step.so.
function(nnrun_add_plugin name)
  add_library(nnrun-${name} MODULE ${ARGN})
  nnrun_module(nnrun-${name} nnrun-${name})
endfunction()

# nnrun_add_backend(reference): nnrun-backend-reference.so from backend.cpp and every file of
# kernels/; each kernels/<op>.cpp defines `KernelDef kernel_<op>()` in namespace nnrun::<name>.
function(nnrun_add_backend name)
  add_library(nnrun-backend-${name} MODULE backend.cpp ${ARGN})
  nnrun_table(TARGET nnrun-backend-${name} FOLDER kernels TYPE "std::vector<nnrun::sdk::KernelDef>"
              PREFIX kernel_ FUNCTION all_kernels HEADER backends/${name}/kernels.h
              NAMESPACE nnrun::${name})
  target_include_directories(nnrun-backend-${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_precompile_headers(nnrun-backend-${name} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/kernels.h)
  nnrun_module(nnrun-backend-${name} nnrun-backend-${name})
endfunction()
