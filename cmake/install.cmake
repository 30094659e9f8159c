# What `cmake --install` lays down: the launcher and its libraries, and the package `trainbus` for
# those who link the framework. The plugins, the launcher's training verbs and the package
# `trainbus-plugin` (the plugin SDK, which needs none of this) are installed where they are defined.
#
#   bin/trainbus                    the launcher
#   bin/trainbus-isolate            the process of plugins that run with isolate
#   lib/libtrainbus_{core,engine}.so
#   include/trainbus/framework/     the include root of the framework: #include "core/bus/bus.hpp"
#   lib/cmake/trainbus/             find_package(trainbus COMPONENTS core engine), and
#                                   trainbus_add_engine_plugin()
include(CMakePackageConfigHelpers)

set(_package "${CMAKE_INSTALL_LIBDIR}/cmake/trainbus")
set(_headers "${CMAKE_INSTALL_INCLUDEDIR}/trainbus/framework")

# trainbus_install_library(name component): the target trainbus_NAME as trainbus::NAME. An export a
# component, so that core can be found where LibTorch is not.
function(trainbus_install_library name)
  set_target_properties(trainbus_${name} PROPERTIES EXPORT_NAME ${name})
  install(TARGETS trainbus_${name} EXPORT trainbus-${name}
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
    INCLUDES DESTINATION "${_headers}")
  install(EXPORT trainbus-${name} NAMESPACE trainbus::
    FILE trainbus-${name}-targets.cmake DESTINATION "${_package}")
endfunction()

trainbus_install_library(core)
install(DIRECTORY framework/core DESTINATION "${_headers}" FILES_MATCHING PATTERN "*.hpp")

if(TRAINBUS_ENGINE)
  get_filename_component(_libtorch_root "${LibTorch_LIBRARY_DIR}" DIRECTORY)
  # The one thing outside the prefix that the installed engine must find.
  set_property(TARGET trainbus_engine APPEND PROPERTY INSTALL_RPATH "${LibTorch_LIBRARY_DIR}")
  trainbus_install_library(engine)
  install(DIRECTORY
    framework/device framework/engine framework/formats framework/kernels framework/models framework/run framework/tasks
    framework/text
    DESTINATION "${_headers}" FILES_MATCHING PATTERN "*.hpp")
  install(FILES cmake/FindLibTorch.cmake cmake/TrainbusEnginePlugin.cmake
    DESTINATION "${_package}")
endif()

install(TARGETS trainbus trainbus_isolate RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})

configure_package_config_file(cmake/trainbus-config.cmake.in
  "${CMAKE_CURRENT_BINARY_DIR}/trainbus-config.cmake" INSTALL_DESTINATION "${_package}")
write_basic_package_version_file("${CMAKE_CURRENT_BINARY_DIR}/trainbus-config-version.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/trainbus-config.cmake"
  "${CMAKE_CURRENT_BINARY_DIR}/trainbus-config-version.cmake" DESTINATION "${_package}")
