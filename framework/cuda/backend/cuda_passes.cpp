#include "cuda/backend/cuda_passes.hpp"

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <c10/cuda/CUDAStream.h>
#include <cuda_runtime_api.h>

#include <string>

#include "core/io/error.hpp"
#include "cuda/dual_linear.hpp"
#include "cuda/norms.hpp"
#include "cuda/step.hpp"

namespace trainbus::cuda {
namespace {

void* current_stream() { return c10::cuda::getCurrentCUDAStream().stream(); }

void check(int code, const char* what) {
  if (code == cudaSuccess) return;
  throw RunError(std::string(what) + ": " + cudaGetErrorString(static_cast<cudaError_t>(code)),
                 "GPU", "Train on the CPU, or give a smaller --batch-size.");
}

Distribution named_alike(kernels::Distribution distribution) {
  switch (distribution) {
    case kernels::Distribution::Gaussian:
      return Distribution::Gaussian;
    case kernels::Distribution::Binomial:
      return Distribution::Binomial;
    default:
      return Distribution::Rademacher;
  }
}

kernels::Format format_of(const at::Tensor& x) {
  return x.scalar_type() == at::kFloat  ? kernels::Format::Float32
         : x.scalar_type() == at::kHalf ? kernels::Format::Float16
                                        : kernels::Format::BFloat16;
}

Element element_of(const at::Tensor& x) {
  return x.scalar_type() == at::kFloat  ? Element::Float32
         : x.scalar_type() == at::kHalf ? Element::Float16
                                        : Element::BFloat16;
}

// Above this, by the products and passes measured in ../README.md, two products of an H100's
// library and two passes that write perturbed weights cost less than 1.16 times two products.
constexpr std::int64_t most_dual_rows = 2560;

Activation named_alike(std::optional<trainbus::Activation> activation) {
  if (!activation) return Activation::None;
  switch (*activation) {
    case trainbus::Activation::Relu:
      return Activation::Relu;
    case trainbus::Activation::Gelu:
      return Activation::Gelu;
    default:
      return Activation::GeluTanh;
  }
}

const Term* term_at(const device::TermAt& at) {
  return static_cast<const Term*>(at.terms.const_data_ptr()) + at.index;
}

const void* data_or_null(const at::Tensor& x, int side) {
  return x.defined() ? x[side].const_data_ptr() : nullptr;
}

}  // namespace

struct CudaPasses::CudaTarget final : device::Target {
  explicit CudaTarget(Placed table) : placed(std::move(table)) {}
  Placed placed;
};

CudaPasses::CudaPasses(device::DeviceParameters& parameters, kernels::Distribution distribution)
    : parameters_(parameters),
      distribution_(named_alike(distribution)),
      has_dual_linear_(has_dual_linear() && distribution == kernels::Distribution::Rademacher &&
                       parameters.type() == at::kBFloat16) {
  std::vector<Tensor> decaying, others;
  for (ParameterId id = 0; id < parameters.size(); ++id) {
    if (parameters[id].trainable) (parameters[id].decays ? decaying : others).push_back(tensor(id));
    if (parameters[id].value.dim() == 2) {
      Tensor matrix = tensor(id);
      matrix.out_format = format_of(parameters[id].value);
      matrices_.emplace(id, place({matrix}));
    }
  }
  decaying_ = place(decaying);
  others_ = place(others);
}

Tensor CudaPasses::tensor(ParameterId id) const {
  Parameter& p = parameters_[id];
  const bool is_vector = p.value.dim() == 1;
  Tensor t{.id = id,
           .rows = is_vector ? 0 : p.value.size(0),
           .columns = is_vector ? p.value.size(0) : p.value.size(1),
           .format = is_vector ? kernels::Format::Float32 : parameters_.format(),
           .values = p.value.mutable_data_ptr()};
  if (p.residual.defined()) t.residuals = p.residual.mutable_data_ptr();
  return t;
}

CudaPasses::Placed CudaPasses::place(const std::vector<Tensor>& tensors) const {
  Placed placed{lay_out(tensors), {}};
  auto& entries = placed.table.host_entries;
  const auto bytes = static_cast<std::int64_t>(entries.size() * sizeof(TableEntry));
  if (bytes == 0) return placed;
  placed.entries = at::from_blob(entries.data(), {bytes}, at::TensorOptions().dtype(at::kByte))
                       .to(parameters_.device());
  placed.table.entries = static_cast<const TableEntry*>(placed.entries.const_data_ptr());
  return placed;
}

std::unique_ptr<device::Target> CudaPasses::target(std::span<const ParameterId> ids,
                                                   std::span<const at::Tensor> outs) {
  std::vector<Tensor> tensors;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    Tensor t = tensor(ids[i]);
    t.out = outs[i].mutable_data_ptr();
    t.out_format = format_of(outs[i]);
    tensors.push_back(t);
  }
  return std::make_unique<CudaTarget>(place(tensors));
}

void CudaPasses::perturb(const device::Target& target, const device::TermAt& term, float factor) {
  check(cuda::perturb(static_cast<const CudaTarget&>(target).placed.table, distribution_,
                      term_at(term), factor, current_stream()),
        "perturbing parameters");
}

void CudaPasses::perturb_rows(ParameterId matrix, const at::Tensor& rows,
                              const device::TermAt& term, float factor, at::Tensor& out) {
  check(cuda::perturb_rows(matrices_.at(matrix).table, 0, distribution_, term_at(term), factor,
                           rows.const_data_ptr<std::int64_t>(), rows.numel(),
                           out.mutable_data_ptr(), current_stream()),
        "perturbing rows");
}

bool CudaPasses::dual_linear(const device::DualLinear& layer, const device::TermAt& term) {
  const at::Tensor& w = parameters_[layer.matrix].value;
  if (!has_dual_linear_ || layer.x.size(1) > most_dual_rows) return false;
  if (w.size(0) % 8 != 0 || w.size(1) % 8 != 0 || layer.y.stride(1) % 8 != 0) return false;
  DualLinear call{.rows = layer.x.size(1),
                  .inputs = w.size(1),
                  .outputs = w.size(0),
                  .tensor = layer.matrix,
                  .term = term_at(term),
                  .weight = w.const_data_ptr(),
                  .x_plus = layer.x[0].const_data_ptr(),
                  .x_minus = layer.x[1].const_data_ptr(),
                  .y_plus = layer.y[0].mutable_data_ptr(),
                  .y_minus = layer.y[1].mutable_data_ptr(),
                  .bias_plus = static_cast<const float*>(data_or_null(layer.bias, 0)),
                  .bias_minus = static_cast<const float*>(data_or_null(layer.bias, 1)),
                  .residual_plus = data_or_null(layer.residual, 0),
                  .residual_minus = data_or_null(layer.residual, 1),
                  .activation = named_alike(layer.activation),
                  .y_stride = layer.y.stride(1)};
  const auto bytes = static_cast<std::int64_t>(dual_linear_workspace(call));
  at::Tensor workspace =
      at::empty({bytes}, at::TensorOptions().dtype(at::kByte).device(parameters_.device()));
  check(
      cuda::dual_linear(call, bytes > 0 ? workspace.mutable_data_ptr() : nullptr, current_stream()),
      "a linear layer at both points");
  return true;
}

void CudaPasses::update(const at::Tensor& terms, const at::Tensor& update) {
  const auto* steps = static_cast<const UpdateStep*>(update.const_data_ptr());
  const auto count =
      static_cast<std::int32_t>(terms.numel() / static_cast<std::int64_t>(sizeof(Term)));
  for (const bool decays : {true, false}) {
    const Placed& placed = decays ? decaying_ : others_;
    if (placed.table.count == 0) continue;
    const Update call{.distribution = distribution_,
                      .steps = decays ? steps : steps + 1,
                      .step_count = 1,
                      .terms = static_cast<const Term*>(terms.const_data_ptr()),
                      .term_count = count};
    check(cuda::update(placed.table, call, current_stream()), "updating parameters");
  }
}

void CudaPasses::begin_step(const device::StepBuffers& buffers) {
  check(cuda::begin_step(buffers.rule(), buffers.numbers(), current_stream()), "beginning a step");
}

void CudaPasses::end_step(const device::StepBuffers& buffers) {
  check(cuda::end_step(buffers.rule(), buffers.numbers(), current_stream()), "ending a step");
}

void CudaPasses::normalize(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                           double eps, at::Tensor& y) {
  const Norm norm{.element = element_of(x),
                  .x = x.const_data_ptr(),
                  .y = y.mutable_data_ptr(),
                  .weight = weight.const_data_ptr<float>(),
                  .bias = bias.defined() ? bias.const_data_ptr<float>() : nullptr,
                  .sides = x.size(0),
                  .rows = x.size(1),
                  .width = x.size(2),
                  .eps = static_cast<float>(eps)};
  check(cuda::normalize(norm, current_stream()), "normalizing");
}

void CudaPasses::rms_norm(const at::Tensor& x, const at::Tensor& weight, double eps,
                          at::Tensor& y) {
  normalize(x, weight, {}, eps, y);
}

void CudaPasses::layer_norm(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                            double eps, at::Tensor& y) {
  normalize(x, weight, bias, eps, y);
}

}  // namespace trainbus::cuda
