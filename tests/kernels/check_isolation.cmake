# Fails if an object that was compiled for more than the baseline processor defines a shared (weak) function
# that is not named after its instruction set: the linker could hand such a function to everybody.
#   -DNM=nm -DOBJECTS=a.o;b.o
set(checked 0)
foreach(object IN LISTS OBJECTS)
  if(NOT object MATCHES "table_(avx[0-9]+)")
    continue()
  endif()
  string(REPLACE "avx" "Avx" set "${CMAKE_MATCH_1}")
  execute_process(COMMAND "${NM}" --demangle --defined-only "${object}"
    OUTPUT_VARIABLE symbols COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCHALL "[0-9a-f]+ [WV] [^\n]+" weak "${symbols}")
  foreach(symbol IN LISTS weak)
    if(NOT symbol MATCHES "kernels::${set}[^a-zA-Z0-9]")
      message(FATAL_ERROR "${object} defines ${symbol}, which other files may define too")
    endif()
  endforeach()
  math(EXPR checked "${checked} + 1")
endforeach()
if(checked EQUAL 0)
  message(FATAL_ERROR "no table_avx*.cpp among the objects: ${OBJECTS}")
endif()
