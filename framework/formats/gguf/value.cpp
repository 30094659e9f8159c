#include "formats/gguf/value.hpp"

#include <array>
#include <charconv>
#include <cstring>
#include <limits>

namespace trainbus {
namespace {

struct Entry {
  std::string_view name;
  std::size_t bytes;
};

// Indexed by GgufType.
constexpr std::array<Entry, 13> types = {{{"uint8", 1},
                                          {"int8", 1},
                                          {"uint16", 2},
                                          {"int16", 2},
                                          {"uint32", 4},
                                          {"int32", 4},
                                          {"float32", 4},
                                          {"bool", 1},
                                          {"string", 0},
                                          {"array", 0},
                                          {"uint64", 8},
                                          {"int64", 8},
                                          {"float64", 8}}};

template <typename T>
T take(std::span<const std::byte>& bytes) {
  T value;
  std::memcpy(&value, bytes.data(), sizeof value);
  bytes = bytes.subspan(sizeof value);
  return value;
}

std::span<const std::byte> take(std::span<const std::byte>& bytes, std::size_t size) {
  const auto front = bytes.first(size);
  bytes = bytes.subspan(size);
  return front;
}

template <typename Stored, typename T>
std::vector<T> decode(const GgufArray& array) {
  std::vector<T> values(array.count);
  std::span<const std::byte> rest = array.bytes;
  for (T& value : values) value = static_cast<T>(take<Stored>(rest));
  return values;
}

// Where an array of strings or arrays at the front of bytes ends; it was checked when it was read.
GgufArray take_array(std::span<const std::byte>& bytes) {
  GgufArray array;
  array.type = static_cast<GgufType>(take<std::uint32_t>(bytes));
  array.count = take<std::uint64_t>(bytes);
  const std::span<const std::byte> begin = bytes;
  if (const std::size_t size = gguf_type_bytes(array.type)) {
    take(bytes, array.count * size);
  } else if (array.type == GgufType::String) {
    for (std::uint64_t i = 0; i < array.count; ++i) take(bytes, take<std::uint64_t>(bytes));
  } else {
    for (std::uint64_t i = 0; i < array.count; ++i) take_array(bytes);
  }
  array.bytes = begin.first(begin.size() - bytes.size());
  return array;
}

template <typename T>
std::string shortest(T number) {
  std::array<char, 32> text;
  const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), number);
  return {text.data(), end};
}

}  // namespace

std::string_view gguf_type_name(GgufType type) {
  return types[static_cast<std::size_t>(type)].name;
}

std::size_t gguf_type_bytes(GgufType type) { return types[static_cast<std::size_t>(type)].bytes; }

std::optional<std::vector<std::string_view>> gguf_strings(const GgufArray& array) {
  if (array.type != GgufType::String) return std::nullopt;
  std::vector<std::string_view> strings;
  strings.reserve(array.count);
  std::span<const std::byte> rest = array.bytes;
  for (std::uint64_t i = 0; i < array.count; ++i) {
    const auto text = take(rest, take<std::uint64_t>(rest));
    strings.emplace_back(reinterpret_cast<const char*>(text.data()), text.size());
  }
  return strings;
}

std::optional<std::vector<std::int64_t>> gguf_integers(const GgufArray& array) {
  switch (array.type) {
    case GgufType::Uint8:
      return decode<std::uint8_t, std::int64_t>(array);
    case GgufType::Int8:
      return decode<std::int8_t, std::int64_t>(array);
    case GgufType::Uint16:
      return decode<std::uint16_t, std::int64_t>(array);
    case GgufType::Int16:
      return decode<std::int16_t, std::int64_t>(array);
    case GgufType::Uint32:
      return decode<std::uint32_t, std::int64_t>(array);
    case GgufType::Int32:
      return decode<std::int32_t, std::int64_t>(array);
    case GgufType::Int64:
      return decode<std::int64_t, std::int64_t>(array);
    case GgufType::Uint64: {
      auto numbers = decode<std::uint64_t, std::int64_t>(array);
      for (const std::int64_t number : numbers)
        if (number < 0) return std::nullopt;  // above INT64_MAX
      return numbers;
    }
    default:
      return std::nullopt;
  }
}

std::optional<std::vector<double>> gguf_numbers(const GgufArray& array) {
  if (array.type == GgufType::Float32) return decode<float, double>(array);
  if (array.type == GgufType::Float64) return decode<double, double>(array);
  const auto integers = gguf_integers(array);
  if (!integers) return std::nullopt;
  return std::vector<double>(integers->begin(), integers->end());
}

std::optional<std::vector<GgufArray>> gguf_arrays(const GgufArray& array) {
  if (array.type != GgufType::Array) return std::nullopt;
  std::vector<GgufArray> arrays;
  std::span<const std::byte> rest = array.bytes;
  for (std::uint64_t i = 0; i < array.count; ++i) arrays.push_back(take_array(rest));
  return arrays;
}

std::string gguf_text(const GgufValue& value) {
  struct Visitor {
    std::string operator()(std::uint64_t number) const { return std::to_string(number); }
    std::string operator()(std::int64_t number) const { return std::to_string(number); }
    std::string operator()(float number) const { return shortest(number); }
    std::string operator()(double number) const { return shortest(number); }
    std::string operator()(bool flag) const { return flag ? "true" : "false"; }
    std::string operator()(std::string_view text) const { return "\"" + std::string(text) + "\""; }
    std::string operator()(const GgufArray& array) const {
      return "[" + std::string(gguf_type_name(array.type)) + " × " + std::to_string(array.count) +
             "]";
    }
  };
  return std::visit(Visitor{}, value);
}

}  // namespace trainbus
