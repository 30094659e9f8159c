# trainbus_add_plugin(name sources…): an observer or reward plugin NAME.so that needs only trainbus::plugin.
# One visible symbol, no undefined symbols, never unloaded. Part of the SDK package, and used in-tree.
# Name it after the plugin's id, so that it is found by it. Where the program trainbus is found
# (TRAINBUS_PROGRAM), a test NAME_check puts the plugin through `trainbus plugins check`.
include_guard(GLOBAL)
function(trainbus_add_plugin name)
  include(GNUInstallDirs)
  set(map "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/plugin.map")
  add_library(${name} MODULE ${ARGN})
  target_link_libraries(${name} PRIVATE trainbus::plugin)
  set_target_properties(${name} PROPERTIES PREFIX "" CXX_VISIBILITY_PRESET hidden
    VISIBILITY_INLINES_HIDDEN ON LINK_DEPENDS "${map}")
  target_link_options(${name} PRIVATE "LINKER:--version-script=${map}" LINKER:-z,nodelete)
  # A sanitizer's runtime comes with the program, so its symbols are undefined here.
  if(NOT "${CMAKE_CXX_FLAGS}" MATCHES "-fsanitize")
    target_link_options(${name} PRIVATE LINKER:-z,defs)
  endif()
  if("${CMAKE_CXX_FLAGS}" MATCHES "-ffast-math|-Ofast")
    message(WARNING "${name}: -ffast-math switches denormal numbers off in the thread that loads the plugin.")
  endif()
  if(TRAINBUS_PROGRAM)
    add_test(NAME ${name}_check COMMAND "${TRAINBUS_PROGRAM}" plugins check "$<TARGET_FILE:${name}>")
  endif()
  install(TARGETS ${name} LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}/trainbus/plugins/1")
endfunction()
