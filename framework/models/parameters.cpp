#include "models/parameters.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "models/huge_memory.hpp"

namespace trainbus {
namespace {

constexpr std::int64_t floats_per_line = 16;  // 64 bytes

std::int64_t element_count_of(const std::vector<std::int64_t>& sizes) {
  std::int64_t count = 1;
  for (std::int64_t size : sizes) count *= size;
  return count;
}

}  // namespace

bool decays_by_name(std::string_view name) {
  for (std::string_view word : {"bias", "layer_norm", "layernorm"})
    if (name.find(word) != std::string_view::npos) return false;
  return true;
}

Parameters::Parameters(const std::vector<Shape>& shapes) {
  if (shapes.size() >= 0xFFFF)
    throw UsageError("the model has " + std::to_string(shapes.size()) +
                         " parameter tensors, at most 65534 can be addressed",
                     "", "Take another model.");
  std::vector<std::int64_t> starts;
  std::int64_t floats = 0;
  for (const Shape& shape : shapes) {
    starts.push_back(floats);
    const std::int64_t count = element_count_of(shape.sizes);
    floats += (count + floats_per_line - 1) / floats_per_line * floats_per_line;
  }
  arena_ = huge_zeros(std::max<std::int64_t>(floats, 1));
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    at::Tensor value =
        arena_.narrow(0, starts[i], element_count_of(shapes[i].sizes)).view(shapes[i].sizes);
    parameters_.push_back({shapes[i].name, std::move(value), decays_by_name(shapes[i].name)});
  }
}

Parameters::Parameters(std::vector<std::string> names, std::vector<at::Tensor> values) {
  std::vector<Shape> shapes;
  for (std::size_t i = 0; i < names.size(); ++i)
    shapes.push_back({names[i], values[i].sizes().vec()});
  *this = Parameters(shapes);
  for (std::size_t i = 0; i < values.size(); ++i) parameters_[i].value.copy_(values[i]);
}

std::optional<ParameterId> Parameters::find(std::string_view name) const {
  for (std::size_t i = 0; i < parameters_.size(); ++i)
    if (parameters_[i].name == name) return static_cast<ParameterId>(i);
  return std::nullopt;
}

std::int64_t Parameters::element_count() const {
  std::int64_t count = 0;
  for (const Parameter& parameter : parameters_) count += parameter.value.numel();
  return count;
}

at::Tensor Parameters::stacked(std::span<const ParameterId> ids) const {
  const at::Tensor& first = parameters_[ids.front()].value;
  if (ids.size() == 1) return first;
  const float* expected = first.const_data_ptr<float>();
  std::int64_t rows = 0;
  for (ParameterId id : ids) {
    const at::Tensor& value = parameters_[id].value;
    if (value.const_data_ptr<float>() != expected || value.size(1) != first.size(1)) return {};
    expected += value.numel();
    rows += value.size(0);
  }
  return first.as_strided({rows, first.size(1)}, {first.size(1), 1});
}

}  // namespace trainbus
