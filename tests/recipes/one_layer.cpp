// A model family of one file, added as framework/README.md describes: a decoder of one attention
// layer, whose output matrix is stored transposed.
#include "models/families/registry.hpp"

namespace trainbus {
namespace {

class OneLayer final : public PretrainedModel {
 public:
  // Embedding [V, D]; query, key and value [D, D] each; output [V, D].
  enum : ParameterId { embedding, query, key, value, output };

  static std::vector<Parameters::Shape> shapes(const ModelConfig& c) {
    const std::int64_t width = c.hidden_size;
    return {{"embed.weight", {c.vocab_size, width}},
            {"query.weight", {width, width}},
            {"key.weight", {width, width}},
            {"value.weight", {width, width}},
            {"head.weight", {c.vocab_size, width}}};
  }

  using PretrainedModel::PretrainedModel;

  at::Tensor logits(Weights& w, const Batch& batch) const override {
    const at::Tensor x = w.embedding(batch.tokens, embedding);
    const at::Tensor qkv = w.linear(x, {.weights = {query, key, value}});
    at::Tensor h =
        w.attention(qkv, batch, {.heads = {config().heads, config().kv_heads, config().head_dim}});
    if (batch.logit_positions.defined()) h = h.index_select(1, batch.logit_positions);
    return w.linear(h, {.weights = output, .rows = batch.candidate_ids});
  }
};

}  // namespace

extern const ModelFamily one_layer_family;
const ModelFamily one_layer_family = {
    .model_type = "one_layer",
    .title = "One layer",
    .kind = ModelKind::Decoder,
    .read = [](const JsonFields& fields,
               ModelConfig& config) { read_common_config(fields, {.rope = false}, config); },
    .write =
        [](const ModelConfig& config, ConfigLines& lines) {
          lines.raw("architectures", "[\"OneLayerForCausalLM\"]");
          lines.field("intermediate_size", config.intermediate_size);
          lines.common(config);
        },
    .shapes = OneLayer::shapes,
    .checkpoint =
        [](const ModelConfig&) {
          return CheckpointMap().transpose("head.weight", "head.transposed");
        },
    .make = [](ModelConfig config, Parameters parameters) -> std::unique_ptr<PretrainedModel> {
      return std::make_unique<OneLayer>(std::move(config), std::move(parameters));
    },
    .embedding = "embed.weight",
    .output = "head.weight",
};

}  // namespace trainbus
