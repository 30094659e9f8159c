#include "kernels/simd/z_terms.hpp"

#include <algorithm>

#include "kernels/simd/z_generator.hpp"

namespace trainbus::kernels {
namespace {

// Whether the first terms are all shares of one z, in order: then each element has exactly one of
// them, and their order does not matter.
bool begin_with_all_shares(std::span<const Term> terms) {
  const Direction& first = terms.front().direction;
  if (first.shares <= 1 || terms.size() < first.shares) return false;
  for (std::uint16_t d = 0; d < first.shares; ++d) {
    Direction expected = first;
    expected.direction = d;
    if (terms[d].direction != expected) return false;
  }
  return true;
}

// As long as what is read from one place in the period on: a run, rounded up to 64 elements.
std::size_t longest_run(const Shape& shape) {
  const std::int64_t most = shape.is_vector() ? signs_per_run : tile_columns;
  return static_cast<std::size_t>((std::min(most, shape.elements()) + 63) / 64 * 64);
}

}  // namespace

ZTerms::ZTerms(const Shape& shape, TensorId tensor, std::span<const UpdateStep> steps) {
  std::vector<std::size_t> counts;
  for (const UpdateStep& step : steps) {
    const std::size_t before = terms_.size();
    for (std::span<const Term> rest = step.terms; !rest.empty();)
      rest = rest.subspan(add(shape, tensor, rest));
    counts.push_back(terms_.size() - before);
  }
  const ZTerm* next = terms_.data();
  for (std::size_t s = 0; s < steps.size(); ++s) {
    steps_.push_back({next, static_cast<std::int64_t>(counts[s]), 1 - steps[s].decay});
    next += counts[s];
  }
}

// Adds a term for the first of these, or one for the shares that they begin with. Returns how many
// it stands for.
std::size_t ZTerms::add(const Shape& shape, TensorId tensor, std::span<const Term> terms) {
  const Direction& z = terms.front().direction;
  const bool all = begin_with_all_shares(terms);
  const std::size_t count = all ? z.shares : 1;
  any_rademacher_ |= z.distribution == Distribution::Rademacher;
  shared_ |= z.shares > 1;
  terms_.push_back({z_source(z, tensor), z.distribution, -terms.front().coefficient,
                    share_of(z, shape), all ? add_scales(shape, terms.first(count)) : nullptr});
  return count;
}

const float* ZTerms::add_scales(const Shape& shape, std::span<const Term> shares) {
  const std::size_t count = shares.size() + longest_run(shape);
  float* const scales = scales_.emplace_back((count + 15) / 16).front().values;
  for (std::size_t i = 0; i < count; ++i)
    scales[i] = i < shares.size() ? -shares[i].coefficient : scales[i - shares.size()];
  return scales;
}

}  // namespace trainbus::kernels
