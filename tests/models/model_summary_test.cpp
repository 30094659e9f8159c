// What describe says of a model: see models/files/model_summary.hpp.
#include "models/files/model_summary.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <fstream>

#include "core/io/error.hpp"
#include "models/families/registry.hpp"
#include "models/files/parameter_files.hpp"
#include "support/gguf_models.hpp"
#include "support/test_paths.hpp"

using namespace trainbus;

namespace {

namespace fs = std::filesystem;

void write(const fs::path& path, const std::string& text) { std::ofstream(path) << text; }

constexpr const char* config_json =
    R"({"model_type": "llama", "architectures": ["LlamaForCausalLM"],
  "vocab_size": 8, "hidden_size": 8, "intermediate_size": 16, "num_hidden_layers": 2,
  "num_attention_heads": 2, "num_key_value_heads": 1, "max_position_embeddings": 32,
  "rms_norm_eps": 1e-5, "tie_word_embeddings": true})";

const ModelFamily& llama() { return *find_model_family("llama"); }

ModelConfig config_of_llama() {
  ModelConfig config{.model_type = "llama",
                     .vocab_size = 8,
                     .hidden_size = 8,
                     .intermediate_size = 16,
                     .layers = 2,
                     .heads = 2,
                     .kv_heads = 1,
                     .head_dim = 4,
                     .max_position_embeddings = 32,
                     .norm_eps = 1e-5};
  config.hidden_act = "silu";
  config.rope.theta = 10000;
  config.tie_word_embeddings = true;
  return config;
}

// V·D + 2·(2·D·D + 2·D·(D/2) + 3·D·F + 2·D) + D numbers.
constexpr std::int64_t llama_parameters = 64 + 2 * (128 + 64 + 384 + 16) + 8;

struct Folder {
  Folder() {
    write(scratch / "config.json", config_json);
    write(scratch / "vocab.json", R"({"a": 0, "b": 1})");
    write(scratch / "merges.txt", "#version: 0.2\n");
    save({});
  }
  void save(std::vector<StoredTensor> others) const {
    Parameters parameters(llama().shapes(config_of_llama()));
    for (Parameter& parameter : parameters) parameter.value.fill_(1);
    save_parameters(parameters, CheckpointMap(), others, scratch / "model.safetensors");
  }
  testing::ScratchFolder scratch;
};

StoredTensor tensor(const std::string& name, std::int64_t length) {
  const std::vector<float> ones(static_cast<std::size_t>(length), 1);
  return {name,
          DType::F32,
          {length},
          std::string(reinterpret_cast<const char*>(ones.data()), ones.size() * sizeof(float))};
}

Unused why(const ModelSummary& summary, const std::string& name) {
  const auto found = std::find_if(summary.unused.begin(), summary.unused.end(),
                                  [&](const UnusedTensor& tensor) { return tensor.name == name; });
  BOOST_REQUIRE(found != summary.unused.end());
  return found->why;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_folder_is_summed_up_without_its_numbers) {
  const Folder folder;
  const ModelSummary summary = summarize_model(folder.scratch.path());
  BOOST_TEST(summary.problems.empty());
  BOOST_TEST(summary.family == &llama());
  BOOST_TEST(summary.format == "safetensors");
  BOOST_TEST(summary.parameters == llama_parameters);
  BOOST_TEST(summary.tensors == summary.parameter_tensors);
  BOOST_REQUIRE(summary.types.size() == 1u);
  BOOST_TEST(summary.types.front().name == "F32");
  BOOST_TEST(summary.types.front().bytes == 4u * llama_parameters);
  BOOST_TEST(summary.files.front() == folder.scratch / "model.safetensors");
  BOOST_TEST(summary.unused.empty());
  BOOST_TEST(summary.tokenizer->tokens.size() == 2u);
}

BOOST_AUTO_TEST_CASE(what_is_not_used_is_told_with_its_reason) {
  const Folder folder;
  folder.save({tensor("value_head.weight", 8), tensor("model.layers.0.rotary_emb.inv_freq", 2)});
  const ModelSummary summary = summarize_model(folder.scratch.path());
  BOOST_TEST(summary.problems.empty());
  BOOST_TEST(summary.unused.size() == 2u);
  BOOST_TEST((why(summary, "value_head.weight") == Unused::NotComputed));
  BOOST_TEST((why(summary, "model.layers.0.rotary_emb.inv_freq") == Unused::Derived));
}

BOOST_AUTO_TEST_CASE(every_reason_against_a_model_is_told_at_once) {
  const Folder folder;
  folder.save({tensor("model.layers.1.self_attn.q_proj.bias", 8)});
  fs::remove(folder.scratch / "vocab.json");
  const ModelSummary summary = summarize_model(folder.scratch.path());
  BOOST_TEST(summary.parameters == llama_parameters);
  BOOST_REQUIRE(summary.problems.size() == 2u);
  BOOST_TEST(summary.problems[0].find("attention_bias") != std::string::npos);
  BOOST_TEST(summary.problems[1].find("vocab.json") != std::string::npos);
  BOOST_TEST((why(summary, "model.layers.1.self_attn.q_proj.bias") == Unused::InsideLayer));
  write(folder.scratch / "config.json", R"({"model_type": "t5"})");
  BOOST_TEST(summarize_model(folder.scratch.path()).problems.front().find("model_type") !=
             std::string::npos);
  BOOST_CHECK_THROW(summarize_model(folder.scratch / "none"), UsageError);
}

BOOST_AUTO_TEST_CASE(a_gguf_file_is_summed_up) {
  const testing::ScratchFolder scratch;
  const ModelConfig config = config_of_llama();
  Parameters parameters(llama().shapes(config));
  testing::write_gguf(parameters, config, scratch / "m.gguf");
  const ModelSummary summary = summarize_model(scratch / "m.gguf");
  BOOST_TEST(summary.format == "GGUF, version 3");
  BOOST_TEST(summary.family == &llama());
  BOOST_TEST(summary.parameters == llama_parameters);
  BOOST_TEST(summary.types.front().name == "F32");
  BOOST_TEST(summary.unused.empty());
  BOOST_REQUIRE(summary.problems.size() == 1u);  // the file has no tokenizer
  BOOST_TEST(summary.problems.front().find("tokenizer") != std::string::npos);
}
