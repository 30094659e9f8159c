// The parameters of a network in the order of Hugging Face's named_parameters(), listed once: for
// their shapes and for the ids that the network asks its weights by.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/weights/parameters.hpp"
#include "models/weights/weights.hpp"

namespace trainbus {

// The weight and the bias of a linear layer or of a norm.
struct Affine {
  ParameterId weight = 0;
  std::optional<ParameterId> bias = {};

  ParameterIds biases() const { return bias ? ParameterIds(*bias) : ParameterIds(); }
};

class ParameterList {
 public:
  // Returns its id: the position in the list.
  ParameterId add(std::string name, std::vector<std::int64_t> sizes);
  // name.weight [outputs, inputs], name.bias [outputs].
  Affine linear(const std::string& name, std::int64_t outputs, std::int64_t inputs,
                bool bias = true);
  // name.weight and name.bias [width].
  Affine norm(const std::string& name, std::int64_t width, bool bias = true);

  const std::vector<Parameters::Shape>& shapes() const { return shapes_; }

 private:
  std::vector<Parameters::Shape> shapes_;
};

}  // namespace trainbus
