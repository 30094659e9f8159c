// Which token comes next, given the logits: the most probable one, or one drawn at random.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/export.hpp"
#include "core/io/error.hpp"

namespace trainbus {

// The filters apply in this order: temperature, top-k, top-p.
struct Sampling {
  // 0: greedy, the largest logit, the lowest id among equal ones. Else logits are divided by it.
  double temperature = 0;
  // The k largest logits stay, and those that equal the k-th (arXiv 1805.04833). 0: all.
  std::int64_t top_k = 0;
  // The smallest set of the most probable tokens stays whose probability among those that are left
  // reaches p, at least one token (arXiv 1904.09751). 1: all.
  double top_p = 1;
};

struct Choice {
  std::int32_t id = 0;
  double probability = 1;  // among the tokens that the filters left
  std::int64_t kept = 1;   // how many those are
};

// No logit can be chosen by: the largest is NaN or infinite.
class TRAINBUS_EXPORT NonFiniteLogits final : public RunError {
 public:
  using RunError::RunError;
  ~NonFiniteLogits() override;
};

// A number in [0, 1) for a row's step, a pure function: what a row draws depends on the seed, its
// number and its step, never on its batch. 53 bits of Philox.
TRAINBUS_EXPORT double sampling_uniform(std::uint64_t seed, std::uint32_t row, std::uint32_t step);

// Keeps memory from call to call. One thread at a time.
class TRAINBUS_EXPORT Sampler {
 public:
  explicit Sampler(const Sampling& sampling) : sampling_(sampling) {}

  // logits: of the whole vocabulary. uniform in [0, 1): chosen is the first token, in the order of
  // ids, at which the running sum of the kept probabilities exceeds it; greedy ignores it. Throws
  // NonFiniteLogits if the largest logit is not finite.
  Choice choose(std::span<const float> logits, double uniform);

 private:
  struct Candidate {
    std::int32_t id;
    float logit;
    double weight;
  };
  float kth_largest(std::span<const float> logits);
  void keep_most_probable();

  Sampling sampling_;
  std::vector<Candidate> candidates_;  // by ascending id
  std::vector<float> sorted_;
};

}  // namespace trainbus
