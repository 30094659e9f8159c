#include "run/training_state.hpp"

#include <ATen/ops/empty.h>

#include <cstring>
#include <vector>

#include "core/io/error.hpp"
#include "formats/safetensors/safetensors.hpp"

namespace trainbus {
namespace {

namespace fs = std::filesystem;

constexpr const char* model_file = "model.safetensors";
constexpr const char* residuals_file = "residuals.safetensors";
constexpr const char* optimizer_file = "optimizer.safetensors";

struct Type {
  at::ScalarType torch;
  DType stored;
};
constexpr Type types[] = {{at::kFloat, DType::F32},     {at::kDouble, DType::F64},
                          {at::kBFloat16, DType::BF16}, {at::kHalf, DType::F16},
                          {at::kLong, DType::I64},      {at::kInt, DType::I32},
                          {at::kShort, DType::I16},     {at::kChar, DType::I8},
                          {at::kByte, DType::U8},       {at::kBool, DType::Bool}};

DType stored_type(const std::string& name, const at::Tensor& tensor) {
  for (const Type& type : types)
    if (type.torch == tensor.scalar_type()) return type.stored;
  throw RunError("'" + name + "' is of a type that checkpoints cannot keep", optimizer_file, "");
}

at::ScalarType torch_type(const TensorInfo& info, const fs::path& file) {
  for (const Type& type : types)
    if (type.stored == info.dtype) return type.torch;
  throw RunError("'" + info.name + "' has a type that no state has", file.string(), "");
}

TensorSource source_of(const std::string& name, const at::Tensor& tensor) {
  return {name, stored_type(name, tensor), tensor.sizes().vec(), tensor.const_data_ptr()};
}

// Reads the bytes of this name into the tensor.
void copy(const SafetensorsFile& file, const std::string& name, const at::Tensor& tensor) {
  const TensorInfo* info = file.find(name);
  const bool fits = info && info->dtype == stored_type(name, tensor) &&
                    at::IntArrayRef(info->shape) == tensor.sizes();
  if (!fits)
    throw RunError("does not hold '" + name + "' as this run has it", file.path().string(),
                   "Resume with the model and the --dtype of the run.");
  std::memcpy(tensor.mutable_data_ptr(), file.data(*info).data(), tensor.nbytes());
}

bool has_residuals(const Parameters& parameters) {
  return kernels::residual_bytes(parameters.format()) > 0;
}

}  // namespace

std::uint64_t bytes_of(const Parameters& parameters, const OptimizerState& state) {
  auto bytes = static_cast<std::uint64_t>(parameters.bytes());
  for (const auto& [name, tensor] : state) bytes += tensor.nbytes();
  return bytes;
}

void save_state(const Parameters& parameters, const OptimizerState& state, const fs::path& folder) {
  std::vector<TensorSource> tensors;
  for (const auto& [name, tensor] : state) tensors.push_back(source_of(name, tensor));
  write_safetensors(folder / optimizer_file, tensors);
  if (!has_residuals(parameters)) return;
  tensors.clear();
  for (const Parameter& parameter : parameters)
    if (parameter.residual.defined())
      tensors.push_back(source_of(parameter.name, parameter.residual));
  write_safetensors(folder / residuals_file, tensors);
}

OptimizerState restore_state(const fs::path& folder, Parameters& parameters) try {
  const SafetensorsFile model(folder / model_file);
  for (Parameter& parameter : parameters) copy(model, parameter.name, parameter.value);
  if (has_residuals(parameters)) {
    const SafetensorsFile residuals(folder / residuals_file);
    for (Parameter& parameter : parameters)
      if (parameter.residual.defined()) copy(residuals, parameter.name, parameter.residual);
  }
  OptimizerState state;
  const SafetensorsFile optimizer(folder / optimizer_file);
  for (const TensorInfo& info : optimizer.tensors()) {
    at::Tensor tensor = at::empty(info.shape, at::TensorOptions().dtype(torch_type(info, folder)));
    if (tensor.nbytes() > 0)  // an empty one has no memory
      std::memcpy(tensor.mutable_data_ptr(), optimizer.data(info).data(), tensor.nbytes());
    state.emplace(info.name, std::move(tensor));
  }
  return state;
} catch (const UsageError& error) {
  throw RunError(error.what(), "", "");
}

}  // namespace trainbus
