#include "tasks/data/sampling.hpp"

#include <algorithm>
#include <bit>
#include <random>
#include <trainbus/plugin/option_schema.hpp>

#include "tasks/task_bounds.hpp"

namespace trainbus::tasks {

std::vector<std::uint32_t> numpy_permutation(std::uint32_t count, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<std::uint32_t> order(count);
  for (std::uint32_t i = 0; i < count; ++i) order[i] = i;
  for (std::uint32_t i = count; i-- > 1;) {
    const auto mask = static_cast<std::uint32_t>((std::uint64_t{1} << std::bit_width(i)) - 1);
    std::uint32_t j = 0;
    do j = static_cast<std::uint32_t>(random()) & mask;
    while (j > i);
    std::swap(order[i], order[j]);
  }
  return order;
}

SampledParts sampled_parts(std::uint32_t count, const Sampling& sampling, bool own_file) {
  std::vector<std::uint32_t> order = numpy_permutation(count, sampling.seed);
  const std::uint64_t held_out = own_file ? 0 : sampling.validation;
  if (sampling.train > 0) order.resize(std::min<std::uint64_t>(count, sampling.train + held_out));
  const auto first_held_out =
      order.end() - static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(held_out, order.size()));
  return {{order.begin(), first_held_out}, {first_held_out, order.end()}};
}

std::vector<Option> sampling_options() {
  const auto count = [](const char* name, const char* help) {
    return option::integer(name, "0", help).min(0).max(most_examples);
  };
  return {
      count("train-samples", "training examples to draw, as the MeZO paper does; 0: all"),
      count("validation-samples", "validation examples to draw with them; 0: see the fractions"),
      count("test-samples", "test examples to draw; 0: all"),
      option::integer("sampling-seed", "0", "which examples are drawn: numpy.random.seed")
          .min(0)
          .max(4294967295.0),
  };
}

Sampling sampling_of(const OptionValues& values) {
  const auto count = [&](const char* name) {
    return static_cast<std::uint64_t>(values.integer(name));
  };
  return {count("train-samples"), count("validation-samples"), count("test-samples"),
          static_cast<std::uint32_t>(values.integer("sampling-seed"))};
}

}  // namespace trainbus::tasks
