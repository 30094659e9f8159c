# trainbus_add_test(name SOURCES a_test.cpp … [LIBRARIES …] [LABELS …])
# One Boost.Test executable, one ctest entry. Tests find their data in TRAINBUS_TEST_DATA, scratch
# space in a folder of their own, and the reference vectors in the environment's TRAINBUS_VECTORS.
# Tests with the label "vectors" are skipped where the set has nothing for them.
function(trainbus_add_test name)
  if(NOT TRAINBUS_TESTS)
    return()
  endif()
  cmake_parse_arguments(arg "" "" "SOURCES;LIBRARIES;LABELS" ${ARGN})
  if("vectors" IN_LIST arg_LABELS)
    list(APPEND arg_SOURCES "${PROJECT_SOURCE_DIR}/tests/support/all_skipped.cpp")
  endif()
  add_executable(${name} ${arg_SOURCES} "${PROJECT_SOURCE_DIR}/tests/main.cpp")
  trainbus_warnings(${name})
  target_compile_definitions(${name} PRIVATE
    BOOST_TEST_DYN_LINK TRAINBUS_TEST_DATA="${PROJECT_SOURCE_DIR}/tests/data"
    TRAINBUS_BINARY_DIR="${PROJECT_BINARY_DIR}" TRAINBUS_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  target_include_directories(${name} PRIVATE "${PROJECT_SOURCE_DIR}/framework" "${PROJECT_SOURCE_DIR}/tests")
  target_link_libraries(${name} PRIVATE ${arg_LIBRARIES} Boost::unit_test_framework)
  # Whoever links the kernels compiles with OpenMP, which a header compiled without does not fit.
  if("trainbus::engine" IN_LIST arg_LIBRARIES AND NOT "trainbus_kernels" IN_LIST arg_LIBRARIES)
    trainbus_precompile_tensor(${name})
  endif()
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/tests")
  add_test(NAME ${name} COMMAND ${name} --log_level=warning)
  set_tests_properties(${name} PROPERTIES LABELS "${arg_LABELS}" TIMEOUT 600)
  if("vectors" IN_LIST arg_LABELS)
    set_tests_properties(${name} PROPERTIES
      SKIP_REGULAR_EXPRESSION "every comparison is skipped")
  endif()
endfunction()

# trainbus_add_script_test(name SCRIPT ARGUMENT… [LABELS …] [TIMEOUT seconds])
# A Python script of the current folder as a test, where there is a Python; it exits with 77 to be
# skipped, after saying why. Without leak checks: it starts other programs, some of which it kills.
function(trainbus_add_script_test name script)
  if(NOT TRAINBUS_PYTHON)
    return()
  endif()
  cmake_parse_arguments(arg "" "TIMEOUT" "LABELS" ${ARGN})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 600)
  endif()
  add_test(NAME ${name} COMMAND "${TRAINBUS_PYTHON}" "${CMAKE_CURRENT_SOURCE_DIR}/${script}"
    ${arg_UNPARSED_ARGUMENTS})
  set_tests_properties(${name} PROPERTIES
    LABELS "${arg_LABELS}" SKIP_RETURN_CODE 77 TIMEOUT ${arg_TIMEOUT})
  trainbus_no_leak_check(${name})
endfunction()

# trainbus_bad_modules(target prefix source.c …)
# Deliberately bad modules of the plugin SDK, BUILD/target/NAME.so each, from C11 or C++ sources of
# the current folder; their targets are prefixNAME.
function(trainbus_bad_modules target prefix)
  add_custom_target(${target})
  foreach(source IN LISTS ARGN)
    cmake_path(GET source STEM name)
    add_library(${prefix}${name} MODULE ${source})
    target_link_libraries(${prefix}${name} PRIVATE trainbus::plugin)
    set_target_properties(${prefix}${name} PROPERTIES PREFIX "" OUTPUT_NAME ${name} C_STANDARD 11
      LIBRARY_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/${target}"
      C_VISIBILITY_PRESET hidden POSITION_INDEPENDENT_CODE ON)
    trainbus_warnings(${prefix}${name})
    if(TRAINBUS_SANITIZE)  # what they do on purpose is theirs to do
      target_compile_options(${prefix}${name} PRIVATE -fno-sanitize=all)
    endif()
    add_dependencies(${target} ${prefix}${name})
  endforeach()
endfunction()
