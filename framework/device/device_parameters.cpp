#include "device/device_parameters.hpp"

#include <ATen/ops/zeros.h>

namespace trainbus::device {
namespace {

constexpr std::int64_t border = 256;  // bytes

std::int64_t rounded(std::int64_t bytes) { return (bytes + border - 1) / border * border; }

std::int64_t bytes_of(const at::Tensor& x) {
  return x.defined() ? static_cast<std::int64_t>(x.nbytes()) : 0;
}

}  // namespace

DeviceParameters::DeviceParameters(const Parameters& like, at::Device device)
    : format_(like.format()) {
  std::int64_t bytes = 0;
  for (const Parameter& p : like)
    bytes += rounded(bytes_of(p.value)) + rounded(bytes_of(p.residual));
  arena_ = at::zeros({bytes}, at::TensorOptions().dtype(at::kByte).device(device));
  std::int64_t next = 0;
  const auto place = [&](const at::Tensor& x) {
    if (!x.defined()) return at::Tensor();
    const std::int64_t begin = next;
    next += rounded(bytes_of(x));
    return arena_.narrow(0, begin, bytes_of(x)).view(x.scalar_type()).view(x.sizes());
  };
  for (const Parameter& p : like) {
    at::Tensor value = place(p.value), residual = place(p.residual);
    parameters_.push_back({p.name, std::move(value), std::move(residual), p.decays, p.trainable});
  }
}

void DeviceParameters::load(const Parameters& from) {
  for (ParameterId id = 0; id < size(); ++id) {
    parameters_[id].value.copy_(from[id].value);
    if (from[id].residual.defined()) parameters_[id].residual.copy_(from[id].residual);
  }
}

void DeviceParameters::fetch(Parameters& to) const {
  for (ParameterId id = 0; id < size(); ++id) {
    to[id].value.copy_(parameters_[id].value);
    if (to[id].residual.defined()) to[id].residual.copy_(parameters_[id].residual);
  }
}

at::ScalarType DeviceParameters::type() const {
  switch (format_) {
    case kernels::Format::Float32:
      return at::kFloat;
    case kernels::Format::Float16:
      return at::kHalf;
    default:
      return at::kBFloat16;
  }
}

}  // namespace trainbus::device
