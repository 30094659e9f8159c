// A protobuf message being written: fields in ascending order, as the canonical encoding wants
// them. Source: the Protocol Buffers encoding guide. Zero values are left out by the caller, who
// knows which fields have presence.
#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>

namespace trainbus::tensorboard {

class Message {
 public:
  Message& integer(unsigned field, std::int64_t value) {  // negative: ten bytes, two's complement
    return tag(field, 0).varint(static_cast<std::uint64_t>(value));
  }
  Message& real(unsigned field, double value) {
    return tag(field, 1).little_endian(std::bit_cast<std::uint64_t>(value), 8);
  }
  Message& real32(unsigned field, float value) {
    return tag(field, 5).little_endian(std::bit_cast<std::uint32_t>(value), 4);
  }
  Message& bytes(unsigned field, std::string_view value) {
    tag(field, 2).varint(value.size());
    bytes_.append(value);
    return *this;
  }
  Message& message(unsigned field, const Message& value) { return bytes(field, value.bytes_); }

  const std::string& encoded() const { return bytes_; }

 private:
  Message& tag(unsigned field, unsigned wire_type) { return varint(field << 3 | wire_type); }
  Message& varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>(value | 0x80);
    bytes_ += static_cast<char>(value);
    return *this;
  }
  Message& little_endian(std::uint64_t value, int size) {
    for (; size > 0; --size, value >>= 8) bytes_ += static_cast<char>(value);
    return *this;
  }

  std::string bytes_;
};

}  // namespace trainbus::tensorboard
