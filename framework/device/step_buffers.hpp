// A step's numbers in one block of memory, with the same layout on the host and on the device: the
// front is copied to the device, the end back to the host.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "core/export.hpp"
#include "device/step_numbers.hpp"

namespace trainbus::device {

class TRAINBUS_EXPORT StepBuffers {
 public:
  // memory: layout_bytes(rule) bytes, aligned to 16.
  StepBuffers(const Rule& rule, at::Tensor memory);
  static std::int64_t layout_bytes(const Rule& rule);

  const Rule& rule() const { return rule_; }
  // Pointers into the memory, wherever it is.
  StepNumbers numbers() const;
  at::Tensor to_device() const;  // the bytes that the host writes
  at::Tensor to_host() const;    // the bytes that the host reads
  at::Tensor losses() const;     // [D, M, 2] float32
  at::Tensor perturbations() const;
  at::Tensor terms() const;
  at::Tensor update() const;

 private:
  at::Tensor part(std::int64_t begin, std::int64_t end) const;

  Rule rule_;
  at::Tensor memory_;
  // Where each part begins: input, shares, perturbations, terms, update; then the part for the
  // host.
  std::int64_t shares_, perturbations_, terms_, update_, losses_, means_, coefficients_, verdict_,
      end_;
};

}  // namespace trainbus::device
