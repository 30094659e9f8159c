// Where the folder of all-MiniLM-L6-v2 is.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <stdexcept>

namespace trainbus::testing {

// The folder that TRAINBUS_MINILM names, else the one that tests/run.sh installs under .deps.
inline std::filesystem::path minilm() {
  namespace fs = std::filesystem;
  const char* named = std::getenv("TRAINBUS_MINILM");
  const fs::path folder = named != nullptr && *named != '\0'
                              ? fs::path(named)
                              : fs::path(TRAINBUS_SOURCE_DIR) / ".deps" / "models" / "minilm";
  std::error_code ignored;
  if (fs::exists(folder / "model.safetensors", ignored)) return folder;
  throw std::runtime_error(
      "The MiniLM folder is not there: run tests/run.sh, which installs it, or name it in "
      "TRAINBUS_MINILM.");
}

}  // namespace trainbus::testing
