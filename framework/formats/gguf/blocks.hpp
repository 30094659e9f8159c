// The block layouts of ggml tensor types. Internal to the GGUF reader.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "formats/gguf/gguf.hpp"

namespace trainbus {

struct GgmlBlock {
  std::uint32_t elements;
  std::uint32_t bytes;
};

constexpr GgmlBlock ggml_block(GgmlType type) {
  switch (type) {
    case GgmlType::F32:
      return {1, 4};
    case GgmlType::F16:
      return {1, 2};
    case GgmlType::BF16:
      return {1, 2};
    case GgmlType::Q4_0:
      return {32, 18};  // f16 scale, 16 bytes of nibbles
    case GgmlType::Q4_1:
      return {32, 20};  // f16 scale, f16 minimum, 16 bytes of nibbles
    case GgmlType::Q5_0:
      return {32, 22};  // f16 scale, 32 fifth bits, 16 bytes of nibbles
    case GgmlType::Q5_1:
      return {32, 24};  // f16 scale, f16 minimum, 32 fifth bits, 16 bytes
    case GgmlType::Q8_0:
      return {32, 34};  // f16 scale, 32 signed bytes
    case GgmlType::Q8_1:
      return {32, 36};  // f16 scale, f16 sum, 32 signed bytes
    case GgmlType::Q2_K:
      return {256, 84};  // 16 scales and minima of 4 bits, 64 bytes, f16 scale, f16 minimum
    case GgmlType::Q3_K:
      return {256, 110};  // 32 bytes of third bits, 64 bytes, 16 scales of 6 bits, f16 scale
    case GgmlType::Q4_K:
      return {256, 144};  // f16 scale, f16 minimum, 8 scales and minima of 6 bits, 128 bytes
    case GgmlType::Q5_K:
      return {256, 176};  // the same, 32 bytes of fifth bits before the nibbles
    case GgmlType::Q6_K:
      return {256, 210};  // 128 bytes of nibbles, 64 of fifth and sixth bits, 16 scales, f16 scale
    case GgmlType::IQ4_NL:
      return {32, 18};  // f16 scale, 16 bytes of indices into a table
    case GgmlType::IQ4_XS:
      return {256, 136};  // f16 scale, 8 scales of 6 bits, 128 bytes of indices
    case GgmlType::TQ1_0:
      return {256, 54};  // 5 digits of base 3 a byte, f16 scale
    case GgmlType::TQ2_0:
      return {256, 66};  // 4 digits of 2 bits a byte, f16 scale
    case GgmlType::MXFP4:
      return {32, 17};  // exponent, 16 bytes of 4-bit floats (E2M1)
    case GgmlType::F64:
      return {1, 8};
  }
  return {0, 0};
}

// Decodes `count` consecutive blocks at `in` into float32.
void decode_blocks(GgmlType type, const std::byte* in, std::size_t count, float* out);

}  // namespace trainbus
