// Multiple choice against the reference vectors scoring.json and the rendered texts of tasks.json,
// and against a plain reference: every text by itself.
#include <ATen/core/grad_mode.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <map>
#include <optional>

#include "models/files/model_files.hpp"
#include "models/weights/materialized_weights.hpp"
#include "support/vector_json.hpp"
#include "tasks/multiple_choice/choice_batches.hpp"
#include "tasks/question_answering/answer_options.hpp"
#include "tasks/refusal.hpp"
#include "tasks/task_kind.hpp"
#include "tasks/templates/presets.hpp"

using namespace trainbus;
using tasks::ChoiceExample;
using tasks::ChoiceTokens;
using tasks::ScoredText;
using testing::contains;
using testing::ids_of;
using testing::number;
using testing::refusal;
using testing::vector_json;
namespace json = boost::json;

namespace {

constexpr double tolerance = 2e-4;  // of a sum of log-probabilities; they were computed in float32

std::string text_of(const json::value& value) {
  return value.is_string() ? std::string(value.as_string()) : json::serialize(value);
}
std::vector<std::string> texts_of(const json::value& list) {
  std::vector<std::string> texts;
  for (const json::value& one : list.as_array()) texts.push_back(text_of(one));
  return texts;
}
std::vector<std::uint32_t> right_of(const json::value& value) {
  if (!value.is_array()) return {value.to_number<std::uint32_t>()};
  std::vector<std::uint32_t> right;
  for (const json::value& one : value.as_array()) right.push_back(one.to_number<std::uint32_t>());
  return right;
}

// The preset of a data set's prompt.
std::optional<tasks::Preset> preset_of(const json::value& of) {
  for (tasks::Preset& preset : tasks::presets())
    if (preset.dataset == text_of(of.at("dataset")) &&
        preset.version == of.at("version").to_number<int>())
      return std::move(preset);
  testing::skip(text_of(of.at("dataset")), "there is no preset for it");
  return std::nullopt;
}

// Where the answers are to be generated, a row's one option is its first answer.
tasks::ChoiceOptions options_of(const tasks::Preset& preset) {
  const bool answers = preset.section("question-answering") != nullptr;
  const std::string task = answers ? "question-answering" : "multiple-choice";
  OptionValues values("task", find_task_kind(task).options());
  values.set("preset", preset.name, "test");
  tasks::complete_from_preset(task, values);
  return answers ? tasks::answer_options(values) : tasks::choice_options(values);
}

ChoiceExample example_of(const tasks::Preset& preset, const json::value& row) {
  const tasks::ChoiceOptions options = options_of(preset);
  json::object published = row.as_object();
  // As the note of tasks.json says.
  if (preset.dataset == "DROP") published["passage"] = published.at("context");
  const tasks::Table table =
      tasks::parse_table(json::serialize(published), tasks::TableFormat::Json, preset.name);
  const tasks::ChoiceReader reader(table, options);
  const std::optional<ChoiceExample> example = reader.example(0);
  BOOST_TEST_REQUIRE(example.has_value());
  return *example;
}

// The examples of each data set and version, in their order.
std::map<std::string, std::vector<ChoiceExample>> rendered_examples() {
  std::map<std::string, std::vector<ChoiceExample>> examples;
  const json::value document = vector_json("tasks.json");
  if (document.is_null()) return examples;
  for (const json::value& rendered : document.at("rendered").as_array())
    if (const auto preset = preset_of(rendered))
      examples[text_of(rendered.at("dataset")) + text_of(rendered.at("version"))].push_back(
          example_of(*preset, rendered.at("example")));
  return examples;
}

std::string key_of(const json::value& of) {
  return text_of(of.at("dataset")) + text_of(of.at("version"));
}

// A reference model, whose texts begin with `prefix`.
struct Opened {
  explicit Opened(const std::string& name)
      : loaded(load_language_model(testing::vectors() / "tasks" / name)) {}
  tasks::TextEncoder encoder(const json::value& prefix) const {
    return [this, begin = ids_of(prefix)](std::string_view text) {
      std::vector<std::int32_t> ids = begin;
      const std::vector<std::int32_t> own = loaded.tokenizer->encode(text);
      ids.insert(ids.end(), own.begin(), own.end());
      return ids;
    };
  }
  LoadedModel loaded;
};

class Models {
 public:
  const Opened& of(const std::string& name) {
    return opened_.try_emplace(name, name).first->second;
  }

 private:
  std::map<std::string, Opened> opened_;
};

at::Tensor logits_of(const Model& model, const Batch& batch) {
  const at::NoGradGuard no_grad;
  PlainWeights weights(model.parameters());
  return model.logits(weights, batch);
}

// The sums of the scored tokens of some texts, computed together.
std::vector<double> sums_of(const Model& model, const std::vector<ScoredText>& texts) {
  const std::vector<ScoredText>* one[] = {&texts};
  const Batch batch = choice_batch(one);
  return choice_sums(logits_of(model, batch), batch);
}

// One text by itself, without anything shared.
double plain_sum(const Model& model, const ScoredText& text) {
  Batch batch;
  batch.tokens = at::tensor(std::vector<std::int64_t>(text.ids.begin(), text.ids.end()));
  batch.offsets = at::tensor(std::vector<std::int64_t>{0, std::int64_t(text.ids.size())});
  const at::Tensor log_p = at::log_softmax(logits_of(model, batch)[0], -1);
  double sum = 0;
  for (std::size_t t = text.ids.size() - text.scored; t < text.ids.size(); ++t)
    sum += log_p[static_cast<std::int64_t>(t) - 1][text.ids[t]].item<float>();
  return sum;
}

std::size_t first_greatest(const std::vector<double>& scores) {
  return static_cast<std::size_t>(std::max_element(scores.begin(), scores.end()) - scores.begin());
}

void check_option_case(const json::value& one, const ChoiceExample& example, const Opened& model) {
  const auto encode = model.encoder(one.at("prefix"));
  const ChoiceTokens tokens = tasks::tokenize_choices(example, encode, 4096, true);
  const std::size_t count = one.at("ids").as_array().size();
  BOOST_TEST_REQUIRE(tokens.options.size() == count);
  const std::vector<double> sums = sums_of(*model.loaded.model, tokens.options);
  const std::vector<double> without = sums_of(*model.loaded.model, tokens.calibration);
  BOOST_TEST_REQUIRE(sums.size() == count);
  BOOST_TEST_REQUIRE(without.size() == count);
  std::vector<double> means, calibrated;
  for (std::size_t i = 0; i < count; ++i) {
    const ScoredText& option = tokens.options[i];
    BOOST_TEST(option.ids == ids_of(one.at("ids").at(i)), boost::test_tools::per_element());
    BOOST_TEST(option.scored == number(one.at("option_tokens").at(i)));
    BOOST_TEST(std::abs(sums[i] - number(one.at("sums").at(i))) < tolerance);
    BOOST_TEST(std::abs(sums[i] - plain_sum(*model.loaded.model, option)) < tolerance);
    means.push_back(sums[i] / option.scored);
    BOOST_TEST(std::abs(means[i] - number(one.at("means").at(i))) < tolerance);
    BOOST_TEST(tokens.calibration[i].ids == ids_of(one.at("sfc_ids").at(i)),
               boost::test_tools::per_element());
    BOOST_TEST(std::abs(without[i] - number(one.at("sfc_sums").at(i))) < tolerance);
    calibrated.push_back(sums[i] - without[i]);
    BOOST_TEST(std::abs(calibrated[i] - number(one.at("calibrated").at(i))) < 2 * tolerance);
  }
  BOOST_TEST(tokens.right == right_of(one.at("right")), boost::test_tools::per_element());
  BOOST_TEST(first_greatest(means) == number(one.at("predicted")));
  BOOST_TEST(first_greatest(sums) == number(one.at("predicted_by_sum")));
  BOOST_TEST(first_greatest(calibrated) == number(one.at("predicted_calibrated")));
}

// The loss of one training batch that holds all examples.
double training_loss(const Model& model, const std::vector<ChoiceExample>& examples,
                     const tasks::TextEncoder& encode, ChoiceLoss loss, double& weight) {
  tasks::ChoiceDataset data;
  data.train = examples;
  const ChoiceTask task(data, encode,
                        {.loss = loss, .batch_size = static_cast<std::int64_t>(examples.size())});
  const Batch batch = task.train_batch(0, 0);
  weight = batch.weight;
  const at::NoGradGuard no_grad;
  PlainWeights weights(model.parameters());
  return model.loss(weights, batch).item<float>();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(choice_scoring)

BOOST_AUTO_TEST_CASE(texts_of_options_are_the_published_ones) {
  const json::value document = vector_json("tasks.json");
  if (document.is_null()) return;
  for (const json::value& rendered : document.at("rendered").as_array()) {
    const auto preset = preset_of(rendered);
    if (!preset) continue;
    BOOST_TEST_CONTEXT(preset->name) {
      const ChoiceExample example = example_of(*preset, rendered.at("example"));
      BOOST_TEST(example.choices.prompt == text_of(rendered.at("prompt")));
      const std::vector<std::string> full = texts_of(rendered.at("full"));
      if (preset->section("question-answering")) {  // trained on the first answer
        BOOST_TEST(example.choices.texts.at(0) == full.at(0));
        BOOST_TEST(example.right.at(0) == rendered.at("right").to_number<std::uint32_t>());
        continue;
      }
      BOOST_TEST(example.choices.texts == full, boost::test_tools::per_element());
      BOOST_TEST(example.calibration.prompt == text_of(rendered.at("sfc_prompt")));
      BOOST_TEST(example.calibration.texts == texts_of(rendered.at("sfc_full")),
                 boost::test_tools::per_element());
      BOOST_TEST(example.right == right_of(rendered.at("right")), boost::test_tools::per_element());
    }
  }
}

BOOST_AUTO_TEST_CASE(options_have_the_tokens_and_scores_of_the_vectors) {
  const json::value document = vector_json("scoring.json");
  const auto examples = rendered_examples();
  if (document.is_null() || examples.empty()) return;
  Models models;
  for (const json::value& one : document.at("options").as_array()) {
    const auto of_set = examples.find(key_of(one));
    if (of_set == examples.end()) {
      testing::skip("scoring.json, " + key_of(one), "it has no options to choose from");
      continue;
    }
    BOOST_TEST_CONTEXT(text_of(one.at("model")) << " " << key_of(one) << " " << one.at("example"))
    check_option_case(one, of_set->second.at(one.at("example").to_number<std::size_t>()),
                      models.of(text_of(one.at("model"))));
  }
}

BOOST_AUTO_TEST_CASE(training_losses_are_those_of_the_vectors) {
  const json::value document = vector_json("scoring.json");
  const auto examples = rendered_examples();
  if (document.is_null() || examples.empty()) return;
  const json::value* cases = testing::field_of(document, "training", "scoring.json");
  if (!cases) return;
  Models models;
  for (const json::value& one : cases->as_array()) {
    const auto of_set = examples.find(key_of(one));
    if (of_set == examples.end()) {
      testing::skip("scoring.json, training of " + key_of(one), "there is no preset for it");
      continue;
    }
    std::vector<ChoiceExample> batch = of_set->second;
    BOOST_TEST_REQUIRE(batch.size() >= number(one.at("examples")));
    batch.resize(one.at("examples").to_number<std::size_t>());
    const Opened& model = models.of(text_of(one.at("model")));
    const auto encode = model.encoder(one.at("prefix"));
    BOOST_TEST_CONTEXT(text_of(one.at("model")) << " " << key_of(one)) {
      double weight = 0;
      const double answer =
          training_loss(*model.loaded.model, batch, encode, ChoiceLoss::Answer, weight);
      BOOST_TEST(std::abs(answer - number(one.at("loss_option_tokens"))) < tolerance);
      BOOST_TEST(weight == number(one.at("tokens")));
      const json::value* choices = one.as_object().if_contains("loss_as_classification");
      if (!choices || choices->is_null()) continue;
      const double loss =
          training_loss(*model.loaded.model, batch, encode, ChoiceLoss::Choices, weight);
      BOOST_TEST(std::abs(loss - number(*choices)) < tolerance);
      BOOST_TEST(weight == static_cast<double>(batch.size()));
    }
  }
}

BOOST_AUTO_TEST_CASE(demonstrations_come_before_the_prompt_as_published) {
  const json::value document = vector_json("scoring.json");
  if (document.is_null()) return;
  const json::value* one = testing::field_of(document, "demonstrations", "scoring.json");
  const auto examples = rendered_examples();
  if (!one || !examples.contains(text_of(one->at("dataset")) + "0")) return;
  const std::vector<ChoiceExample>& of_set = examples.at(text_of(one->at("dataset")) + "0");
  const auto shown = one->at("demonstrations").to_number<std::size_t>();
  ChoiceExample example = of_set.at(shown);
  tasks::put_demonstrations(std::span(of_set).first(shown), example);
  BOOST_TEST(example.choices.texts == texts_of(one->at("texts")), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(long_texts_are_cut_on_the_left_behind_their_beginning) {
  const json::value document = vector_json("scoring.json");
  if (document.is_null()) return;
  const json::value* one = testing::field_of(document, "demonstrations", "scoring.json");
  if (!one) return;
  const Opened model(text_of(one->at("model")));
  ChoiceExample example;
  example.right = {0};
  example.choices.texts = texts_of(one->at("texts"));
  example.choices.prompt = example.choices.texts.front();
  for (const std::string& text : example.choices.texts)  // what they begin with alike
    while (!text.starts_with(example.choices.prompt)) example.choices.prompt.pop_back();
  const json::value begin = json::array{one->at("ids").at(0).at(0)};
  const auto tokens = [&](std::size_t most) {
    return tasks::tokenize_choices(example, model.encoder(begin), most, false);
  };
  const auto most = one->at("max_length").to_number<std::size_t>();
  for (std::size_t i = 0; i < example.choices.texts.size(); ++i) {
    BOOST_TEST(tokens(4096).options.at(i).ids == ids_of(one->at("ids").at(i)),
               boost::test_tools::per_element());
    BOOST_TEST(tokens(most).options.at(i).ids == ids_of(one->at("truncated").at(i)),
               boost::test_tools::per_element());
  }
  BOOST_TEST(tokens(most).was_cut);
  BOOST_TEST(contains(refusal([&] { tokens(2); }), "and a text may have 2. Raise it"));
}

BOOST_AUTO_TEST_SUITE_END()
