# The build tag of the engine tier: what must match exactly between the engine and an engine plugin.
# Its hash is in the name of the symbol that a plugin exports, so a mismatch is seen before any of the
# plugin's code runs. Sets TRAINBUS_ENGINE_SYMBOL, and TRAINBUS_BACKEND_SYMBOL for the files of device/.
# Only what exports or looks for these symbols is compiled with them: trainbus_add_engine_plugin()
# takes them from the target trainbus::engine.
#
# Every header that can be reached from a plugin counts, so all of these folders, to the bottom;
# tests/abi looks whether one is missing.
set(_headers "")
foreach(_room core device engine formats kernels models run sdk tasks text)
  file(GLOB_RECURSE _found CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/framework/${_room}/*.h"
    "${PROJECT_SOURCE_DIR}/framework/${_room}/*.hpp")
  list(APPEND _headers ${_found})
endforeach()
set(TRAINBUS_TAGGED_HEADERS ${_headers})
set(_tag "trainbus=${PROJECT_VERSION};libtorch=${LibTorch_VERSION};compiler=${CMAKE_CXX_COMPILER_ID}-${CMAKE_CXX_COMPILER_VERSION};standard=20;build=${CMAKE_BUILD_TYPE}")
foreach(_header IN LISTS _headers)
  file(SHA256 "${_header}" _hash)
  string(APPEND _tag ";${_hash}")
  set_property(DIRECTORY "${PROJECT_SOURCE_DIR}" APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${_header}")
endforeach()
string(SHA256 _hash "${_tag}")
string(SUBSTRING "${_hash}" 0 16 _hash)
set(TRAINBUS_ENGINE_SYMBOL "trainbus_engine_${_hash}")
set(TRAINBUS_BACKEND_SYMBOL "trainbus_backend_${_hash}")
