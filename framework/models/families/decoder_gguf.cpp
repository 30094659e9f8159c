// The names of a decoder's tensors in GGUF files (gguf-py, tensor_mapping.py).
#include "models/families/decoder.hpp"

namespace trainbus {
namespace {

// Without ".weight"; in a layer behind "blk.NUMBER.".
std::string_view name_of(Role role, bool swapped_norms) {
  switch (role) {
    case Role::Embedding:
      return "token_embd";
    case Role::Positions:
      return "position_embd";
    case Role::FinalNorm:
      return "output_norm";
    case Role::Output:
      return "output";
    case Role::Query:
      return "attn_q";
    case Role::Key:
      return "attn_k";
    case Role::Value:
      return "attn_v";
    case Role::QueryKeyValue:
      return "attn_qkv";
    case Role::QueryNorm:
      return "attn_q_norm";
    case Role::KeyNorm:
      return "attn_k_norm";
    case Role::AttentionOut:
      return "attn_output";
    case Role::Gate:
      return "ffn_gate";
    case Role::Up:
    case Role::GateUp:
      return "ffn_up";
    case Role::Down:
      return "ffn_down";
    case Role::AttentionNorm:
      return swapped_norms ? "attn_norm_2" : "attn_norm";
    case Role::MlpNorm:
      return swapped_norms ? "attn_norm" : "ffn_norm";
    case Role::AttentionOutNorm:
      return "post_attention_norm";
    case Role::MlpOutNorm:
      return "post_ffw_norm";
    case Role::ProjectIn:
    case Role::ProjectOut:
      break;
  }
  return "";
}

bool is_norm(Role role) {
  switch (role) {
    case Role::FinalNorm:
    case Role::QueryNorm:
    case Role::KeyNorm:
    case Role::AttentionNorm:
    case Role::MlpNorm:
    case Role::AttentionOutNorm:
    case Role::MlpOutNorm:
      return true;
    default:
      return false;
  }
}

}  // namespace

CheckpointMap gguf_names(const ModelConfig& config, const DecoderStyle& style,
                         const GgufNaming& naming) {
  CheckpointMap map;
  const bool swapped = naming.swapped_norms && config.falcon.two_norms;
  Decoder::for_each_parameter(
      config, style,
      [&](std::int64_t layer, Role role, const std::string& parameter, bool is_bias) {
        const std::string name = (layer < 0 ? "" : "blk." + std::to_string(layer) + ".") +
                                 std::string(name_of(role, swapped)) +
                                 (is_bias ? ".bias" : ".weight");
        const bool turned = role == Role::Query || role == Role::Key;
        if (naming.permuted && turned)
          map.permute(parameter, name, config.head_dim);
        else if (naming.one_added && is_norm(role))
          map.stored_plus(parameter, name, 1);
        else
          map.rename(parameter, {name});
      });
  // The rotary embedding's divisors: see rope_from_gguf.
  return map.ignore("rope_freqs.").ignore("rope_factors_");
}

}  // namespace trainbus
