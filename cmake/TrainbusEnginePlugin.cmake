# trainbus_add_engine_plugin(name sources…): an optimizer plugin NAME.so, bound to this build of the engine.
# Part of the package `trainbus`, and used in-tree.
include_guard(GLOBAL)
function(trainbus_add_engine_plugin name)
  include(GNUInstallDirs)
  set(built_with "${trainbus_ENGINE_COMPILER}")
  set(compiler "${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}")
  if(built_with AND NOT compiler STREQUAL built_with)
    message(FATAL_ERROR "${name}: the compiler is ${compiler}, and trainbus was built with ${built_with}: "
      "an engine plugin needs the same. Set CMAKE_CXX_COMPILER in a new build folder.")
  endif()
  add_library(${name} MODULE ${ARGN})
  target_link_libraries(${name} PRIVATE trainbus::engine)
  target_link_options(${name} PRIVATE LINKER:-z,defs LINKER:-z,nodelete)
  set_target_properties(${name} PROPERTIES PREFIX "" CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
  if(COMMAND trainbus_warnings)  # in-tree
    trainbus_warnings(${name})
    set_property(TARGET ${name} APPEND PROPERTY INSTALL_RPATH "${CMAKE_INSTALL_RPATH}" "${LibTorch_LIBRARY_DIR}")
  else()
    set_target_properties(${name} PROPERTIES INSTALL_RPATH_USE_LINK_PATH ON)
  endif()
  install(TARGETS ${name} LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}/trainbus/plugins/1")
endfunction()
