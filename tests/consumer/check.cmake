# Installs BUILD into an empty prefix under SCRATCH, builds project/ and the examples against it as a
# stranger would, and runs what came out.
set(prefix "${SCRATCH}/prefix")
set(build "${SCRATCH}/build")
file(REMOVE_RECURSE "${prefix}" "${build}")

function(run)
  execute_process(COMMAND ${ARGN}
    OUTPUT_VARIABLE output ERROR_VARIABLE output RESULT_VARIABLE status)
  if(NOT status EQUAL 0)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "${command}\nended with ${status}:\n${output}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

function(expect program expected)
  run("${build}/${program}")
  if(NOT output STREQUAL "${expected}\n")
    message(FATAL_ERROR "${program} should print '${expected}', and printed:\n${output}")
  endif()
endfunction()

# By the environment, since it may be a list, which would be taken apart as an argument.
set(ENV{CMAKE_CXX_COMPILER_LAUNCHER} "${LAUNCHER}")

# build_project(source folder [option…]): configures and builds a third-party project.
function(build_project source folder)
  run("${CMAKE_COMMAND}" -S "${source}" -B "${folder}" -G "${GENERATOR}"
    "-DCMAKE_PREFIX_PATH=${prefix}" "-DCMAKE_CXX_COMPILER=${COMPILER}"
    ${ARGN})
  run("${CMAKE_COMMAND}" --build "${folder}")
endfunction()

run("${CMAKE_COMMAND}" --install "${BUILD}" --prefix "${prefix}")
build_project("${CMAKE_CURRENT_LIST_DIR}/project" "${build}" -DWITH_ENGINE=${WITH_ENGINE})

expect(observer "on_step 7: loss 2.5")
if(WITH_ENGINE)
  expect(schedule "1")
endif()

# A reward of somebody else's passes its own test and the installed launcher's.
set(own_reward "${SCRATCH}/own_reward")
file(REMOVE_RECURSE "${own_reward}")
build_project("${EXAMPLES}/own_reward" "${own_reward}")
run("${CMAKE_CTEST_COMMAND}" --test-dir "${own_reward}" --output-on-failure)
if(NOT output MATCHES "100% tests passed, 0 tests failed out of 2")
  message(FATAL_ERROR "expected two tests of own_reward, and this was printed:\n${output}")
endif()
run("${prefix}/bin/trainbus" plugins show "${own_reward}/short_json.so")
if(NOT output MATCHES "short_json 1.0.0, reward")
  message(FATAL_ERROR "short_json should be shown as a reward, and this was printed:\n${output}")
endif()

# What was installed finds its own libraries.
run("${prefix}/bin/trainbus" --help)
if(WITH_ENGINE)
  include("${CMAKE_CURRENT_LIST_DIR}/examples.cmake")
endif()
