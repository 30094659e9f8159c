// Internal: the terms of updates as the inner loops take them.
#pragma once

#include <span>
#include <vector>

#include "kernels/simd/z_tensor.hpp"
#include "kernels/update.hpp"

namespace trainbus::kernels {

// Steps for one tensor. Throws RunError for a tensor or a share that does not exist.
class ZTerms {
 public:
  ZTerms(const Shape& shape, TensorId tensor, std::span<const UpdateStep> steps);
  ZTerms(const ZTerms&) = delete;
  ZTerms& operator=(const ZTerms&) = delete;

  std::span<const ZStep> steps() const { return steps_; }
  bool any_rademacher() const { return any_rademacher_; }
  bool shared() const { return shared_; }  // as UpdateTask::shared

 private:
  std::size_t add(const Shape& shape, TensorId tensor, std::span<const Term> terms);
  const float* add_scales(const Shape& shape, std::span<const Term> shares);

  std::vector<ZTerm> terms_;
  struct alignas(64) Line {  // so that most vectors of scales lie in one line of the cache
    float values[16];
  };
  std::vector<std::vector<Line>> scales_;
  std::vector<ZStep> steps_;
  bool any_rademacher_ = false, shared_ = false;
};

}  // namespace trainbus::kernels
