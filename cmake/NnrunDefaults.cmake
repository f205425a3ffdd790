# How everything in the tree is compiled.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 11)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

# The build tree has the layout of an installation, so search paths are the same.
include(GNUInstallDirs)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
set(NNRUN_MODULE_DIR ${PROJECT_BINARY_DIR}/lib/nnrun)
# Libraries are found beside their users, wherever the folder was moved to. By RPATH: it serves the
# libraries of others as well, which have none of their own, as RUNPATH would not.
set(CMAKE_BUILD_RPATH $ORIGIN/../${CMAKE_INSTALL_LIBDIR})
set(CMAKE_INSTALL_RPATH ${CMAKE_BUILD_RPATH})
add_link_options(-Wl,--disable-new-dtags)

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
  add_compile_options($<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)  # it cannot see into them otherwise
endif()

# The last two cry wolf over std::string in GCC 12.
add_compile_options(-Wall -Wextra -Wno-missing-field-initializers -Wno-stringop-overflow -Wno-restrict)
add_compile_options($<$<CONFIG:Release>:-D_FORTIFY_SOURCE=2> -fstack-protector-strong)
add_compile_definitions(_GLIBCXX_ASSERTIONS)
add_link_options(-Wl,-z,relro,-z,now)
# NaN must stay a NaN and a sum its order, but nothing here reads errno after sqrt or FP traps.
add_compile_options(-fno-math-errno -fno-trapping-math)

if(NNRUN_SANITIZE)
  add_compile_options(-fsanitize=${NNRUN_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  if(NNRUN_SANITIZE MATCHES undefined)
    # A null pointer faults under the address sanitizer anyway; together these take a fifth of the build.
    add_compile_options(-fno-sanitize=null,vptr)
  endif()
  add_link_options(-fsanitize=${NNRUN_SANITIZE})
endif()
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
set(CMAKE_C_FLAGS_RELEASE "-O2 -DNDEBUG")
