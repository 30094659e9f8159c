# LibTorch's <ATen/core/Tensor.h> is 150,000 lines, and half of the files of the engine and its tests
# include it: compiling it once for each kind of target saves a fifth of the whole build.
#
# trainbus_precompile_tensor(TARGET): gives the target's files the header precompiled. The file that is
# compiled is the same either way, but for the line tables: -DTRAINBUS_PRECOMPILE=OFF, as the builds with
# sanitizers have it, shows whether each file includes what it uses.
add_compile_definitions(AT_PER_OPERATOR_HEADERS)  # or <ATen/TensorOperators.h> includes every operator

function(trainbus_precompile_tensor target)
  if(NOT TRAINBUS_PRECOMPILE)
    return()
  endif()
  get_target_property(type ${target} TYPE)
  if(type STREQUAL "EXECUTABLE")
    # One for all executables: they have the same flags, and other definitions, which it does not read.
    if(NOT TARGET trainbus_tensor_header)
      set(file "${PROJECT_BINARY_DIR}/tensor_header.cpp")
      file(CONFIGURE OUTPUT "${file}" CONTENT "int main() {}\n")
      add_executable(trainbus_tensor_header EXCLUDE_FROM_ALL "${file}")
      target_link_libraries(trainbus_tensor_header PRIVATE LibTorch::cpu)
      trainbus_warnings(trainbus_tensor_header)  # -Wpedantic decides over a predefined macro
      target_precompile_headers(trainbus_tensor_header PRIVATE <ATen/core/Tensor.h>)
    endif()
    target_precompile_headers(${target} REUSE_FROM trainbus_tensor_header)
  else()
    target_precompile_headers(${target} PRIVATE <ATen/core/Tensor.h>)
  endif()
endfunction()
