// Philox4x32-10, the counter-based generator of Salmon, Moraes, Dror, Shaw: "Parallel random
// numbers: as easy as 1, 2, 3" (SC 2011), section 3.3. A pure function from 128 bits of counter and
// 64 bits of key to 128 random bits: no state, no order, the same numbers from any thread, shard or
// device.
#pragma once

#include <array>
#include <cstdint>

namespace trainbus::kernels {

using PhiloxCounter = std::array<std::uint32_t, 4>;
using PhiloxKey = std::array<std::uint32_t, 2>;

inline constexpr std::uint32_t philox_multiplier[2] = {0xD2511F53u, 0xCD9E8D57u};
inline constexpr std::uint32_t philox_weyl[2] = {0x9E3779B9u, 0xBB67AE85u};
inline constexpr int philox_rounds = 10;

// The key of a 64-bit seed: low word, high word.
constexpr PhiloxKey philox_key(std::uint64_t seed) {
  return {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)};
}

constexpr PhiloxCounter philox(PhiloxCounter c, PhiloxKey key) {
  for (int round = 0; round < philox_rounds; ++round) {
    const std::uint64_t a = std::uint64_t{philox_multiplier[0]} * c[0];
    const std::uint64_t b = std::uint64_t{philox_multiplier[1]} * c[2];
    c = {static_cast<std::uint32_t>(b >> 32) ^ c[1] ^ key[0], static_cast<std::uint32_t>(b),
         static_cast<std::uint32_t>(a >> 32) ^ c[3] ^ key[1], static_cast<std::uint32_t>(a)};
    key[0] += philox_weyl[0];
    key[1] += philox_weyl[1];
  }
  return c;
}

// For all randomness that is not z (initial values, shuffling): word `index` of the stream of that
// number. Streams use tensor id 0xFFFF, which no tensor has (see direction.hpp), so they never meet
// a z.
constexpr std::uint32_t philox_word(std::uint64_t seed, std::uint64_t index, std::uint32_t stream) {
  const std::uint64_t block = index / 4;
  return philox(
      {static_cast<std::uint32_t>(block), static_cast<std::uint32_t>(block >> 32), 0xFFFFu, stream},
      philox_key(seed))[index % 4];
}

}  // namespace trainbus::kernels
