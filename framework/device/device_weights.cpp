#include "device/device_weights.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/addmm.h>
#include <ATen/ops/baddbmm.h>
#include <ATen/ops/bmm.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/mm.h>

#include <algorithm>

namespace trainbus::device {

PerturbedMemory::PerturbedMemory(const DeviceParameters& parameters, Passes& passes)
    : parameters_(parameters),
      passes_(passes),
      scratch_views_(parameters.size()),
      matrices_(parameters.size()) {
  const at::TensorOptions options(parameters.device());
  std::vector<ParameterId> ids;
  std::vector<at::Tensor> plus, minus;
  std::int64_t largest = 0;
  for (ParameterId id = 0; id < parameters.size(); ++id) {
    const at::Tensor& value = parameters[id].value;
    if (value.dim() == 2) {
      largest = std::max(largest, value.numel());
      continue;
    }
    const at::Tensor both = at::empty({2, value.numel()}, options.dtype(at::kFloat));
    vectors_.emplace(id, both);
    ids.push_back(id);
    plus.push_back(both[0]);
    minus.push_back(both[1]);
  }
  plus_ = passes.target(ids, plus);
  minus_ = passes.target(ids, minus);
  scratch_ = at::empty({largest}, options.dtype(parameters.type()));
}

void PerturbedMemory::perturb_vectors(const TermAt& term) {
  if (vectors_.empty()) return;
  passes_.perturb(*plus_, term, 1);
  passes_.perturb(*minus_, term, -1);
}

at::Tensor PerturbedMemory::matrix(ParameterId id, const TermAt& term, float factor) {
  if (!matrices_[id]) {
    const at::Tensor& value = parameters_[id].value;
    scratch_views_[id] = scratch_.narrow(0, 0, value.numel()).view(value.sizes());
    const ParameterId ids[] = {id};
    matrices_[id] = passes_.target(ids, {&scratch_views_[id], 1});
  }
  passes_.perturb(*matrices_[id], term, factor);
  return scratch_views_[id];
}

DeviceWeights::DeviceWeights(const DeviceParameters& parameters, Passes& passes,
                             PerturbedMemory& memory, TermAt term)
    : parameters_(parameters), passes_(passes), memory_(&memory), term_(std::move(term)) {
  memory.perturb_vectors(term_);
}

// x [S, N, D], contiguous, in the type of the matrices, whether it was given so or once for all
// sides.
at::Tensor DeviceWeights::for_sides(const at::Tensor& given) const {
  const at::Tensor x = given.to(parameters_.type());
  return (x.size(0) == sides() ? x : x.expand({sides(), x.size(1), x.size(2)})).contiguous();
}

at::Tensor DeviceWeights::vector(ParameterId id) const {
  return memory_ ? memory_->vector(id) : parameters_[id].value.unsqueeze(0);
}

at::Tensor DeviceWeights::matrix_rows(ParameterId id, const at::Tensor& rows) const {
  const at::Tensor& value = parameters_[id].value;
  if (!memory_) return at::index_select(value, 0, rows).unsqueeze(0);
  at::Tensor both = at::empty({2, rows.numel(), value.size(1)}, value.options());
  for (const int side : {0, 1}) {
    at::Tensor out = both[side];
    passes_.perturb_rows(id, rows, term_, side == 0 ? 1.0f : -1.0f, out);
  }
  return both;
}

// bias [S, N] float32; residual [S, M, N]; either may be undefined.
at::Tensor DeviceWeights::product(const at::Tensor& x, ParameterId id, const at::Tensor& bias,
                                  const at::Tensor& residual) const {
  const std::int64_t outputs = parameters_[id].value.size(0);
  at::Tensor y = at::empty({x.size(0), x.size(1), outputs}, x.options());
  if (memory_ && passes_.dual_linear({id, x, y, bias, residual}, term_)) return y;
  for (std::int64_t side = 0; side < sides(); ++side) {
    const at::Tensor w =
        memory_ ? memory_->matrix(id, term_, side == 0 ? 1.0f : -1.0f) : parameters_[id].value;
    at::Tensor to = y[side];
    if (bias.defined())
      at::addmm_out(to, bias[side].to(x.scalar_type()), x[side], w.t());
    else
      at::mm_out(to, x[side], w.t());
    if (residual.defined()) to.add_(residual[side]);
  }
  return y;
}

at::Tensor DeviceWeights::linear(const at::Tensor& given, ParameterIds matrices) {
  const at::Tensor x = for_sides(given);
  std::vector<at::Tensor> parts;
  for (const ParameterId id : matrices) parts.push_back(product(x, id, {}, {}));
  return parts.size() == 1 ? parts.front() : at::cat(parts, 2);
}

at::Tensor DeviceWeights::linear(const at::Tensor& given, ParameterIds matrices,
                                 ParameterIds biases) {
  const at::Tensor x = for_sides(given);
  std::vector<at::Tensor> parts;
  auto bias = biases.begin();
  for (const ParameterId id : matrices) parts.push_back(product(x, id, vector(*bias++), {}));
  return parts.size() == 1 ? parts.front() : at::cat(parts, 2);
}

at::Tensor DeviceWeights::add_linear(at::Tensor residual, const at::Tensor& x, ParameterId matrix) {
  return product(for_sides(x), matrix, {}, for_sides(residual));
}

at::Tensor DeviceWeights::add_linear(at::Tensor residual, const at::Tensor& x, ParameterId matrix,
                                     ParameterId bias) {
  return product(for_sides(x), matrix, vector(bias), for_sides(residual));
}

at::Tensor DeviceWeights::linear_rows(const at::Tensor& x, ParameterId matrix,
                                      const at::Tensor& rows) {
  return at::bmm(for_sides(x), matrix_rows(matrix, rows).transpose(1, 2));
}

at::Tensor DeviceWeights::linear_rows(const at::Tensor& x, ParameterId matrix, ParameterId bias,
                                      const at::Tensor& rows) {
  const at::Tensor wanted =
      at::index_select(vector(bias), 1, rows).unsqueeze(1).to(parameters_.type());
  return at::baddbmm(wanted, for_sides(x), matrix_rows(matrix, rows).transpose(1, 2));
}

at::Tensor DeviceWeights::embedding(const at::Tensor& ids, ParameterId matrix) {
  return matrix_rows(matrix, ids);
}

at::Tensor DeviceWeights::rms_norm(const at::Tensor& given, ParameterId gain, double eps) {
  const at::Tensor x = for_sides(given);
  at::Tensor y = at::empty(x.sizes(), x.options());
  passes_.rms_norm(x, vector(gain), eps, y);
  return y;
}

at::Tensor DeviceWeights::layer_norm(const at::Tensor& given, ParameterId gain, ParameterId bias,
                                     double eps) {
  const at::Tensor x = for_sides(given);
  at::Tensor y = at::empty(x.sizes(), x.options());
  passes_.layer_norm(x, vector(gain), vector(bias), eps, y);
  return y;
}

}  // namespace trainbus::device
