// MANIFEST: the list of a checkpoint's files. See README.md for the format.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/export.hpp"

namespace trainbus {

inline constexpr std::string_view manifest_name = "MANIFEST";
inline constexpr std::uint64_t largest_manifest = 1 << 20;  // bytes: thousands of files

struct ManifestEntry {
  std::string name;  // relative to the folder, with '/'
  std::uint64_t bytes = 0;
  std::uint32_t crc32c = 0;
  bool operator==(const ManifestEntry&) const = default;
};

struct Manifest {
  std::uint64_t step = 0;
  std::vector<ManifestEntry> entries;  // in the order of their names
  bool operator==(const Manifest&) const = default;
};

// Whether a file of a checkpoint may have this name: relative, without empty parts, "." or "..",
// without control characters, and not MANIFEST's own.
TRAINBUS_EXPORT bool is_entry_name(std::string_view name);

// A checksum as MANIFEST has it: eight hexadecimal digits.
TRAINBUS_EXPORT std::string crc32c_text(std::uint32_t crc);

// The entries may be in any order. Throws RunError for a name that is invalid or appears twice, and
// if the text would be larger than largest_manifest.
TRAINBUS_EXPORT std::string format_manifest(Manifest manifest);

// Accepts exactly what format_manifest makes; throws RunError that says what is wrong with any
// other text. Uses a few times the text's memory.
TRAINBUS_EXPORT Manifest parse_manifest(std::string_view text);

}  // namespace trainbus
