# cmake -DOUTPUT=FILE.cpp -DFILES="PATH…" -P EmbedPresets.cmake: a C++ source with the text of presets.
cmake_minimum_required(VERSION 3.25)
set(files "")
foreach(file IN LISTS FILES)
  cmake_path(GET file STEM name)
  file(READ "${file}" text)
  string(APPEND files "    {\"${name}\", R\"embedded(${text})embedded\"},\n")
endforeach()
file(WRITE "${OUTPUT}" "// Made by cmake/EmbedPresets.cmake.
#include \"tasks/templates/preset_files.hpp\"

namespace trainbus::tasks {

std::span<const PresetFile> preset_files() {
  static constexpr PresetFile files[] = {
${files}  };
  return files;
}

}  // namespace trainbus::tasks
")
