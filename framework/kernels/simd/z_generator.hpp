// Internal: z in the pieces that the kernels consume, 32 Philox blocks at a time, by SIMD.
#pragma once

#include <cstdint>

#include "kernels/philox.hpp"
#include "kernels/simd/box_muller.hpp"
#include "kernels/simd/z_task.hpp"

namespace trainbus::kernels {

inline constexpr int blocks_per_piece = 32;
inline constexpr int tile_rows = 16, tile_columns = 256;  // what 32 blocks of a matrix cover
inline constexpr int words_per_row = tile_columns / 64;
inline constexpr int signs_per_run = 128 * blocks_per_piece;  // of a vector
inline constexpr int sign_words = signs_per_run / 64;

// Positions whose bit `low` is set and bit `high` is not.
constexpr std::uint64_t swap_mask(int low, int high) {
  std::uint64_t mask = 0;
  for (int i = 0; i < 64; ++i)
    if ((i >> low & 1) && !(i >> high & 1)) mask |= std::uint64_t{1} << i;
  return mask;
}

template <class S>
struct ZGenerator {
  using I = typename S::I;
  using F = typename S::F;

  // signs[4·row + word]: bit k of the four words of a row is column k of the tile.
  static void sign_tile(const ZSource& z, std::uint32_t row_group, std::uint32_t column_block,
                        std::uint64_t* signs) {
    for_blocks(z, std::uint64_t{row_group} * blocks_per_piece, column_block,
               [signs](int block, I words01, I words23) {
                 // Lanes: four column pairs t = (k%8)/2 of each row n%8 = block/4. Even bits are
                 // the row's, odd bits those of the row eight below.
                 I low, high;
                 S::gather_words(words01, words23, low, high);
                 const I even = S::set64(0x5555555555555555), odd = S::set64(0xAAAAAAAAAAAAAAAA);
                 const I upper = (low & even) | S::template shift_left64<1>(high & even);
                 const I lower = (S::template shift_right64<1>(low) & even) | (high & odd);
                 std::uint64_t* row = signs + words_per_row * (block / 4);
                 S::store_int(row, in_column_order(upper));
                 S::store_int(row + words_per_row * 8, in_column_order(lower));
               });
  }

  // Element i of the run is bit i%64 of signs[i/64].
  static void sign_run(const ZSource& z, std::uint32_t first_block, std::uint64_t* signs) {
    for_blocks(z, first_block, 0, [signs](int block, I words01, I words23) {
      I first, second;
      S::interleave64(words01, words23, first, second);
      S::store_int(signs + 2 * block, first);
      S::store_int(signs + 2 * block + S::lanes64, second);
    });
  }

  static void normal_run(const ZSource& z, std::uint64_t first_block, float* normals) {
    const auto high = static_cast<std::uint32_t>(first_block >> 32);
    for_blocks(z, first_block, high, [normals](int block, I words01, I words23) {
      F cosines, sines;
      box_muller<S>(words01, words23, cosines, sines);
      I first, second;
      S::interleave64(S::bits(cosines), S::bits(sines), first, second);
      S::store(normals + 4 * block, S::from_bits(first));
      S::store(normals + 4 * block + S::width, S::from_bits(second));
    });
  }

  static void binomial_run(const ZSource& z, std::uint64_t first_block, float* values) {
    const auto high = static_cast<std::uint32_t>(first_block >> 32);
    for_blocks(z, first_block, high, [values](int block, I words01, I words23) {
      I halves[2], counts[2];
      S::interleave64(words01, words23, halves[0], halves[1]);
      for (int h = 0; h < 2; ++h) {
        S::widen16(S::count_bits16(halves[h]), counts[0], counts[1]);
        for (int c = 0; c < 2; ++c)
          S::store(values + 8 * block + (2 * h + c) * S::width,
                   S::fma(S::to_float(counts[c]), S::set(0.5f), S::set(-4)));
      }
    });
  }

 private:
  // Calls use(b, words 0 and 1, words 2 and 3) for 32 counters from c0 on, lanes64 blocks b, b + 1,
  // … at a time. Several generators are in flight because each is one long chain of dependent
  // products.
  template <class Use>
  static void for_blocks(const ZSource& z, std::uint64_t c0, std::uint32_t c1, const Use& use) {
    constexpr int N = S::philox_vectors;
    for (int block = 0; block < blocks_per_piece; block += N * S::lanes64) {
      I a[N], b[N], c[N], d[N];
      for (int j = 0; j < N; ++j) {
        a[j] =
            S::add64(S::set64(c0 + static_cast<unsigned>(block + j * S::lanes64)), S::count_up64());
        b[j] = S::set64(c1);
        c[j] = S::set64(z.c2);
        d[j] = S::set64(z.c3);
      }
      philox<N>(z.key[0], z.key[1], a, b, c, d);
      for (int j = 0; j < N; ++j)
        use(block + j * S::lanes64, S::join_halves(a[j], b[j]), S::join_halves(c[j], d[j]));
    }
  }

  // In 64-bit lanes of which only the low halves count.
  template <int N>
  static void philox(std::uint32_t key0, std::uint32_t key1, I* a, I* b, I* c, I* d) {
    const I multiplier0 = S::set64(philox_multiplier[0]),
            multiplier1 = S::set64(philox_multiplier[1]);
#pragma GCC unroll 10
    for (int round = 0; round < philox_rounds; ++round) {
      const I k0 = S::set64(key0), k1 = S::set64(key1);
#pragma GCC unroll 8
      for (int j = 0; j < N; ++j) {
        const I p = S::multiply_low_halves(multiplier0, a[j]),
                q = S::multiply_low_halves(multiplier1, c[j]);
        a[j] = S::xor3(S::template shift_right64<32>(q), b[j], k0);
        c[j] = S::xor3(S::template shift_right64<32>(p), d[j], k1);
        b[j] = q;
        d[j] = p;
      }
      key0 += philox_weyl[0];
      key1 += philox_weyl[1];
    }
  }

  // Exchanges the bits of which `low` and `high` in the position's number differ.
  template <int low, int high>
  static I swap_position_bits(I x) {
    constexpr int distance = (1 << high) - (1 << low);
    constexpr std::uint64_t lower_of_each_pair = swap_mask(low, high);
    const I mask = S::set64(lower_of_each_pair);
    const I moved = (S::template shift_right64<distance>(x) ^ x) & mask;
    return S::xor3(x, moved, S::template shift_left64<distance>(moved));
  }

  // From position (t%2, k%2, three bits of (k%64)/8, t/2), highest first, to the column's number
  // ((k%64)/8, t/2, t%2, k%2): a rotation of the six position bits by two.
  static I in_column_order(I x) {
    x = swap_position_bits<3, 5>(x);
    x = swap_position_bits<1, 3>(x);
    x = swap_position_bits<2, 4>(x);
    return swap_position_bits<0, 2>(x);
  }
};

}  // namespace trainbus::kernels
