// A temporary folder for a plugin's files, removed on destruction.
#pragma once

#include <filesystem>

namespace trainbus::cli {

class Scratch {
 public:
  Scratch();  // throws RunError
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace trainbus::cli
