# cmake -DCOMPILER=… -DSOURCE=… -DSDK=… -DLIBTORCH=… -DTAGGED=FILE -P engine_tag.cmake
# Every header of trainbus that an engine plugin or a device backend can reach is in the build tag,
# as the compiler itself lists them.
cmake_minimum_required(VERSION 3.25)
file(STRINGS "${TAGGED}" tagged)
foreach(entry engine/optimizer.hpp engine/step.hpp engine/directions/counter_direction.hpp
    engine/directions/low_rank_direction.hpp device/backend.hpp)
  execute_process(
    COMMAND "${COMPILER}" -std=c++20 -MM "-I${SOURCE}/framework" "-I${SDK}" -isystem "${LIBTORCH}"
      "${SOURCE}/framework/${entry}"
    OUTPUT_VARIABLE listed RESULT_VARIABLE failed)
  if(failed)
    message(FATAL_ERROR "The compiler could not list what ${entry} includes.")
  endif()
  string(REGEX MATCHALL "[^ \\\n]+\\.hp?p?" headers "${listed}")
  set(count 0)
  foreach(header IN LISTS headers)
    cmake_path(NORMAL_PATH header)
    string(FIND "${header}" "${SOURCE}/" at)
    if(NOT at EQUAL 0)
      continue()
    endif()
    math(EXPR count "${count} + 1")
    if(NOT header IN_LIST tagged)
      message(SEND_ERROR "${header} can be reached from ${entry}, and is not in the build tag: add its "
        "folder to cmake/EngineTag.cmake.")
    endif()
  endforeach()
  if(count LESS 5)
    message(SEND_ERROR "Only ${count} headers of trainbus behind ${entry}: this test looked in the wrong place.")
  endif()
  message(STATUS "${entry}: ${count} headers, all in the build tag")
endforeach()
