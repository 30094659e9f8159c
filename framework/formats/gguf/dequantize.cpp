// Formulas: ggml-quants.c, dequantize_row_*. In those of 32 elements low nibbles are elements 0-15
// of a block and high nibbles 16-31. Every product is exact in float32 (an 11-bit scale, by a 6-bit
// scale of a part, by a quant: 24 bits at most), so results do not depend on whether the compiler
// fuses multiply and add.
#include <array>
#include <bit>
#include <cstring>
#include <string>

#include "core/io/error.hpp"
#include "formats/gguf/block_decoders.hpp"
#include "formats/gguf/blocks.hpp"
#include "formats/gguf/gguf.hpp"
#include "formats/gguf/numbers.hpp"

namespace trainbus {
namespace {

using namespace ggml;

void decode_f32(const std::byte* in, float* out) { *out = load<float>(in); }
void decode_f64(const std::byte* in, float* out) { *out = static_cast<float>(load<double>(in)); }
void decode_f16(const std::byte* in, float* out) { *out = half_at(in); }
void decode_bf16(const std::byte* in, float* out) {
  *out = std::bit_cast<float>(static_cast<std::uint32_t>(load<std::uint16_t>(in)) << 16);
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
  for (int i = 0; i < 32; ++i) out[i] = d * static_cast<float>(signed_at(in, 2 + i));
}

void decode_q8_1(const std::byte* in, float* out) {
  const float d = half_at(in);
  for (int i = 0; i < 32; ++i) out[i] = d * static_cast<float>(signed_at(in, 4 + i));
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
    case GgmlType::Q8_1:
      return decode_all<GgmlType::Q8_1, decode_q8_1>(in, count, out);
    case GgmlType::Q2_K:
      return decode_all<GgmlType::Q2_K, decode_q2_k>(in, count, out);
    case GgmlType::Q3_K:
      return decode_all<GgmlType::Q3_K, decode_q3_k>(in, count, out);
    case GgmlType::Q4_K:
      return decode_all<GgmlType::Q4_K, decode_q4_k>(in, count, out);
    case GgmlType::Q5_K:
      return decode_all<GgmlType::Q5_K, decode_q5_k>(in, count, out);
    case GgmlType::Q6_K:
      return decode_all<GgmlType::Q6_K, decode_q6_k>(in, count, out);
    case GgmlType::IQ4_NL:
      return decode_all<GgmlType::IQ4_NL, decode_iq4_nl>(in, count, out);
    case GgmlType::IQ4_XS:
      return decode_all<GgmlType::IQ4_XS, decode_iq4_xs>(in, count, out);
    case GgmlType::TQ1_0:
      return decode_all<GgmlType::TQ1_0, decode_tq1_0>(in, count, out);
    case GgmlType::TQ2_0:
      return decode_all<GgmlType::TQ2_0, decode_tq2_0>(in, count, out);
    case GgmlType::MXFP4:
      return decode_all<GgmlType::MXFP4, decode_mxfp4>(in, count, out);
    case GgmlType::F64:
      return decode_all<GgmlType::F64, decode_f64>(in, count, out);
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
  decode_blocks(tensor.type, data(tensor).data() + first * block.bytes, count, out);
}

}  // namespace trainbus
