#include "models/families/encoders/parameter_list.hpp"

#include <utility>

namespace trainbus {

ParameterId ParameterList::add(std::string name, std::vector<std::int64_t> sizes) {
  shapes_.push_back({std::move(name), std::move(sizes)});
  return static_cast<ParameterId>(shapes_.size() - 1);
}

Affine ParameterList::linear(const std::string& name, std::int64_t outputs, std::int64_t inputs,
                             bool bias) {
  Affine layer{.weight = add(name + ".weight", {outputs, inputs})};
  if (bias) layer.bias = add(name + ".bias", {outputs});
  return layer;
}

Affine ParameterList::norm(const std::string& name, std::int64_t width, bool bias) {
  Affine layer{.weight = add(name + ".weight", {width})};
  if (bias) layer.bias = add(name + ".bias", {width});
  return layer;
}

}  // namespace trainbus
