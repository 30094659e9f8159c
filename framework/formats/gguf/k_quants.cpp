// Blocks of 256 elements whose parts have scales of their own. Formulas: ggml-quants.c.
#include "formats/gguf/block_decoders.hpp"
#include "formats/gguf/numbers.hpp"

namespace trainbus::ggml {
namespace {

struct ScaleAndMinimum {
  float scale, minimum;
};

// Part i of 8 (get_scale_min_k4): 6 bits each in 12 bytes. The first four lie in the low bits of
// bytes i and i + 4; of the others, the upper two bits fill what those leave free.
ScaleAndMinimum part_of_8(const std::byte* in, int i, float d, float m) {
  const int scale =
      i < 4 ? byte_at(in, i) & 63 : (byte_at(in, i + 4) & 15) | (byte_at(in, i - 4) >> 6 << 4);
  const int minimum =
      i < 4 ? byte_at(in, i + 4) & 63 : byte_at(in, i + 4) >> 4 | (byte_at(in, i) >> 6 << 4);
  return {d * static_cast<float>(scale), m * static_cast<float>(minimum)};
}

}  // namespace

// Element e: bits 2 · (e / 32 % 4) of byte e % 32 of its half; a scale and a minimum for every 16.
void decode_q2_k(const std::byte* in, float* out) {
  const std::byte* quants = in + 16;
  const float d = half_at(in + 80), m = half_at(in + 82);
  for (int part = 0; part < 16; ++part) {
    const float scale = d * static_cast<float>(byte_at(in, part) & 15);
    const float minimum = m * static_cast<float>(byte_at(in, part) >> 4);
    const std::byte* from = quants + part / 8 * 32 + part % 2 * 16;
    const int shift = part % 8 / 2 * 2;
    for (int i = 0; i < 16; ++i)
      out[part * 16 + i] = scale * static_cast<float>(byte_at(from, i) >> shift & 3) - minimum;
  }
}

// As Q2_K, without minima; a third bit, 0 for -4, lies in bit e / 32 of byte e % 32 of the mask.
void decode_q3_k(const std::byte* in, float* out) {
  const std::byte *mask = in, *quants = in + 32, *scales = in + 96;
  const float d = half_at(in + 108);
  for (int part = 0; part < 16; ++part) {
    const int low = nibble(scales[part % 8], part >= 8);
    const int high = byte_at(scales, 8 + part % 4) >> part / 4 * 2 & 3;
    const float scale = d * static_cast<float>((low | high << 4) - 32);
    const std::byte* from = quants + part / 8 * 32 + part % 2 * 16;
    const int shift = part % 8 / 2 * 2;
    for (int i = 0; i < 16; ++i) {
      const int third = byte_at(mask, part % 2 * 16 + i) >> part / 2 & 1;
      out[part * 16 + i] =
          scale * static_cast<float>((byte_at(from, i) >> shift & 3) - 4 + 4 * third);
    }
  }
}

// Part p of 32 elements: the low (p even) or high nibbles of 32 bytes.
void decode_q4_k(const std::byte* in, float* out) {
  const float d = half_at(in), m = half_at(in + 2);
  for (int part = 0; part < 8; ++part) {
    const auto [scale, minimum] = part_of_8(in + 4, part, d, m);
    const std::byte* from = in + 16 + part / 2 * 32;
    const int shift = part % 2 * 4;
    for (int i = 0; i < 32; ++i)
      out[part * 32 + i] = scale * static_cast<float>(byte_at(from, i) >> shift & 15) - minimum;
  }
}

// As Q4_K, with a fifth bit in bit p of 32 bytes.
void decode_q5_k(const std::byte* in, float* out) {
  const float d = half_at(in), m = half_at(in + 2);
  const std::byte* fifth = in + 16;
  for (int part = 0; part < 8; ++part) {
    const auto [scale, minimum] = part_of_8(in + 4, part, d, m);
    const std::byte* from = in + 48 + part / 2 * 32;
    const int shift = part % 2 * 4;
    for (int i = 0; i < 32; ++i) {
      const int quant = (byte_at(from, i) >> shift & 15) | (byte_at(fifth, i) >> part & 1) << 4;
      out[part * 32 + i] = scale * static_cast<float>(quant) - minimum;
    }
  }
}

// Halves of 128 elements: nibbles of 64 bytes, the upper two bits in 32; a scale for every 16.
void decode_q6_k(const std::byte* in, float* out) {
  const float d = half_at(in + 208);
  for (int part = 0; part < 16; ++part) {
    const int half = part / 8, quarter = part % 8 / 2, offset = part % 2 * 16;
    const std::byte* low = in + half * 64 + quarter % 2 * 32 + offset;
    const std::byte* high = in + 128 + half * 32 + offset;
    const float scale = d * static_cast<float>(signed_at(in, 192 + part));
    for (int i = 0; i < 16; ++i) {
      const int quant =
          (byte_at(low, i) >> quarter / 2 * 4 & 15) | (byte_at(high, i) >> quarter * 2 & 3) << 4;
      out[part * 16 + i] = scale * static_cast<float>(quant - 32);
    }
  }
}

}  // namespace trainbus::ggml
