# Headers that are compiled once for each kind of target instead of once for each file. The files that are
# compiled are the same either way, but for the line tables: -DTRAINBUS_PRECOMPILE=OFF, as the builds with
# sanitizers have it, shows whether each file includes what it uses.
if(TRAINBUS_ENGINE)
  add_compile_definitions(AT_PER_OPERATOR_HEADERS)  # or <ATen/TensorOperators.h> includes every operator
endif()

# trainbus_precompile_tensor(TARGET): LibTorch's <ATen/core/Tensor.h>, 150,000 lines, which half of the
# files of the engine and its tests include: a fifth of the whole build.
function(trainbus_precompile_tensor target)
  if(NOT TRAINBUS_PRECOMPILE)
    return()
  endif()
  get_target_property(type ${target} TYPE)
  # One for all executables and one for all modules: they have the same flags, and other definitions, which
  # it does not read.
  if(type STREQUAL "EXECUTABLE")
    _trainbus_tensor_header(trainbus_tensor_header EXECUTABLE)
    target_precompile_headers(${target} REUSE_FROM trainbus_tensor_header)
  elseif(type STREQUAL "MODULE_LIBRARY")
    _trainbus_tensor_header(trainbus_tensor_header_pic MODULE)
    target_precompile_headers(${target} REUSE_FROM trainbus_tensor_header_pic)
  else()
    target_precompile_headers(${target} PRIVATE <ATen/core/Tensor.h>)
  endif()
endfunction()

# A target that is there for its precompiled header alone.
function(_trainbus_tensor_header name kind)
  if(TARGET ${name})
    return()
  endif()
  set(file "${PROJECT_BINARY_DIR}/tensor_header.cpp")
  file(CONFIGURE OUTPUT "${file}" CONTENT "int main() {}\n")
  if(kind STREQUAL "EXECUTABLE")
    add_executable(${name} EXCLUDE_FROM_ALL "${file}")
  else()
    add_library(${name} MODULE EXCLUDE_FROM_ALL "${file}")
    # GCC refuses a precompiled header for a file that lacks one of its definitions.
    set_target_properties(${name} PROPERTIES DEFINE_SYMBOL "")
  endif()
  target_link_libraries(${name} PRIVATE LibTorch::cpu)
  trainbus_warnings(${name})  # -Wpedantic decides over a predefined macro
  target_precompile_headers(${name} PRIVATE <ATen/core/Tensor.h>)
endfunction()

# trainbus_precompile_standard(TARGET): what nearly every file of the libraries without LibTorch includes.
function(trainbus_precompile_standard target)
  if(NOT TRAINBUS_PRECOMPILE)
    return()
  endif()
  target_precompile_headers(${target} PRIVATE
    <algorithm> <chrono> <filesystem> <functional> <map> <memory> <optional> <span> <string> <vector>)
  # GCC 12 warns of overflows in std::string's own code, falsely (its bugs 105329 and 105651); it is silent
  # in system headers, but forgets that a precompiled one is one. Builds without precompiled headers still
  # have these warnings.
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(${target} PRIVATE
      $<$<COMPILE_LANGUAGE:CXX>:-Wno-array-bounds>
      $<$<COMPILE_LANGUAGE:CXX>:-Wno-stringop-overflow>
      $<$<COMPILE_LANGUAGE:CXX>:-Wno-stringop-overread>)
  endif()
endfunction()
