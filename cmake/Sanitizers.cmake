# TRAINBUS_SANITIZE: builds everything with one of the compiler's sanitizers. tests/run.sh --sanitize
# makes a build folder for each and runs in it what can be run there.
#   address   AddressSanitizer with leak detection, and UndefinedBehaviorSanitizer
#   thread    ThreadSanitizer; without LibTorch, which cannot be instrumented
#   fuzzer    the two of `address` and libFuzzer's coverage; clang alone has it
#
# trainbus_no_leak_check(TEST…): of tests whose processes are halted, killed or left behind, or run training
# with a thread for each sink. LeakSanitizer stops all threads of a process that ends, and now and then it
# cannot ("has encountered a fatal error").
function(trainbus_no_leak_check)
  if(TRAINBUS_SANITIZE STREQUAL "address")
    set_tests_properties(${ARGN} PROPERTIES
      ENVIRONMENT_MODIFICATION "ASAN_OPTIONS=string_append::detect_leaks=0")
  endif()
endfunction()

set(TRAINBUS_SANITIZE "" CACHE STRING "Build with a sanitizer: address, thread or fuzzer")
set_property(CACHE TRAINBUS_SANITIZE PROPERTY STRINGS "" address thread fuzzer)
if(TRAINBUS_SANITIZE STREQUAL "")
  return()
endif()

set(address "-fsanitize=address,undefined -D_GLIBCXX_ASSERTIONS")
if(TRAINBUS_SANITIZE STREQUAL "address")
  set(flags "${address}")
elseif(TRAINBUS_SANITIZE STREQUAL "thread")
  if(TRAINBUS_ENGINE)
    message(FATAL_ERROR "LibTorch cannot be instrumented: TRAINBUS_SANITIZE=thread needs TRAINBUS_ENGINE=OFF.")
  endif()
  set(flags "-fsanitize=thread")
elseif(TRAINBUS_SANITIZE STREQUAL "fuzzer")
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "TRAINBUS_SANITIZE=fuzzer needs -DCMAKE_CXX_COMPILER=clang++; this is ${CMAKE_CXX_COMPILER}.")
  endif()
  set(flags "${address} -fsanitize=fuzzer-no-link")
else()
  message(FATAL_ERROR "TRAINBUS_SANITIZE is ${TRAINBUS_SANITIZE}; it can be address, thread or fuzzer.")
endif()

# CUDA's driver maps memory where the sanitizers keep their shadow.
set(CMAKE_CUDA_COMPILER NOTFOUND)

# In the flags themselves, so that whatever is compiled in this build gets them, plugins included.
# -O1 without inlined frames gone from the traces is what the sanitizers are made for.
foreach(language C CXX)
  string(APPEND CMAKE_${language}_FLAGS " ${flags} -fno-omit-frame-pointer -g1")
  set(CMAKE_${language}_FLAGS_RELEASE "-O1")
endforeach()
