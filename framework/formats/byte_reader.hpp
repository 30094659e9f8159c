// Reads numbers out of bytes that may end anywhere. Internal to the readers.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "core/io/error.hpp"

namespace trainbus {

static_assert(std::endian::native == std::endian::little, "the formats are little-endian");

// The bytes and its name are the caller's. A read beyond the end throws UsageError.
class ByteReader {
 public:
  ByteReader(std::span<const std::byte> bytes, const std::string& where)
      : bytes_(bytes), where_(where) {}

  std::uint64_t position() const { return position_; }
  std::uint64_t left() const { return bytes_.size() - position_; }
  const std::string& where() const { return where_; }

  // what: "the list of tensors", for the message.
  std::span<const std::byte> take(std::uint64_t size, std::string_view what) {
    if (size > left())
      throw UsageError("ends in " + std::string(what) + ": " + std::to_string(size) +
                           " bytes are announced at byte " + std::to_string(position_) + ", " +
                           std::to_string(left()) + " are left",
                       where_, "The file is cut off or damaged; get it again from its source.");
    const auto taken = bytes_.subspan(position_, size);
    position_ += size;
    return taken;
  }

  template <typename T>
  T read(std::string_view what) {
    T value;
    std::memcpy(&value, take(sizeof value, what).data(), sizeof value);
    return value;
  }

  std::string_view text(std::uint64_t size, std::string_view what) {
    const auto taken = take(size, what);
    return {reinterpret_cast<const char*>(taken.data()), taken.size()};
  }

 private:
  std::span<const std::byte> bytes_;
  const std::string& where_;
  std::uint64_t position_ = 0;
};

}  // namespace trainbus
