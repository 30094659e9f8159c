// The names of a decoder's tensors in GGUF files (gguf-py, tensor_mapping.py).
#include "models/families/decoder.hpp"

namespace trainbus {
namespace {

// Without ".weight"; in a layer behind "blk.NUMBER.".
std::string_view name_of(DecoderRole role, bool swapped_norms) {
  switch (role) {
    case DecoderRole::Embedding:
      return "token_embd";
    case DecoderRole::Positions:
      return "position_embd";
    case DecoderRole::FinalNorm:
      return "output_norm";
    case DecoderRole::Output:
      return "output";
    case DecoderRole::Query:
      return "attn_q";
    case DecoderRole::Key:
      return "attn_k";
    case DecoderRole::Value:
      return "attn_v";
    case DecoderRole::QueryKeyValue:
      return "attn_qkv";
    case DecoderRole::QueryNorm:
      return "attn_q_norm";
    case DecoderRole::KeyNorm:
      return "attn_k_norm";
    case DecoderRole::AttentionOut:
      return "attn_output";
    case DecoderRole::Gate:
      return "ffn_gate";
    case DecoderRole::Up:
    case DecoderRole::GateUp:
      return "ffn_up";
    case DecoderRole::Down:
      return "ffn_down";
    case DecoderRole::AttentionNorm:
      return swapped_norms ? "attn_norm_2" : "attn_norm";
    case DecoderRole::MlpNorm:
      return swapped_norms ? "attn_norm" : "ffn_norm";
    case DecoderRole::AttentionOutNorm:
      return "post_attention_norm";
    case DecoderRole::MlpOutNorm:
      return "post_ffw_norm";
    case DecoderRole::ProjectIn:
    case DecoderRole::ProjectOut:
      break;
  }
  return "";
}

bool is_norm(DecoderRole role) {
  switch (role) {
    case DecoderRole::FinalNorm:
    case DecoderRole::QueryNorm:
    case DecoderRole::KeyNorm:
    case DecoderRole::AttentionNorm:
    case DecoderRole::MlpNorm:
    case DecoderRole::AttentionOutNorm:
    case DecoderRole::MlpOutNorm:
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
      [&](std::int64_t layer, DecoderRole role, const std::string& parameter, bool is_bias) {
        const std::string name = (layer < 0 ? "" : "blk." + std::to_string(layer) + ".") +
                                 std::string(name_of(role, swapped)) +
                                 (is_bias ? ".bias" : ".weight");
        const bool turned = role == DecoderRole::Query || role == DecoderRole::Key;
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
