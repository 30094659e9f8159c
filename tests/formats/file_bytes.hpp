// Whole files as strings, for tests that damage them.
#pragma once

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <type_traits>

namespace trainbus::testing {

inline std::string read_bytes(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void write_bytes(const std::filesystem::path& path, std::string_view bytes) {
  std::filesystem::remove(path);  // some file systems sync a file that is overwritten
  std::ofstream(path, std::ios::binary) << bytes;
}

// The little-endian bytes of a number.
template <typename T>
std::string bytes_of(T number) {
  static_assert(std::is_arithmetic_v<T>);
  std::string bytes(sizeof number, '\0');
  std::memcpy(bytes.data(), &number, sizeof number);
  return bytes;
}

}  // namespace trainbus::testing
