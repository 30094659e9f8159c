// Rotary position embedding (arXiv 2104.09864) as a configuration gives it: which numbers of a head
// turn with a token's position, and how fast.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace trainbus {

// How the frequencies θ^(−2i/d) of the pre-training are changed for longer texts; transformers'
// rope_type. The formulas stand in models/layers/rope_frequencies.cpp.
enum class RopeKind : std::uint8_t {
  Default,   // they are not
  Linear,    // all are divided by the factor (arXiv 2306.15595)
  Dynamic,   // θ grows with the length of each text beyond the model's positions
  Llama3,    // the slow ones are divided by the factor, the fast ones stay
  Yarn,      // the same in other terms, with sharper attention (arXiv 2309.00071)
  LongRope,  // each has a divisor of its own, another one in long texts (arXiv 2402.13753)
};

// "default", "linear", …
constexpr std::string_view rope_type(RopeKind kind) {
  constexpr std::string_view names[] = {"default", "linear", "dynamic",
                                        "llama3",  "yarn",   "longrope"};
  return names[static_cast<std::size_t>(kind)];
}

struct Rope {
  double theta = 0;    // the base of the frequencies; 0: nothing is rotated
  double partial = 1;  // which part of each head turns: its first int(head_dim · partial) numbers
  RopeKind kind = RopeKind::Default;
  double factor = 1;                    // all but Default and LongRope
  std::int64_t original_positions = 0;  // of the pre-training: Llama3, Yarn, LongRope
  double low_frequency_factor = 1, high_frequency_factor = 4;  // Llama3
  double beta_fast = 32, beta_slow = 1;                        // Yarn
  bool truncate = true;                                        // Yarn: to whole numbers of turns
  double attention_factor = 1;             // Yarn, LongRope: of cosines and sines
  std::vector<double> short_factors = {};  // LongRope, half as many as numbers turn: the divisors
  std::vector<double> long_factors = {};   // of longer texts than original_positions

  bool is_used() const { return theta > 0; }
  friend bool operator==(const Rope&, const Rope&) = default;
};

// How many of a head's numbers turn.
constexpr std::int64_t rotated_features(const Rope& rope, std::int64_t head_dim) {
  return static_cast<std::int64_t>(static_cast<double>(head_dim) * rope.partial);
}

}  // namespace trainbus
