// The block of BERT and its kind: attention, then two layers, a norm behind each sum (arXiv
// 1706.03762, 1810.04805).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "formats/config/config.hpp"
#include "models/families/encoders/parameter_list.hpp"
#include "models/layers/activations.hpp"

namespace trainbus {

struct PostNormBlock {
  Affine query, key, value, output, attention_norm, intermediate, dense, final_norm;
};

// What a family calls a block's layers.
struct PostNormNames {
  std::string_view query = "attention.self.query", key = "attention.self.key",
                   value = "attention.self.value", output = "attention.output.dense",
                   attention_norm = "attention.output.LayerNorm",
                   intermediate = "intermediate.dense", dense = "output.dense",
                   final_norm = "output.LayerNorm";
};

// layer: what stands before a block's number, "bert.encoder.layer.".
std::vector<PostNormBlock> list_post_norm_blocks(ParameterList& list, const std::string& layer,
                                                 const ModelConfig& config,
                                                 const PostNormNames& names = {});

// The block behind its attention: x [S, N, D] the block's input, attended [S, N, D] → [S, N, D].
at::Tensor after_attention(Weights& weights, const PostNormBlock& block, at::Tensor x,
                           const at::Tensor& attended, Activation activation, double eps);

}  // namespace trainbus
