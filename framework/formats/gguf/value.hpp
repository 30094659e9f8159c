// The values of GGUF metadata, read in place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/export.hpp"

namespace trainbus {

// The numbers of the file format.
enum class GgufType : std::uint32_t {
  Uint8 = 0,
  Int8 = 1,
  Uint16 = 2,
  Int16 = 3,
  Uint32 = 4,
  Int32 = 5,
  Float32 = 6,
  Bool = 7,
  String = 8,
  Array = 9,
  Uint64 = 10,
  Int64 = 11,
  Float64 = 12,
};

// "uint8", "string", …
TRAINBUS_EXPORT std::string_view gguf_type_name(GgufType type);
// Bytes of one value of a fixed-size type; 0 for String and Array.
TRAINBUS_EXPORT std::size_t gguf_type_bytes(GgufType type);

// An array in the file, checked. Its elements are decoded on demand, so that a small file cannot
// make the reader allocate much memory. Valid while the GgufFile lives.
struct GgufArray {
  GgufType type = GgufType::Uint8;
  std::uint64_t count = 0;
  std::span<const std::byte> bytes;
};

using GgufValue =
    std::variant<std::uint64_t, std::int64_t, float, double, bool, std::string_view, GgufArray>;

// Decodes the elements; none if they are of another type (integers: any integer type that fits).
TRAINBUS_EXPORT std::optional<std::vector<std::string_view>> gguf_strings(const GgufArray& array);
TRAINBUS_EXPORT std::optional<std::vector<std::int64_t>> gguf_integers(const GgufArray& array);
TRAINBUS_EXPORT std::optional<std::vector<double>> gguf_numbers(const GgufArray& array);
// The elements of an array of arrays.
TRAINBUS_EXPORT std::optional<std::vector<GgufArray>> gguf_arrays(const GgufArray& array);

// The value as text for messages and listings: numbers, strings, "[string × 49152]".
TRAINBUS_EXPORT std::string gguf_text(const GgufValue& value);

}  // namespace trainbus
