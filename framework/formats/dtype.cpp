#include "formats/dtype.hpp"

#include <array>
#include <cstddef>

namespace trainbus {
namespace {

struct Entry {
  std::string_view name;
  unsigned bits;
};

// Indexed by DType.
constexpr std::array<Entry, 22> table = {{
    {"BOOL", 8},        {"F4", 4},      {"F6_E2M3", 6}, {"F6_E3M2", 6}, {"U8", 8},
    {"I8", 8},          {"F8_E5M2", 8}, {"F8_E4M3", 8}, {"F8_E8M0", 8}, {"F8_E4M3FNUZ", 8},
    {"F8_E5M2FNUZ", 8}, {"I16", 16},    {"U16", 16},    {"F16", 16},    {"BF16", 16},
    {"I32", 32},        {"U32", 32},    {"F32", 32},    {"C64", 64},    {"F64", 64},
    {"I64", 64},        {"U64", 64},
}};
static_assert(table.size() == static_cast<std::size_t>(DType::U64) + 1);

}  // namespace

std::string_view dtype_name(DType dtype) { return table[static_cast<std::size_t>(dtype)].name; }

unsigned dtype_bits(DType dtype) { return table[static_cast<std::size_t>(dtype)].bits; }

std::optional<DType> dtype_from_name(std::string_view name) {
  for (std::size_t i = 0; i < table.size(); ++i)
    if (table[i].name == name) return static_cast<DType>(i);
  return std::nullopt;
}

std::optional<std::uint64_t> element_count(std::span<const std::int64_t> shape) {
  std::uint64_t count = 1;
  for (const std::int64_t extent : shape)
    if (extent < 0 || __builtin_mul_overflow(count, static_cast<std::uint64_t>(extent), &count))
      return std::nullopt;
  return count;
}

std::optional<std::uint64_t> tensor_bytes(DType dtype, std::span<const std::int64_t> shape) {
  const std::optional<std::uint64_t> count = element_count(shape);
  std::uint64_t bits = 0;
  if (!count || __builtin_mul_overflow(*count, dtype_bits(dtype), &bits) || bits % 8 != 0)
    return std::nullopt;
  return bits / 8;
}

}  // namespace trainbus
