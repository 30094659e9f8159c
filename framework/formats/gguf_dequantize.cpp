// Formulas: ggml-quants.c, dequantize_row_*. In all of them low nibbles are elements 0-15 of a
// block and high nibbles 16-31. d * q is exact in float32 (an 11-bit by a 5-bit significand; 8 bits
// for Q8_0), so results do not depend on whether the compiler fuses multiply and add.
#include <array>
#include <bit>
#include <cstring>
#include <string>

#include "core/io/error.hpp"
#include "formats/gguf.hpp"
#include "formats/gguf_blocks.hpp"

namespace trainbus {
namespace {

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

void decode_f32(const std::byte* in, float* out) { *out = load<float>(in); }
void decode_f16(const std::byte* in, float* out) { *out = half_at(in); }
void decode_bf16(const std::byte* in, float* out) {
  *out = std::bit_cast<float>(static_cast<std::uint32_t>(load<std::uint16_t>(in)) << 16);
}

inline int nibble(std::byte byte, bool high) {
  return static_cast<int>(high ? byte >> 4 : byte & std::byte{15});
}

void decode_q4_0(const std::byte* in, float* out) {
  const float d = half_at(in);
  const std::byte* quants = in + 2;
  for (int i = 0; i < 16; ++i) out[i] = d * static_cast<float>(nibble(quants[i], false) - 8);
  for (int i = 0; i < 16; ++i) out[i + 16] = d * static_cast<float>(nibble(quants[i], true) - 8);
}

void decode_q4_1(const std::byte* in, float* out) {
  const float d = half_at(in);
  const float m = half_at(in + 2);
  const std::byte* quants = in + 4;
  for (int i = 0; i < 16; ++i) out[i] = d * static_cast<float>(nibble(quants[i], false)) + m;
  for (int i = 0; i < 16; ++i) out[i + 16] = d * static_cast<float>(nibble(quants[i], true)) + m;
}

// Element i of a five-bit block: its nibble and bit i of `fifth`.
inline int five_bits(const std::byte* quants, std::uint32_t fifth, unsigned i) {
  return nibble(quants[i % 16], i >= 16) | static_cast<int>((fifth >> i & 1u) << 4);
}

void decode_q5_0(const std::byte* in, float* out) {
  const float d = half_at(in);
  const std::uint32_t fifth = load<std::uint32_t>(in + 2);
  for (unsigned i = 0; i < 32; ++i)
    out[i] = d * static_cast<float>(five_bits(in + 6, fifth, i) - 16);
}

void decode_q5_1(const std::byte* in, float* out) {
  const float d = half_at(in);
  const float m = half_at(in + 2);
  const std::uint32_t fifth = load<std::uint32_t>(in + 4);
  for (unsigned i = 0; i < 32; ++i)
    out[i] = d * static_cast<float>(five_bits(in + 8, fifth, i)) + m;
}

void decode_q8_0(const std::byte* in, float* out) {
  const float d = half_at(in);
  for (int i = 0; i < 32; ++i) out[i] = d * static_cast<float>(static_cast<std::int8_t>(in[2 + i]));
}

template <GgmlType type, void (*decode)(const std::byte*, float*)>
void decode_all(const std::byte* in, std::size_t count, float* out) {
  constexpr GgmlBlock block = ggml_block(type);
  for (std::size_t i = 0; i < count; ++i) decode(in + i * block.bytes, out + i * block.elements);
}

}  // namespace

void decode_blocks(GgmlType type, const std::byte* in, std::size_t count, float* out) {
  switch (type) {
    case GgmlType::F32:
      return decode_all<GgmlType::F32, decode_f32>(in, count, out);
    case GgmlType::F16:
      return decode_all<GgmlType::F16, decode_f16>(in, count, out);
    case GgmlType::BF16:
      return decode_all<GgmlType::BF16, decode_bf16>(in, count, out);
    case GgmlType::Q4_0:
      return decode_all<GgmlType::Q4_0, decode_q4_0>(in, count, out);
    case GgmlType::Q4_1:
      return decode_all<GgmlType::Q4_1, decode_q4_1>(in, count, out);
    case GgmlType::Q5_0:
      return decode_all<GgmlType::Q5_0, decode_q5_0>(in, count, out);
    case GgmlType::Q5_1:
      return decode_all<GgmlType::Q5_1, decode_q5_1>(in, count, out);
    case GgmlType::Q8_0:
      return decode_all<GgmlType::Q8_0, decode_q8_0>(in, count, out);
  }
}

void GgufFile::dequantize(const GgufTensor& tensor, float* out, std::int64_t row_begin,
                          std::int64_t row_end) const {
  if (row_begin < 0 || row_begin > row_end || row_end > tensor.rows())
    throw UsageError("rows [" + std::to_string(row_begin) + ", " + std::to_string(row_end) +
                         ") of tensor \"" + tensor.name + "\" were asked for, it has " +
                         std::to_string(tensor.rows()),
                     path().string(), "Ask for rows that it has.");
  const GgmlBlock block = ggml_block(tensor.type);
  const std::size_t blocks_per_row = static_cast<std::size_t>(tensor.row_length()) / block.elements;
  const std::size_t first = static_cast<std::size_t>(row_begin) * blocks_per_row;
  const std::size_t count = static_cast<std::size_t>(row_end - row_begin) * blocks_per_row;
  const std::byte* data = file_.bytes().data() + data_offset_ + tensor.offset;
  decode_blocks(tensor.type, data + first * block.bytes, count, out);
}

}  // namespace trainbus
