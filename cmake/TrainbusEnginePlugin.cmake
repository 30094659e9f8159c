# trainbus_add_engine_plugin(name sources…): an optimizer plugin NAME.so, bound to this build of the engine.
function(trainbus_add_engine_plugin name)
  add_library(${name} MODULE ${ARGN})
  trainbus_warnings(${name})
  target_link_libraries(${name} PRIVATE trainbus::engine)
  target_link_options(${name} PRIVATE LINKER:-z,defs LINKER:-z,nodelete)
  set_target_properties(${name} PROPERTIES PREFIX "" CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
  install(TARGETS ${name} LIBRARY DESTINATION ${TRAINBUS_PLUGIN_DIR})
endfunction()
