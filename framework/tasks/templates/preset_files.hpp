// The files of this folder, as cmake/EmbedPresets.cmake compiles them in.
#pragma once

#include <span>
#include <string_view>

namespace trainbus::tasks {

struct PresetFile {
  std::string_view name, text;  // "sst2", the content of sst2.ini
};

std::span<const PresetFile> preset_files();

}  // namespace trainbus::tasks
