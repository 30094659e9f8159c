// A transformer decoder in the ways that published families build one. A family says which
// parameters its layers have, in the order of Hugging Face's named_parameters(), and how they are
// put together; the network is the same.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "formats/config/config.hpp"
#include "models/family.hpp"
#include "models/files/pretrained_model.hpp"
#include "models/layers/activations.hpp"
#include "models/layers/attention.hpp"

namespace trainbus {

// What a parameter is for. V vocabulary, D hidden size, E embedding size, P positions, F the MLP's
// inner width, H and H_kv heads of d numbers.
enum class DecoderRole : std::uint8_t {
  Embedding,         // [V, E]
  Positions,         // [P + position_offset, D], learned
  ProjectIn,         // [D, E]
  ProjectOut,        // [E, D]
  FinalNorm,         // [D]
  Output,            // [V, E]; left out if tied
  Query,             // [H·d, D]
  Key,               // [H_kv·d, D]
  Value,             // [H_kv·d, D]
  QueryKeyValue,     // [(H + 2·H_kv)·d, D]: all queries, all keys, all values
  QueryNorm,         // [d], of each head
  KeyNorm,           // [d]
  AttentionOut,      // [D, H·d]
  Gate,              // [F, D]
  Up,                // [F, D]: beside a gate, or alone
  GateUp,            // [2·F, D]: all gates, all ups
  Down,              // [D, F]
  AttentionNorm,     // [D], of the attention's input, or of the sum behind it (norm_after)
  MlpNorm,           // [D], the same of the MLP; in parallel blocks, left out if they share one
  AttentionOutNorm,  // [D], of the attention's output before the sum
  MlpOutNorm,        // [D]
};
constexpr std::size_t role_count = static_cast<std::size_t>(DecoderRole::MlpOutNorm) + 1;

struct NamedRole {
  DecoderRole role;
  std::string_view name;  // without ".weight"; in a layer: without its prefix
  bool bias = false;      // NAME.bias follows NAME.weight
};

struct DecoderStyle {
  // In the order of named_parameters(): outside of the layers before and behind them, and in each.
  std::vector<NamedRole> before, layer, after;
  std::string_view layers = "model.layers.";  // then the layer's number and a dot

  bool layer_norm = false;           // else RMSNorm
  double norm_offset = 0;            // RMSNorm multiplies by weight + offset
  double embedding_scale = 1;        // of token embeddings
  std::int64_t position_offset = 0;  // position p has this row + p
};

// One forward pass computes, per layer: x + attn(norm x), then x + mlp(norm x); both from the same
// x with config.parallel_residual; norms behind the sums with config.norm_after.
class TRAINBUS_EXPORT Decoder : public PretrainedModel {
 public:
  // The parameters' shapes in the documented order.
  static std::vector<Parameters::Shape> shapes(const ModelConfig& config,
                                               const DecoderStyle& style);

  // parameters: as shapes() says. Throws UsageError if the activation is none that is computed.
  Decoder(ModelConfig config, DecoderStyle style, Parameters parameters);

  // Calls each(layer, role, name, is_bias) in the documented order; outside of the layers with −1.
  using Each = std::function<void(std::int64_t, DecoderRole, const std::string&, bool)>;
  static void for_each_parameter(const ModelConfig& config, const DecoderStyle& style,
                                 const Each& each);

  // With dynamic rotary embeddings as many times more as their factor says.
  std::int64_t positions() const override;
  bool keys_serve(std::int64_t from, std::int64_t to) const override;
  at::Tensor logits(Weights& weights, const Batch& batch) const override;
  // Without gradients, the logits of some hundred positions at a time.
  at::Tensor token_losses(Weights& weights, const Batch& batch) const override;

  // What the output matrix reads, at the batch's logit positions: [S, R, E]. Throws RunError for
  // sequences that are longer than the model has positions.
  at::Tensor hidden(Weights& weights, const Batch& batch) const;

 private:
  struct Linear {
    std::optional<ParameterId> weight, bias;
  };
  using Table = std::array<Linear, role_count>;

  const Linear& at(std::int64_t layer, DecoderRole role) const;
  bool has(std::int64_t layer, DecoderRole role) const {
    return at(layer, role).weight.has_value();
  }
  // hidden [S, R, E] → [S, R, C].
  at::Tensor logits_of(Weights& weights, const at::Tensor& hidden, const Batch& batch) const;
  at::Tensor embed(Weights& weights, const Batch& batch) const;
  at::Tensor block(Weights& weights, std::int64_t layer, at::Tensor x, const Batch& batch,
                   bool trim_to_positions) const;
  // Heads side by side, before the output matrix.
  at::Tensor attend(Weights& weights, std::int64_t layer, const at::Tensor& x,
                    const Batch& batch) const;
  at::Tensor mlp(Weights& weights, std::int64_t layer, const at::Tensor& x,
                 at::Tensor residual) const;
  at::Tensor norm(Weights& weights, const Linear& norm, const at::Tensor& x) const;
  at::Tensor added(Weights& weights, std::int64_t layer, DecoderRole matrix, DecoderRole out_norm,
                   const at::Tensor& x, at::Tensor residual) const;
  double scale_of(std::int64_t layer) const;
  const layers::RotaryTable* rotary_of(std::int64_t layer) const;

  DecoderStyle style_;
  Activation activation_;
  layers::Heads heads_;
  std::optional<layers::RotaryTable> rotary_, local_rotary_;
  Table outside_;
  std::vector<Table> layers_;
};

// How query_key_value's rows are stored where each key/value head has its queries before it.
RowOrder grouped_rows(const ModelConfig& config);

// How an architecture's GGUF files differ from what most have.
struct GgufNaming {
  bool permuted = false;       // q and k rows are in llama.cpp's order
  bool one_added = false;      // norms' weights are stored plus 1 (Gemma)
  bool swapped_norms = false;  // attn_norm is the MLP's, attn_norm_2 the attention's (Falcon 40B)
};
CheckpointMap gguf_names(const ModelConfig& config, const DecoderStyle& style,
                         const GgufNaming& naming);

// A family's entry in the registry, from what it has of its own.
template <DecoderStyle (*style)(const ModelConfig&), GgufNaming naming = GgufNaming{}>
constexpr ModelFamily decoder_family(ModelFamily family) {
  family.kind = ModelKind::Decoder;
  family.shapes = [](const ModelConfig& config) { return Decoder::shapes(config, style(config)); };
  family.gguf = [](const ModelConfig& config) { return gguf_names(config, style(config), naming); };
  family.make = [](ModelConfig config, Parameters parameters) -> std::unique_ptr<PretrainedModel> {
    DecoderStyle of_config = style(config);
    return std::make_unique<Decoder>(std::move(config), std::move(of_config),
                                     std::move(parameters));
  };
  return family;
}

}  // namespace trainbus
