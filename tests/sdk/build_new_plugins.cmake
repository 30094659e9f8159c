# Writes a project of each role with `trainbus new-plugin`, builds it as its author would, with every
# warning an error, and runs its tests, `trainbus plugins check` among them. The package is that of a
# fresh installation of the SDK alone; the launcher is BUILD's.
#   BUILD, WORK, GENERATOR, CXX, LAUNCHER (of the compiler; may be empty), ROLES (with commas)
cmake_minimum_required(VERSION 3.25)

function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE code OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT code EQUAL 0)
    list(JOIN ARGN " " line)
    message(FATAL_ERROR "failed (${code}): ${line}\n${output}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

# By the environment, since it may be a list, which would be taken apart as an argument.
set(ENV{CMAKE_CXX_COMPILER_LAUNCHER} "${LAUNCHER}")
set(warnings "-Wall -Wextra -Wpedantic -Wshadow -Werror")
function(build_and_test folder)
  run("${CMAKE_COMMAND}" -S "${folder}" -B "${folder}/build" -G "${GENERATOR}"
    "-DCMAKE_CXX_COMPILER=${CXX}"
    "-DCMAKE_CXX_FLAGS=${warnings}" -DCMAKE_BUILD_TYPE=Release
    "-DCMAKE_PREFIX_PATH=${WORK}/sdk" "-DTRAINBUS_PROGRAM=${BUILD}/bin/trainbus")
  run("${CMAKE_COMMAND}" --build "${folder}/build")
  run("${CMAKE_CTEST_COMMAND}" --test-dir "${folder}/build" --output-on-failure)
  if(NOT output MATCHES "100% tests passed, 0 tests failed out of 2")
    message(FATAL_ERROR "expected two tests in ${folder}:\n${output}")
  endif()
endfunction()

file(REMOVE_RECURSE "${WORK}")
file(MAKE_DIRECTORY "${WORK}")
run("${CMAKE_COMMAND}" --install "${BUILD}" --component trainbus-plugin --prefix "${WORK}/sdk")
string(REPLACE "," ";" roles "${ROLES}")
foreach(role IN LISTS roles)
  run("${BUILD}/bin/trainbus" new-plugin acme.my-${role} --${role} --dir "${WORK}/${role}")
  build_and_test("${WORK}/${role}")
endforeach()
if("control" IN_LIST roles)
  # A control observer's requests are shown.
  run("${BUILD}/bin/trainbus" plugins check "${WORK}/control/build/acme.my-control.so" --below 5)
  if(NOT output MATCHES "asked for +stop at step 1 \\(the loss is low enough\\)")
    message(FATAL_ERROR "expected a request to stop at step 1:\n${output}")
  endif()
endif()
run("${BUILD}/bin/trainbus" new-plugin spread --metric --vendored --dir "${WORK}/vendored")
build_and_test("${WORK}/vendored")
if("reward" IN_LIST roles)
  run("${BUILD}/bin/trainbus" new-plugin brief --reward --vendored --dir "${WORK}/vendored-reward")
  build_and_test("${WORK}/vendored-reward")
endif()
