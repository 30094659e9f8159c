// Models from the field: every stored tensor is used, or a message says that it is not.
#include <ATen/core/grad_mode.h>
#include <ATen/ops/tensor.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "core/io/error.hpp"
#include "engine/directions/low_rank_weights.hpp"
#include "formats/file_bytes.hpp"
#include "formats/refusal.hpp"
#include "formats/tensor_set.hpp"
#include "models/files/model_files.hpp"
#include "models/weights/gradient_weights.hpp"
#include "models/weights/perturbed_weights.hpp"
#include "support/captured_log.hpp"
#include "support/test_paths.hpp"
#include "support/tiny_llama.hpp"

namespace trainbus {
namespace {

namespace fs = std::filesystem;
using testing::check_refusal;
using testing::read_bytes;
using testing::write_bytes;

const fs::path data = fs::path(TRAINBUS_TEST_DATA) / "field_models";

// A copy of a model's folder that tests change.
struct Folder {
  explicit Folder(const std::string& name = "sound_llama") {
    fs::copy(data / name, path, fs::copy_options::recursive);
  }
  testing::ScratchFolder scratch;
  fs::path path = scratch / "model";

  void replace(const std::string& file, const std::string& from, const std::string& to) const {
    std::string text = read_bytes(path / file);
    const std::size_t at = text.find(from);
    BOOST_TEST_REQUIRE(at != std::string::npos);
    write_bytes(path / file, text.replace(at, from.size(), to));
  }
  // The weights with further tensors, and the names changed.
  void store(const std::vector<TensorSource>& more, const std::string& prefix = "") const {
    std::vector<TensorSource> tensors;
    const SafetensorsFile old(path / "model.safetensors");
    for (const TensorInfo& tensor : old.tensors())
      tensors.push_back(
          {prefix + tensor.name, tensor.dtype, tensor.shape, old.data(tensor).data()});
    tensors.insert(tensors.end(), more.begin(), more.end());
    write_safetensors(scratch / "new.safetensors", tensors);
    fs::rename(scratch / "new.safetensors", path / "model.safetensors");
  }
  LoadedModel load() const { return load_language_model(path); }
  void refuses(const std::string& what) const {
    check_refusal([&] { load(); }, what);
  }
};

at::Tensor scores(const LoadedModel& loaded) {
  const at::NoGradGuard no_grad;
  Batch batch;
  batch.tokens = at::tensor({40, 41, 42, 7}, at::kLong);
  batch.offsets = at::tensor({0, 4}, at::kLong);
  PlainWeights weights(loaded.model->parameters());
  return loaded.model->logits(weights, batch);
}

BOOST_AUTO_TEST_SUITE(field_models)

BOOST_AUTO_TEST_CASE(a_stored_head_that_differs_from_a_tied_embedding_is_the_model_s_head) {
  const Folder folder;
  const at::Tensor before = scores(folder.load());
  std::vector<float> head(104 * 16, 0.25f);
  folder.store({{"lm_head.weight", DType::F32, {104, 16}, head.data()}});
  testing::CapturedLog log;
  const LoadedModel loaded = folder.load();
  BOOST_TEST(log.count("computes with it, untied") == 1u);
  BOOST_TEST(!loaded.model->config().tie_word_embeddings);
  BOOST_TEST(!scores(loaded).equal(before));
  save_model(*loaded.model, *loaded.tokenizer, folder.scratch / "saved");
  BOOST_TEST(scores(load_language_model(folder.scratch / "saved")).equal(scores(loaded)));
}

BOOST_AUTO_TEST_CASE(a_stored_head_that_equals_the_embedding_stays_tied) {
  const Folder folder;
  const at::Tensor before = scores(folder.load());
  const SafetensorsFile stored(folder.path / "model.safetensors");
  const TensorInfo& embedding = stored.at("model.embed_tokens.weight");
  const std::string bytes(reinterpret_cast<const char*>(stored.data(embedding).data()),
                          embedding.bytes);
  folder.store({{"lm_head.weight", embedding.dtype, embedding.shape, bytes.data()}});
  testing::CapturedLog log;
  const LoadedModel loaded = folder.load();
  BOOST_TEST(log.text().empty());
  BOOST_TEST(loaded.model->config().tie_word_embeddings);
  BOOST_TEST(scores(loaded).equal(before));
}

BOOST_AUTO_TEST_CASE(biases_are_refused_until_the_configuration_names_them_and_then_computed_with) {
  const Folder folder;
  const at::Tensor before = scores(folder.load());
  const std::vector<float> bias(16, 0.5f);
  const std::string self = "model.layers.0.self_attn.";
  folder.store({{self + "q_proj.bias", DType::F32, {16}, bias.data()},
                {self + "k_proj.bias", DType::F32, {8}, bias.data()},
                {self + "v_proj.bias", DType::F32, {8}, bias.data()}});
  folder.refuses("holds 3 biases of the model's layers");
  folder.replace("config.json", "\"vocab_size\"", "\"attention_bias\": true, \"vocab_size\"");
  testing::CapturedLog log;
  const LoadedModel loaded = folder.load();
  BOOST_TEST(log.count("o_proj.bias' is not stored and taken for zero") == 1u);
  BOOST_TEST(!scores(loaded).equal(before));
  save_model(*loaded.model, *loaded.tokenizer, folder.scratch / "saved");
  BOOST_TEST(scores(load_language_model(folder.scratch / "saved")).equal(scores(loaded)));
}

BOOST_AUTO_TEST_CASE(tensors_that_are_not_used_are_named) {
  const Folder folder;
  const std::vector<float> x(2, 1.0f);
  folder.store({{"value_head.weight", DType::F32, {1, 2}, x.data()},
                {"model.layers.0.self_attn.rotary_emb.inv_freq", DType::F32, {2}, x.data()}});
  testing::CapturedLog log;
  const LoadedModel loaded = folder.load();
  BOOST_TEST(log.count("1 tensor is stored that this model does not compute with") == 1u);
  BOOST_TEST(log.count("saved as it is: 'value_head.weight'") == 1u);
  save_model(*loaded.model, *loaded.tokenizer, folder.scratch / "saved");
  const SafetensorsFile saved(folder.scratch / "saved/model.safetensors");
  BOOST_TEST(saved.find("value_head.weight") != nullptr);
  BOOST_TEST(saved.find("model.layers.0.self_attn.rotary_emb.inv_freq") == nullptr);
}

BOOST_AUTO_TEST_CASE(a_folder_with_pytorch_s_weights_gives_the_scores_of_safetensors) {
  const Folder folder;
  const at::Tensor expected = scores(folder.load());
  fs::remove(folder.path / "model.safetensors");
  folder.refuses("neither model.safetensors nor pytorch_model.bin");
  fs::copy(data / "sound_llama_old.bin", folder.path / "pytorch_model.bin");
  BOOST_TEST(scores(folder.load()).equal(expected));
  fs::remove(folder.path / "pytorch_model.bin");
  fs::copy(data / "sound_llama_shards", folder.path);
  const LoadedModel loaded = folder.load();
  BOOST_TEST(scores(loaded).equal(expected));
  save_model(*loaded.model, *loaded.tokenizer, folder.scratch / "saved");
  BOOST_TEST(fs::exists(folder.scratch / "saved/model.safetensors"));
  BOOST_TEST(!fs::exists(folder.scratch / "saved/pytorch_model.bin.index.json"));
  BOOST_TEST(scores(load_language_model(folder.scratch / "saved")).equal(expected));
}

BOOST_AUTO_TEST_CASE(a_head_that_is_not_stored_says_what_the_configuration_asks_for) {
  const Folder folder;
  folder.replace("config.json", "\"tie_word_embeddings\": true", "\"tie_word_embeddings\": false");
  folder.refuses("config.json does not tie the output matrix");
  folder.refuses("Set \"tie_word_embeddings\": true");
}

BOOST_AUTO_TEST_CASE(a_head_of_several_labels_at_once_is_refused) {
  const auto load = [](const Folder& folder) {
    return load_classifier(folder.path, {"toxic", "insult"}, 1);
  };
  const Folder folder("bert_multi_label");
  check_refusal([&] { load(folder); }, "is for \"multi_label_classification\"");
  folder.replace("config.json", "multi_label", "single_label");
  BOOST_TEST(!load(folder).new_head);
}

BOOST_AUTO_TEST_CASE(a_gguf_file_with_more_tokens_than_rows_names_the_token) {
  for (const auto format : {kernels::Format::Float32, kernels::Format::BFloat16})
    check_refusal(
        [&] { load_language_model(data / "more_tokens_than_rows.gguf", format); },
        "the tokenizer has 105 tokens, the model's embedding 104 rows: none for \"[PAD]\"");
  // As llama.cpp reads it.
  const LoadedModel scaled = load_language_model(data / "rope_factor_without_type.gguf");
  BOOST_TEST((scaled.model->config().rope.kind == RopeKind::Linear));
  BOOST_TEST(scaled.model->config().rope.factor == 4);
}

BOOST_AUTO_TEST_CASE(a_gguf_file_is_one_by_its_bytes_and_gives_the_folder_s_numbers) {
  const testing::ScratchFolder scratch;
  fs::copy(data / "sound.gguf", scratch / "weights.bin");
  const LoadedModel loaded = load_language_model(scratch / "weights.bin");
  BOOST_TEST(scores(loaded).equal(scores(load_language_model(data / "sound_llama"))));
}

BOOST_AUTO_TEST_CASE(what_is_no_model_folder_says_what_it_is) {
  const auto refuses = [](const fs::path& path, const std::string& what) {
    check_refusal([&] { load_language_model(path); }, what);
  };
  refuses("HuggingFaceTB/SmolLM2-135M", "nothing is downloaded");
  refuses("HuggingFaceTB/SmolLM2-135M",
          "hf download HuggingFaceTB/SmolLM2-135M --local-dir SmolLM2-135M");
  refuses("https://huggingface.co/x/y", "is an address, and nothing is downloaded");
  refuses("/no/such/folder", "there is no such file or folder");
  refuses(data / "sound_llama/model.safetensors", "is one file of a model");
  refuses(data / "sound_llama/config.json", "--model " + (data / "sound_llama").string());
  const testing::ScratchFolder cache;
  for (const char* snapshot : {"abc", "def"}) {
    fs::create_directories(cache / "snapshots" / snapshot);
    write_bytes(cache / "snapshots" / snapshot / "config.json", "{}");
  }
  fs::create_directories(cache / "refs");
  write_bytes(cache / "refs" / "main", "def");
  refuses(cache.path(), "Give --model " + (cache / "snapshots/def").string());
  const testing::ScratchFolder adapter;
  write_bytes(adapter / "adapter_config.json", R"({"base_model_name_or_path":"org/base"})");
  refuses(adapter.path(), "is a PEFT adapter of org/base");
  const testing::ScratchFolder with_gguf;
  write_bytes(with_gguf / "m.gguf", "GGUF\3");
  refuses(with_gguf.path(), "--model " + (with_gguf / "m.gguf").string());
  refuses(fs::temp_directory_path() / "..", "without config.json");
}

BOOST_AUTO_TEST_CASE(files_in_place_of_a_model_s_are_named_wherever_they_lie) {
  const std::string pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n";
  for (const char* name :
       {"model.safetensors", "tokenizer.json", "config.json", "tokenizer_config.json"}) {
    const Folder folder;
    write_bytes(folder.path / name, pointer);
    folder.refuses(std::string(name) + ": is a git-lfs pointer");
    write_bytes(folder.path / name, "");
    folder.refuses(std::string(name) + ": is empty");
  }
}

BOOST_AUTO_TEST_CASE(vocab_json_and_merges_txt_do_for_a_tokenizer) {
  const Folder folder;
  const LoadedModel with_json = folder.load();
  fs::remove(folder.path / "tokenizer.json");
  folder.refuses("holds no tokenizer");
  write_bytes(folder.path / "tokenizer.model", "\n\x07");
  folder.refuses("SentencePiece");
  fs::remove(folder.path / "tokenizer.model");
  fs::copy(data / "vocab.json", folder.path / "vocab.json");
  folder.refuses("only one of vocab.json and merges.txt");
  fs::copy(data / "merges.txt", folder.path / "merges.txt");
  const LoadedModel loaded = folder.load();
  for (const char* text : {"a fine film", "<s>it's 12  </s>\n", "caf\xC3\xA9"})
    BOOST_TEST(loaded.tokenizer->encode(text) == with_json.tokenizer->encode(text));
  save_model(*loaded.model, *loaded.tokenizer, folder.scratch / "saved");
  const LoadedModel again = load_language_model(folder.scratch / "saved");
  BOOST_TEST(again.tokenizer->encode("a film</s>") == with_json.tokenizer->encode("a film</s>"));
}

BOOST_AUTO_TEST_CASE(what_is_not_understood_is_kept_with_a_saved_model) {
  const Folder folder;
  write_bytes(folder.path / "chat_template.jinja", "{{ messages }}");
  fs::create_directories(folder.path / "additional_chat_templates");
  write_bytes(folder.path / "additional_chat_templates" / "tool_use.jinja", "tools");
  write_bytes(folder.path / "generation_config.json", R"({"temperature": 0.6})");
  write_bytes(folder.path / "pytorch_model.bin", "weights");
  folder.replace(
      "tokenizer_config.json", "{",
      R"({"chat_template": [{"name": "rag", "template": "x"}], "padding_side": "left",)");
  const LoadedModel loaded = folder.load();
  fs::remove_all(folder.path);
  const fs::path saved = folder.scratch / "saved";
  save_model(*loaded.model, *loaded.tokenizer, saved);
  BOOST_TEST(read_bytes(saved / "chat_template.jinja") == "{{ messages }}");
  BOOST_TEST(read_bytes(saved / "additional_chat_templates" / "tool_use.jinja") == "tools");
  BOOST_TEST(read_bytes(saved / "generation_config.json") == R"({"temperature": 0.6})");
  BOOST_TEST(!fs::exists(saved / "pytorch_model.bin"));
  const std::string settings = read_bytes(saved / "tokenizer_config.json");
  BOOST_TEST(settings.find(R"("name":"rag")") != std::string::npos);
  BOOST_TEST(settings.find(R"("padding_side":"left")") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(rows_outside_a_table_are_refused_by_every_kind_of_weights) {
  const Llama model = testing::tiny_llama();
  const at::NoGradGuard no_grad;
  const Parameters& parameters = model.parameters();
  const CounterDirection z({.seed = 5, .step = 3});
  const LowRankDirection low(parameters, {.seed = 1, .step = 7});
  PlainWeights plain(parameters);
  PerturbedWeights perturbed(parameters, z, 1e-3f);
  DualWeights dual(parameters, z, 1e-3f);
  LowRankWeights low_rank(parameters, low, 1e-3f);
  GradientWeights gradient(parameters);
  for (Weights* weights :
       std::initializer_list<Weights*>{&plain, &perturbed, &dual, &low_rank, &gradient})
    for (const std::int64_t row : {31L, -1L, 400000L}) {
      const at::Tensor rows = at::tensor({row}, at::kLong);
      BOOST_CHECK_THROW(weights->embedding(rows, 0), RunError);
      const at::Tensor x = testing::seeded({1, 2, 24}, 1, 1.0);
      BOOST_CHECK_THROW(weights->linear(x, {.weights = ParameterId{0}, .rows = rows}), RunError);
    }
  std::vector<float> out(24);
  const std::int64_t beyond[] = {31};
  BOOST_CHECK_THROW(low.perturb_rows(parameters[0], 0, beyond, 1, out.data()), RunError);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace trainbus
