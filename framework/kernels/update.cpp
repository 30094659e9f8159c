#include "kernels/update.hpp"

#include "kernels/simd/z_terms.hpp"

namespace trainbus::kernels {

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
  const ZTerms terms(shape, tensor, steps);
  const KernelTable& table = kernel_table();
  const Region region = region_of(shape, terms.any_rademacher(), 0, shape.rows());
  for_parts(region, [&](const Region& part, std::int64_t offset) {
    table.update({part, terms.steps().data(), static_cast<std::int64_t>(terms.steps().size()),
                  terms.shared(), is_limited(magnitude_limit), magnitude_limit,
                  advanced(theta, offset)});
  });
}

}  // namespace trainbus::kernels
