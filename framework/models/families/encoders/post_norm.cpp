#include "models/families/encoders/post_norm.hpp"

#include <utility>

namespace trainbus {

std::vector<PostNormBlock> list_post_norm_blocks(ParameterList& list, const std::string& layer,
                                                 const ModelConfig& config,
                                                 const PostNormNames& names) {
  const std::int64_t width = config.hidden_size, inner = config.intermediate_size;
  std::vector<PostNormBlock> blocks;
  for (std::int64_t i = 0; i < config.layers; ++i) {
    const std::string prefix = layer + std::to_string(i) + ".";
    const auto linear = [&](std::string_view name, std::int64_t outputs, std::int64_t inputs) {
      return list.linear(prefix + std::string(name), outputs, inputs);
    };
    PostNormBlock b;
    b.query = linear(names.query, width, width);
    b.key = linear(names.key, width, width);
    b.value = linear(names.value, width, width);
    b.output = linear(names.output, width, width);
    b.attention_norm = list.norm(prefix + std::string(names.attention_norm), width);
    b.intermediate = linear(names.intermediate, inner, width);
    b.dense = linear(names.dense, width, inner);
    b.final_norm = list.norm(prefix + std::string(names.final_norm), width);
    blocks.push_back(b);
  }
  return blocks;
}

at::Tensor after_attention(Weights& w, const PostNormBlock& p, at::Tensor x,
                           const at::Tensor& attended, Activation activation, double eps) {
  const auto norm = [&](const at::Tensor& y, const Affine& layer) {
    return w.layer_norm(y, layer.weight, layer.bias, eps);
  };
  x = w.linear(attended,
               {.weights = p.output.weight, .biases = p.output.biases(), .residual = std::move(x)});
  x = norm(x, p.attention_norm);
  const at::Tensor h = w.linear(x, {.weights = p.intermediate.weight,
                                    .biases = p.intermediate.biases(),
                                    .activation = activation});
  x = w.linear(h,
               {.weights = p.dense.weight, .biases = p.dense.biases(), .residual = std::move(x)});
  return norm(x, p.final_norm);
}

}  // namespace trainbus
