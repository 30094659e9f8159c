// Samples of a file's examples, chosen as MeZO's published code chooses them (arXiv 2305.17333).
#pragma once

#include <cstdint>
#include <vector>

#include "core/export.hpp"
#include "core/host/option.hpp"

namespace trainbus::tasks {

// How many examples each part gets; 0: all that there are. The examples of a file are permuted by
// numpy_permutation and the first ones are taken; the training part's file gives the last of those
// to the validation part, unless that has a file of its own. A file with fewer examples gives all.
struct Sampling {
  std::uint64_t train = 0, validation = 0, test = 0;
  std::uint32_t seed = 0;

  bool is_used() const { return train > 0 || validation > 0 || test > 0; }
};

// `numpy.random.seed(seed)` and then `numpy.random.permutation(count)`: a Mersenne Twister
// (MT19937) seeded with one word, and Fisher-Yates from the last element down, its indices drawn by
// masking and rejection.
TRAINBUS_EXPORT std::vector<std::uint32_t> numpy_permutation(std::uint32_t count,
                                                             std::uint32_t seed);

// The examples, by their numbers, that a file of `count` gives: train, then validation. own_file:
// of the validation part.
struct SampledParts {
  std::vector<std::uint32_t> train, validation;
};
TRAINBUS_EXPORT SampledParts sampled_parts(std::uint32_t count, const Sampling& sampling,
                                           bool own_file);

// The options: train-samples, validation-samples, test-samples, sampling-seed.
std::vector<Option> sampling_options();
Sampling sampling_of(const OptionValues& values);

}  // namespace trainbus::tasks
