// Quants that are indices into a table, or digits. Formulas and tables: ggml-quants.c,
// ggml-common.h.
#include <array>

#include "formats/gguf/block_decoders.hpp"
#include "formats/gguf/numbers.hpp"

namespace trainbus::ggml {
namespace {

using Table = std::array<float, 16>;

// More values near 0, as weights have them.
constexpr Table iq4_values = {-127, -104, -83, -65, -49, -35, -22, -10,
                              1,    13,   25,  38,  53,  69,  89,  113};
// E2M1 floats, doubled: the exponent is halved.
constexpr Table mxfp4_values = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};

// 32 elements from 16 bytes.
void look_up(const std::byte* quants, const Table& table, float scale, float* out) {
  for (int i = 0; i < 16; ++i) {
    out[i] = scale * table[static_cast<std::size_t>(nibble(quants[i], false))];
    out[i + 16] = scale * table[static_cast<std::size_t>(nibble(quants[i], true))];
  }
}

// 2^(exponent - 128), which is a subnormal number for 0 and 1.
float half_power(std::uint8_t exponent) {
  return std::bit_cast<float>(exponent < 2 ? std::uint32_t{0x00200000} << exponent
                                           : (exponent - 1u) << 23);
}

// Digit n, 0 to 2, of a byte that is a fraction of five digits to base 3, minus 1.
float ternary(std::byte byte, int n) {
  constexpr std::array<unsigned, 5> powers = {1, 3, 9, 27, 81};
  const auto shifted =
      static_cast<std::uint8_t>(static_cast<unsigned>(byte) * powers[static_cast<std::size_t>(n)]);
  return static_cast<float>((shifted * 3u) >> 8) - 1.0f;
}

// `digits` elements from each of `count` bytes: all first digits, then all second ones, …
float* decode_ternary(const std::byte* in, int count, int digits, float d, float* out) {
  for (int n = 0; n < digits; ++n)
    for (int i = 0; i < count; ++i) *out++ = ternary(in[i], n) * d;
  return out;
}

}  // namespace

void decode_iq4_nl(const std::byte* in, float* out) {
  look_up(in + 2, iq4_values, half_at(in), out);
}

void decode_iq4_xs(const std::byte* in, float* out) {
  const float d = half_at(in);
  const auto high = load<std::uint16_t>(in + 2);
  for (int part = 0; part < 8; ++part) {
    const int scale = nibble(in[4 + part / 2], part % 2 != 0) | (high >> 2 * part & 3) << 4;
    look_up(in + 8 + part * 16, iq4_values, d * static_cast<float>(scale - 32), out + part * 32);
  }
}

void decode_tq1_0(const std::byte* in, float* out) {
  const float d = half_at(in + 52);
  out = decode_ternary(in, 32, 5, d, out);
  out = decode_ternary(in + 32, 16, 5, d, out);
  decode_ternary(in + 48, 4, 4, d, out);
}

void decode_tq2_0(const std::byte* in, float* out) {
  const float d = half_at(in + 64);
  for (int part = 0; part < 8; ++part)
    for (int i = 0; i < 32; ++i)
      out[part * 32 + i] =
          static_cast<float>((byte_at(in, part / 4 * 32 + i) >> part % 4 * 2 & 3) - 1) * d;
}

void decode_mxfp4(const std::byte* in, float* out) {
  look_up(in + 1, mxfp4_values, half_power(static_cast<std::uint8_t>(in[0])), out);
}

}  // namespace trainbus::ggml
