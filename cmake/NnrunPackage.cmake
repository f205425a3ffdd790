# The target `package`: nnrun-VERSION-linux-MACHINE.tar.gz, which unpacks anywhere and runs there. Beside
# what is installed it holds the libraries of others (the component `bundle`, which `cmake --install`
# leaves out) but for glibc's, and their licences. NVIDIA's are not linked, so not among them.
install(RUNTIME_DEPENDENCY_SET nnrun-libraries
  PRE_EXCLUDE_REGEXES [[^lib(c|m|mvec|dl|pthread|rt|resolv|util|anl)\.so]] [[^ld-linux]]
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT bundle EXCLUDE_FROM_ALL
  RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT bundle EXCLUDE_FROM_ALL)
configure_file(${PROJECT_SOURCE_DIR}/cmake/bundle-licenses.cmake.in bundle-licenses.cmake @ONLY)
install(SCRIPT ${PROJECT_BINARY_DIR}/bundle-licenses.cmake COMPONENT bundle EXCLUDE_FROM_ALL)

set(CPACK_GENERATOR TGZ)
set(CPACK_PACKAGE_FILE_NAME ${PROJECT_NAME}-${PROJECT_VERSION}-linux-${CMAKE_SYSTEM_PROCESSOR})
set(CPACK_INSTALL_CMAKE_PROJECTS
    "${PROJECT_BINARY_DIR};${PROJECT_NAME};ALL;/" "${PROJECT_BINARY_DIR};${PROJECT_NAME};bundle;/")
set(CPACK_SOURCE_GENERATOR "")  # git has the sources
include(CPack)
