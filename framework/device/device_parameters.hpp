// A model's parameters in a device's memory.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "core/export.hpp"
#include "models/weights/parameters.hpp"

namespace trainbus::device {

// One block of memory; addresses do not change.
class TRAINBUS_EXPORT DeviceParameters {
 public:
  // Allocates zeros with the shapes and the format of `like`.
  DeviceParameters(const Parameters& like, at::Device device);

  // Copies the parameters from the host and back; the shapes are the same. Both wait.
  void load(const Parameters& from);
  void fetch(Parameters& to) const;

  std::size_t size() const { return parameters_.size(); }
  Parameter& operator[](ParameterId id) { return parameters_[id]; }
  const Parameter& operator[](ParameterId id) const { return parameters_[id]; }
  at::Device device() const { return arena_.device(); }
  kernels::Format format() const { return format_; }
  // The type of matrices as products read them: float32, or the 16 bits of the format.
  at::ScalarType type() const;

 private:
  at::Tensor arena_;
  std::vector<Parameter> parameters_;  // views of the arena
  kernels::Format format_;
};

}  // namespace trainbus::device
