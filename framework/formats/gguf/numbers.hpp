// Numbers in the blocks of ggml tensor types. Internal to the decoders.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace trainbus::ggml {

template <typename T>
T load(const std::byte* in) {
  T value;
  std::memcpy(&value, in, sizeof value);
  return value;
}

// IEEE binary16 to binary32, exact, without a branch per class so that loops vectorise.
inline float half_to_float(std::uint16_t half) {
  const std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000u) << 16;
  const std::uint32_t magnitude = static_cast<std::uint32_t>(half & 0x7fffu) << 13;
  const std::uint32_t exponent = magnitude & 0x0f800000u;
  const std::uint32_t normal = magnitude + ((127u - 15u) << 23);
  const std::uint32_t special = normal + ((255u - 31u - (127u - 15u)) << 23);  // inf, NaN
  // Subnormal: 2^-14 * 1.mantissa - 2^-14; both operands are normal, so flush-to-zero does no harm.
  const float subnormal = std::bit_cast<float>(magnitude + (113u << 23)) - 0x1p-14f;
  std::uint32_t bits = exponent == 0x0f800000u ? special : normal;
  bits = exponent == 0 ? std::bit_cast<std::uint32_t>(subnormal) : bits;
  return std::bit_cast<float>(bits | sign);
}

inline float half_at(const std::byte* in) { return half_to_float(load<std::uint16_t>(in)); }

inline int nibble(std::byte byte, bool high) {
  return static_cast<int>(high ? byte >> 4 : byte & std::byte{15});
}

inline int byte_at(const std::byte* in, int i) { return static_cast<int>(in[i]); }
inline int signed_at(const std::byte* in, int i) { return static_cast<std::int8_t>(in[i]); }

}  // namespace trainbus::ggml
