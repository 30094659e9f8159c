#include "kernels/update.hpp"

#include <vector>

#include "kernels/simd/z_tensor.hpp"

namespace trainbus::kernels {
namespace {

ZTerm z_term(const Term& term, TensorId tensor) {
  return {z_source(term.direction, tensor), term.direction.distribution, -term.coefficient};
}

bool is_rademacher(const ZTerm& term) { return term.distribution == Distribution::Rademacher; }

void run(const Stored& theta, const Shape& shape, bool any_rademacher, std::span<const ZStep> steps,
         float magnitude_limit) {
  const KernelTable& table = kernel_table();
  const Region region = region_of(shape, any_rademacher, 0, shape.rows());
  for_parts(region, [&](const Region& part, std::int64_t offset) {
    table.update({part, steps.data(), static_cast<std::int64_t>(steps.size()),
                  is_limited(magnitude_limit), magnitude_limit, advanced(theta, offset)});
  });
}

}  // namespace

void update(const Stored& theta, const Shape& shape, TensorId tensor, const Direction& direction,
            float coefficient, float decay, float magnitude_limit) {
  const Term term{direction, coefficient};
  update(theta, shape, tensor, {&term, 1}, decay, magnitude_limit);
}

void update(const Stored& theta, const Shape& shape, TensorId tensor, std::span<const Term> terms,
            float decay, float magnitude_limit) {
  const UpdateStep step{terms, decay};
  replay(theta, shape, tensor, {&step, 1}, magnitude_limit);
}

void replay(const Stored& theta, const Shape& shape, TensorId tensor,
            std::span<const UpdateStep> steps, float magnitude_limit) {
  std::vector<ZTerm> terms;
  for (const UpdateStep& step : steps)
    for (const Term& term : step.terms) terms.push_back(z_term(term, tensor));
  std::vector<ZStep> z_steps;
  const ZTerm* next = terms.data();
  for (const UpdateStep& step : steps) {
    const auto count = static_cast<std::int64_t>(step.terms.size());
    z_steps.push_back({next, count, 1 - step.decay});
    next += count;
  }
  run(theta, shape, std::any_of(terms.begin(), terms.end(), is_rademacher), z_steps,
      magnitude_limit);
}

}  // namespace trainbus::kernels
