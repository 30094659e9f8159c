// Encoders beyond their numbers: which head they get, what becomes of it when they are saved, and
// where tokens stand.
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/tensor.h>

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>
#include <fstream>
#include <functional>
#include <iterator>

#include "core/io/error.hpp"
#include "models/families/encoders/encoder.hpp"
#include "models/families/encoders/relative_positions.hpp"
#include "models/families/registry.hpp"
#include "models/files/model_files.hpp"
#include "models/weights/materialized_weights.hpp"
#include "support/gguf_models.hpp"
#include "support/packed_texts.hpp"
#include "support/reference_models.hpp"
#include "support/tiny_families.hpp"

using namespace trainbus;
using testing::ReferenceModel;
using testing::worst;

namespace {

namespace fs = std::filesystem;

const std::vector<std::string> classes = {"bad", "so so", "good"};

// Calls check(reference, its completed folder) for the encoders of this kind that the set has.
template <class Check>
void for_each_encoder(const std::string& kind, const Check& check) {
  for (const ReferenceModel& reference : testing::reference_models())
    if (reference.kind == kind) BOOST_TEST_CONTEXT(reference.name) {
        const testing::ScratchFolder folder;
        testing::complete_folder(reference, reference.configs.front(), folder.path());
        check(reference, folder.path());
      }
}

at::Tensor logits(const PretrainedModel& model, const Batch& batch) {
  const at::NoGradGuard no_grad;
  PlainWeights weights(model.parameters());
  return model.logits(weights, batch)[0];
}

Batch some_texts() { return testing::packed_texts({{5, 9, 17, 4}, {8, 3}, {21, 6, 7, 8, 9, 12}}); }

LoadedModel open_again(const fs::path& folder, const testing::OpenedReference& reference) {
  if (reference.of.kind != "classifier") return load_language_model(folder);
  std::vector<std::string> names = class_names(folder);
  for (std::int64_t i = 0; names.size() < reference.model.config().labels.size(); ++i)
    names.push_back("LABEL_" + std::to_string(i));
  return load_classifier(folder, names, 1);
}

void set_problem_type(const fs::path& config, const std::string& type) {
  std::ifstream in(config);
  const std::string text(std::istreambuf_iterator<char>(in), {});
  boost::json::value document = boost::json::parse(text);
  document.as_object()["problem_type"] = type;
  std::ofstream(config) << document;
}

std::string refusal(const std::function<void()>& load) try {
  load();
  return "no refusal";
} catch (const UsageError& error) {
  return error.what();
}

}  // namespace

BOOST_AUTO_TEST_CASE(an_encoder_without_a_head_for_classes_gets_one_that_is_saved_with_it) {
  for_each_encoder("masked", [](const ReferenceModel&, const fs::path& folder) {
    const LoadedModel loaded = load_classifier(folder, classes, 7);
    BOOST_TEST(loaded.new_head);
    const auto& encoder = dynamic_cast<const Encoder&>(*loaded.model);
    const Parameters& parameters = encoder.parameters();
    const at::Tensor& output = parameters[encoder.head().output.weight].value;
    BOOST_TEST(output.size(0) == 3);
    BOOST_TEST(output.std().item<double>() == 0.02, boost::test_tools::tolerance(0.3));
    BOOST_TEST(parameters[*encoder.head().output.bias].value.abs().max().item<float>() == 0);
    const testing::ScratchFolder saved;
    save_model(*loaded.model, *loaded.tokenizer, saved / "model");
    const LoadedModel again = load_classifier(saved / "model", classes, 8);
    BOOST_TEST(!again.new_head);
    BOOST_TEST(logits(*again.model, some_texts()).equal(logits(*loaded.model, some_texts())));
    BOOST_TEST(class_names(saved / "model") == classes, boost::test_tools::per_element());
    BOOST_TEST(logits(*load_classifier(folder, classes, 7).model, some_texts())
                   .equal(logits(*loaded.model, some_texts())));
    BOOST_TEST(!logits(*load_classifier(folder, classes, 8).model, some_texts())
                    .equal(logits(*loaded.model, some_texts())));
  });
}

BOOST_AUTO_TEST_CASE(a_saved_encoder_gives_the_same_numbers) {
  testing::for_each_reference([](const testing::OpenedReference& reference) {
    const ModelFamily& family = *find_model_family(reference.model.family());
    if (family.kind != ModelKind::MaskedEncoder) return;
    const testing::ScratchFolder folder, saved;
    testing::complete_folder(reference.of, reference.of.configs.front(), folder.path());
    save_model(reference.model, *open_again(folder.path(), reference).tokenizer, saved / "model");
    const LoadedModel again = open_again(saved / "model", reference);
    BOOST_TEST(
        logits(*again.model, reference.batch).equal(logits(reference.model, reference.batch)));
  });
}

BOOST_AUTO_TEST_CASE(heads_for_several_labels_and_for_regression_are_refused_by_name) {
  for_each_encoder("classifier", [](const ReferenceModel& reference, const fs::path& folder) {
    for (const char* type : {"multi_label_classification", "regression"}) {
      set_problem_type(folder / "config.json", type);
      const std::string said = refusal([&] { load_classifier(folder, classes, 1); });
      BOOST_TEST(said.find(type) != said.npos, said);
      BOOST_TEST(said.find("problem_type") != said.npos, said);
    }
    set_problem_type(folder / "config.json", "single_label_classification");
    std::vector<std::string> more = {"one more"};
    const std::int64_t known = reference.expected.at("num_labels").to_number<std::int64_t>();
    for (std::int64_t i = 0; i < known; ++i) more.push_back("LABEL_" + std::to_string(i));
    const std::string said = refusal([&] { load_classifier(folder, more, 1); });
    BOOST_TEST(said.find("classes apart, the task " + std::to_string(known + 1)) != said.npos,
               said);
    const std::string words = refusal([&] { load_language_model(folder); });
    BOOST_TEST(words.find("without a head that predicts words") != words.npos, words);
  });
}

BOOST_AUTO_TEST_CASE(roberta_s_positions_skip_the_padding_s_id_wherever_it_stands) {
  const auto model = testing::tiny_model("roberta", kernels::Format::Float32);
  const auto& encoder = dynamic_cast<const Encoder&>(*model);
  const std::int64_t padding = *encoder.config().pad_id;
  BOOST_TEST(encoder.positions() == encoder.config().max_position_embeddings - padding - 1);
  const at::NoGradGuard no_grad;
  PlainWeights weights(model->parameters());
  const auto id = [](std::int64_t token) { return static_cast<std::int32_t>(token); };
  const Batch batch = testing::packed_texts({{7, id(padding), 8, 9}});
  // The same without the network's counting: each token as if the position table had its row there.
  Parameters moved(find_model_family("roberta")->shapes(encoder.config()));
  for (ParameterId i = 0; i < moved.size(); ++i) moved[i].value.copy_(model->parameters()[i].value);
  at::Tensor table = moved[*moved.find("roberta.embeddings.position_embeddings.weight")].value;
  const at::Tensor old = table.clone();
  // Without padding inside, four tokens have the rows padding + 1 … padding + 4.
  table[padding + 2].copy_(old[padding]);
  table[padding + 3].copy_(old[padding + 2]);
  table[padding + 4].copy_(old[padding + 3]);
  at::Tensor words = moved[*moved.find("roberta.embeddings.word_embeddings.weight")].value;
  words[30].copy_(words[padding]);
  PlainWeights other(moved);
  const Batch counted = testing::packed_texts({{7, 30, 8, 9}});
  BOOST_TEST(worst(encoder.hidden(weights, batch), encoder.hidden(other, counted)) < 1e-5);
}

BOOST_AUTO_TEST_CASE(distances_have_the_buckets_of_the_published_code) {
  const auto table = [](std::int64_t buckets, std::int64_t farthest, std::int64_t length) {
    return RelativeTable({.span = buckets, .buckets = buckets, .farthest = farthest}, length);
  };
  const auto row_of = [](const RelativeTable& t, std::int64_t length, std::int64_t distance) {
    return t.rows()[t.by_distance()[distance + length - 1]].item<std::int64_t>();
  };
  // make_log_bucket_position(distance, 8, 40) + 8, at most 15.
  const RelativeTable small = table(8, 40, 44);
  for (const auto& [distance, bucket] :
       std::vector<std::pair<std::int64_t, std::int64_t>>{{0, 0},
                                                          {1, 1},
                                                          {3, 3},
                                                          {4, 4},
                                                          {5, 5},
                                                          {8, 5},
                                                          {9, 6},
                                                          {18, 6},
                                                          {19, 7},
                                                          {39, 7},
                                                          {40, 7},
                                                          {43, 7}}) {
    BOOST_TEST(row_of(small, 44, distance) == 8 + bucket, distance);
    BOOST_TEST(row_of(small, 44, -distance) == 8 - (distance < 40 ? bucket : 8), distance);
  }
  // The sizes of DeBERTa-v3.
  const RelativeTable large = table(256, 512, 512);
  for (const auto& [distance, bucket] :
       std::vector<std::pair<std::int64_t, std::int64_t>>{{127, 127},
                                                          {128, 128},
                                                          {129, 129},
                                                          {130, 130},
                                                          {131, 131},
                                                          {200, 169},
                                                          {300, 207},
                                                          {511, 255}}) {
    BOOST_TEST(row_of(large, 512, distance) == 256 + bucket, distance);
    BOOST_TEST(row_of(large, 512, -distance) == 256 - bucket, distance);
  }
  // Short texts need few rows, and those of their own distances.
  const RelativeTable brief = table(256, 512, 3);
  BOOST_TEST(brief.rows().equal(at::arange(254, 259, at::kLong)));
  BOOST_TEST(brief.by_pair(2).equal(at::tensor({2, 1, 3, 2}, at::kLong).view({2, 2})));
}

// llama.cpp's files of encoders hold the network alone: it gets the head for classes that the
// folder of the same network gets.
BOOST_AUTO_TEST_CASE(a_gguf_file_of_bert_is_the_network_of_its_folder) {
  for_each_encoder("masked", [](const ReferenceModel& reference, const fs::path& folder) {
    const LoadedModel here = load_classifier(folder, classes, 7);
    if (here.model->family() != "bert") return;
    BOOST_TEST_CONTEXT(reference.name) {
      std::vector<std::string> words = {"[PAD]", "[UNK]", "[CLS]", "[SEP]"};
      while (static_cast<std::int64_t>(words.size()) < here.model->config().vocab_size)
        words.push_back("\xE2\x96\x81word" + std::to_string(words.size()));
      const fs::path file = folder / "model.gguf";
      testing::write_gguf(here.model->parameters(), here.model->config(), file, words);
      const LoadedModel there = load_classifier(file, classes, 7);
      BOOST_TEST(there.new_head);
      BOOST_TEST(logits(*there.model, some_texts()).equal(logits(*here.model, some_texts())));
      BOOST_TEST(there.tokenizer->encode("word5 WORD7") == (std::vector<std::int32_t>{5, 7}),
                 boost::test_tools::per_element());
      BOOST_TEST(refusal([&] { load_language_model(file); }).find("without a head that predicts") !=
                 std::string::npos);
      save_model(*there.model, *there.tokenizer, folder / "saved");
      const LoadedModel again = load_classifier(folder / "saved", classes, 8);
      BOOST_TEST(!again.new_head);
      BOOST_TEST(logits(*again.model, some_texts()).equal(logits(*here.model, some_texts())));
    }
  });
}
