// The block layouts of ggml tensor types. Internal to the GGUF reader.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "formats/gguf.hpp"

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
  }
  return {0, 0};
}

// Decodes `count` consecutive blocks at `in` into float32.
void decode_blocks(GgmlType type, const std::byte* in, std::size_t count, float* out);

}  // namespace trainbus
