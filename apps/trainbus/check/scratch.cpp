#include "scratch.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "core/io/error.hpp"

namespace trainbus::cli {

Scratch::Scratch() {
  std::string name = (std::filesystem::temp_directory_path() / "trainbus-check-XXXXXX").string();
  if (!::mkdtemp(name.data()))
    throw RunError(std::strerror(errno), name, "Set TMPDIR to a folder that can be written.");
  path_ = name;
}

Scratch::~Scratch() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace trainbus::cli
