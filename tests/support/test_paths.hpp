// Where tests read and write: reference vectors, committed data, a scratch folder.
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace trainbus::testing {

// The reference vectors: the folder named by TRAINBUS_VECTORS, which must be there, or the
// project's own copy.
inline std::filesystem::path vectors() {
  const char* folder = std::getenv("TRAINBUS_VECTORS");
  if (folder == nullptr || *folder == '\0') return TRAINBUS_TEST_DATA "/vectors";
  if (!std::filesystem::is_directory(folder))
    throw std::runtime_error("TRAINBUS_VECTORS is no folder: " + std::string(folder));
  return folder;
}

// A fresh folder that is removed with everything in it.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "trainbus-test-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

}  // namespace trainbus::testing
