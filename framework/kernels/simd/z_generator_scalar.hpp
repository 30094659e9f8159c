// Internal: the pieces of z_generator.hpp bit by bit, straight from the addressing formulas.
#pragma once

#include "kernels/simd/simd_scalar.hpp"
#include "kernels/simd/z_generator.hpp"

namespace trainbus::kernels {

template <>
struct ZGenerator<Scalar> {
  static void sign_tile(const ZSource& z, std::uint32_t row_group, std::uint32_t column_block,
                        std::uint64_t* signs) {
    for (int i = 0; i < sign_words; ++i) signs[i] = 0;
    for (int block = 0; block < blocks_per_piece; ++block) {
      const PhiloxCounter w =
          words(z, row_group * blocks_per_piece + static_cast<unsigned>(block), column_block);
      for (int bit = 0; bit < 128; ++bit) {
        const int b = bit % 32;
        const int row = block / 4 + 8 * (b % 2);
        // Within the 64 of this word.
        const int column = 8 * (b % 16 / 2) + 2 * (block % 4) + b / 16;
        signs[words_per_row * row + bit / 32] |=
            std::uint64_t{w[static_cast<unsigned>(bit / 32)] >> b & 1} << column;
      }
    }
  }

  static void sign_run(const ZSource& z, std::uint32_t first_block, std::uint64_t* signs) {
    for (unsigned block = 0; block < blocks_per_piece; ++block) {
      const PhiloxCounter w = words(z, first_block + block, 0);
      signs[2 * block] = w[0] | std::uint64_t{w[1]} << 32;
      signs[2 * block + 1] = w[2] | std::uint64_t{w[3]} << 32;
    }
  }

  static void normal_run(const ZSource& z, std::uint64_t first_block, float* normals) {
    for (unsigned i = 0; i < blocks_per_piece; ++i) {
      const std::uint64_t block = first_block + i;
      const PhiloxCounter w =
          words(z, static_cast<std::uint32_t>(block), static_cast<std::uint32_t>(block >> 32));
      for (unsigned pair = 0; pair < 2; ++pair)
        box_muller<Scalar>(w[pair], w[2 + pair], normals[4 * i + pair], normals[4 * i + 2 + pair]);
    }
  }

  static void binomial_run(const ZSource& z, std::uint64_t first_block, float* values) {
    for (unsigned i = 0; i < blocks_per_piece; ++i) {
      const std::uint64_t block = first_block + i;
      const PhiloxCounter w =
          words(z, static_cast<std::uint32_t>(block), static_cast<std::uint32_t>(block >> 32));
      for (unsigned e = 0; e < 8; ++e) {
        const int count = __builtin_popcount(w[e / 2] >> (16 * (e % 2)) & 0xffff);
        values[8 * i + e] = static_cast<float>(count - 8) / 2;
      }
    }
  }

 private:
  static PhiloxCounter words(const ZSource& z, std::uint32_t c0, std::uint32_t c1) {
    return philox({c0, c1, z.c2, z.c3}, {z.key[0], z.key[1]});
  }
};

}  // namespace trainbus::kernels
