# cmake -DHEADER=NAME.hpp -DINCLUDE=FOLDER -DVERSION=X -DOUTPUT=FILE -P Amalgamate.cmake
# One header out of many: each <trainbus/plugin/…> is put in the place where it is first included.
# trainbus/plugin.h stays a file of its own, as does trainbus/plugin.hpp for others.
cmake_minimum_required(VERSION 3.25)
file(READ "${INCLUDE}/trainbus/${HEADER}" text)
string(REPLACE "#pragma once\n" "" text "${text}")
set(inlined "")
while(text MATCHES "#include <(trainbus/plugin/[a-z0-9_/]+\\.hpp)>\n")
  set(line "${CMAKE_MATCH_0}")
  set(path "${CMAKE_MATCH_1}")
  string(FIND "${text}" "${line}" at)
  string(SUBSTRING "${text}" 0 ${at} before)
  string(LENGTH "${line}" length)
  math(EXPR at "${at} + ${length}")
  string(SUBSTRING "${text}" ${at} -1 after)
  set(part "")
  if(NOT path IN_LIST inlined AND (HEADER STREQUAL "plugin.hpp" OR path MATCHES "/testing/"))
    list(APPEND inlined "${path}")
    file(READ "${INCLUDE}/${path}" part)
    string(REPLACE "#pragma once\n" "" part "${part}")
  endif()
  set(text "${before}${part}${after}")
endwhile()
file(WRITE "${OUTPUT}" "// trainbus observer SDK ${VERSION} in one file, made from trainbus/plugin/*.hpp. Copy it with
// trainbus/plugin.h into a folder trainbus/ of your project; nothing else is needed.
#pragma once

${text}")
