# Installation and find_package(nnrun): targets nnrun::sdk and nnrun::core, and nnrun_add_plugin().
include(CMakePackageConfigHelpers)
set(package ${CMAKE_INSTALL_LIBDIR}/cmake/nnrun)

install(DIRECTORY ${PROJECT_SOURCE_DIR}/api/include/nnrun ${PROJECT_SOURCE_DIR}/core/include/nnrun
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES ${PROJECT_SOURCE_DIR}/README.md ${PROJECT_SOURCE_DIR}/CHANGELOG.md ${PROJECT_SOURCE_DIR}/LICENSE
        DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(TARGETS nnrun-sdk nnrun-shared EXPORT nnrun RUNTIME_DEPENDENCY_SET nnrun-libraries
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
set_target_properties(nnrun-sdk PROPERTIES EXPORT_NAME sdk)
install(EXPORT nnrun NAMESPACE nnrun:: DESTINATION ${package} FILE nnrun-targets.cmake)
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/nnrun-config.cmake.in
  ${PROJECT_BINARY_DIR}/nnrun-config.cmake INSTALL_DESTINATION ${package})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/nnrun-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/nnrun-config.cmake
              ${PROJECT_BINARY_DIR}/nnrun-config-version.cmake
              ${PROJECT_SOURCE_DIR}/cmake/NnrunModule.cmake
              ${PROJECT_SOURCE_DIR}/cmake/nnrun-module.map
        DESTINATION ${package})
