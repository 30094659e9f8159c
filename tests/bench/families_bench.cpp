// MeZO's step of every family, with random weights of one common width and depth, compared with two
// forward passes, and with the published trainer's step on the same network by LibTorch's
// operations, alternating. Decoders choose between two words behind a text, encoders between two
// classes.
//
//   families_bench [--rounds N] [--family NAME] [--json FILE]
#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/tensor.h>

#include <cstdlib>
#include <cstring>

#include "core/bus/bus.hpp"
#include "eager_weights.hpp"
#include "engine/trainer.hpp"
#include "models/activation_memory.hpp"
#include "models/families/registry.hpp"
#include "models/files/config_file.hpp"
#include "models/weights/materialized_weights.hpp"
#include "published_mezo.hpp"
#include "rounds.hpp"
#include "support/memory_task.hpp"
#include "support/plugin_optimizer.hpp"
#include "table.hpp"

using namespace trainbus;

namespace {

// What a family's config.json says beside the common sizes.
struct Kind {
  std::string name, fields;
};

const std::string grouped = R"("num_key_value_heads": 4, "intermediate_size": 1408)";

std::string classes(const std::string& name) {
  return R"("architectures": [")" + name +
         R"(ForSequenceClassification"], "id2label": {"0": "poor", "1": "good"})";
}

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> all = {
      {"llama", grouped},
      {"mistral", grouped + R"(, "sliding_window": 16)"},
      {"qwen2", grouped},
      {"qwen3", grouped + R"(, "head_dim": 64)"},
      {"gemma2",
       grouped + R"(, "head_dim": 64, "query_pre_attn_scalar": 64, "sliding_window": 16)"},
      {"gemma3_text",
       grouped + R"(, "head_dim": 64, "query_pre_attn_scalar": 64, "sliding_window": 16)"},
      {"phi3", grouped},
      {"smollm3", grouped},
      {"gpt2", R"("n_embd": 512, "n_layer": 8, "n_head": 8, "n_positions": 256)"},
      {"gpt_neox", R"("intermediate_size": 2048)"},
      {"falcon", R"("new_decoder_architecture": true, "num_kv_heads": 4)"},
      {"opt", R"("ffn_dim": 2048)"},
      {"bert", classes("Bert") + R"(, "intermediate_size": 2048)"},
      {"roberta", classes("Roberta") + R"(, "intermediate_size": 2048, "pad_token_id": 1)"},
      {"distilbert",
       classes("DistilBert") + R"(, "dim": 512, "n_layers": 8, "n_heads": 8, "hidden_dim": 2048)"},
      {"electra", classes("Electra") + R"(, "embedding_size": 128, "intermediate_size": 2048)"},
      {"modernbert",
       classes("ModernBert") + R"(, "intermediate_size": 1024, "local_attention": 16)"},
      {"deberta-v2", classes("DebertaV2") + R"(, "intermediate_size": 2048, "type_vocab_size": 0,
        "relative_attention": true, "position_buckets": 32, "norm_rel_ebd": "layer_norm",
        "share_att_key": true, "pos_att_type": ["p2c", "c2p"], "position_biased_input": false)"},
  };
  return all;
}

std::unique_ptr<PretrainedModel> random_model(const Kind& kind) {
  const ModelFamily& family = *find_model_family(kind.name);
  ModelConfig config =
      parse_config(R"({"model_type": ")" + kind.name +
                       R"(", "vocab_size": 8192, "hidden_size": 512, "num_hidden_layers": 8,
              "num_attention_heads": 8, "max_position_embeddings": 256, )" +
                       kind.fields + "}",
                   "config.json");
  Parameters parameters(family.shapes(config));
  for (Parameter& parameter : parameters) {
    parameter.value.normal_(0, 0.02);
    if (parameter.value.dim() == 1) parameter.value.add_(1);
  }
  return family.make(std::move(config), std::move(parameters));
}

// 16 texts of 32 tokens, each scored for two words behind it, or for its class.
Batch random_batch(std::int64_t vocabulary, ModelKind kind) {
  constexpr std::int64_t texts = 16, length = 32;
  Batch batch;
  batch.tokens = at::randint(vocabulary, {texts * length}, at::kLong);
  batch.offsets = at::arange(0, texts * length + 1, length, at::kLong);
  if (kind == ModelKind::Decoder) {
    batch.logit_positions = batch.offsets.slice(0, 1) - 1;
    batch.candidate_ids = at::tensor({std::int64_t{7}, std::int64_t{30}});
  }
  batch.targets = at::randint(2, {texts}, at::kLong);
  batch.examples = texts;
  batch.token_count = texts * length;
  batch.weight = texts;
  return batch;
}

template <class Work>
double timed(const Work& work) {
  const double begin = bench::now_s();
  work();
  return bench::now_s() - begin;
}

// The mean of a few steps of a run.
double step_seconds(Model& model, const Batch& batch) {
  constexpr std::uint64_t steps = 16;
  testing::MemoryTask task({batch});
  const auto optimizer = testing::make_optimizer("mezo", {{"lr", "1e-7"}});
  Bus bus;
  Trainer trainer(model, task, *optimizer, {.kind = ScheduleKind::Constant, .lr = 1e-7}, bus,
                  {.max_steps = steps});
  return trainer.run().seconds / steps;
}

void compare(const Kind& kind, int rounds, bench::Results& results) {
  const std::unique_ptr<PretrainedModel> model = random_model(kind);
  const Batch batch = random_batch(model->config().vocab_size, find_model_family(kind.name)->kind);
  bench::PublishedMezo published;
  for (const Parameter& p : model->parameters()) {
    published.parameters.push_back(p.value.clone());
    published.decays.push_back(p.decays);
  }
  published.loss = [&](const std::vector<at::Tensor>& parameters) {
    bench::EagerWeights weights(parameters);
    return model->loss(weights, batch).squeeze(0);
  };
  PlainWeights weights(model->parameters());
  bench::Rounds measured;
  measured.add("forward", [&] {
    return timed([&] {
             for (int i = 0; i < 2; ++i) model->loss(weights, batch).item<float>();
           }) /
           2;
  });
  measured.add("step", [&] { return step_seconds(*model, batch); });
  measured.add("eager forward", [&] { return timed([&] { published.forward(); }); });
  measured.add("published step", [&] { return timed([&] { published.step(1); }); });
  measured.run(rounds);
  const auto add = [&](const std::string& what, double value, const char* unit) {
    results.add(kind.name + ", " + what, value, unit);
  };
  add("million parameters", static_cast<double>(model->parameters().element_count()) / 1e6, "");
  add("forward", measured.median_s("forward") * 1e3, "ms");
  add("step", measured.median_s("step") * 1e3, "ms");
  add("  step over two forwards", measured.ratio("step", "forward") / 2, "");
  add("  eager forward over forward", measured.ratio("eager forward", "forward"), "");
  add("  published step over step", measured.ratio("published step", "step"), "");
}

const char* argument(int argc, char** argv, const char* name, const char* fallback) {
  for (int i = 1; i + 1 < argc; ++i)
    if (!std::strcmp(argv[i], name)) return argv[i + 1];
  return fallback;
}

}  // namespace

int main(int argc, char** argv) {
  use_huge_pages_for_tensors();  // as the launcher
  bench::Results results(argc, argv);
  const int rounds = std::atoi(argument(argc, argv, "--rounds", "7"));
  const std::string chosen = argument(argc, argv, "--family", "");
  const at::NoGradGuard no_grad;
  results.add("threads", at::get_num_threads(), "");
  for (const Kind& kind : kinds())
    if (chosen.empty() || kind.name == chosen) compare(kind, rounds, results);
}
