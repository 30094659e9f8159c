# cmake -DOUTPUT=FILE.cpp -DFILES="PATH…" -P EmbedFiles.cmake: a C++ source with the text of files.
cmake_minimum_required(VERSION 3.25)
set(cases "")
foreach(file IN LISTS FILES)
  cmake_path(GET file FILENAME name)
  file(READ "${file}" text)
  string(APPEND cases "  if (name == \"${name}\") return R\"embedded(${text})embedded\";\n")
endforeach()
file(WRITE "${OUTPUT}" "// Made by cmake/EmbedFiles.cmake.
#include \"new_plugin/embedded.hpp\"

#include <stdexcept>
#include <string>

namespace trainbus::cli {

std::string_view embedded_file(std::string_view name) {
${cases}  throw std::logic_error(\"nothing embedded is called \" + std::string(name));
}

}  // namespace trainbus::cli
")
