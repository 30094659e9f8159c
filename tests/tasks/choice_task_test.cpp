// Multiple choice: rows to examples, batches of rows with different numbers of options, and their
// evaluation, each against one text at a time.
#include <ATen/core/grad_mode.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <fstream>

#include "models/weights/gradient_weights.hpp"
#include "models/weights/materialized_weights.hpp"
#include "support/test_paths.hpp"
#include "support/tiny_llama.hpp"
#include "tasks/multiple_choice/choice_batches.hpp"
#include "tasks/refusal.hpp"

using namespace trainbus;
using tasks::ChoiceDataset;
using tasks::ChoiceExample;
using tasks::ChoiceOptions;
using tasks::ScoredText;
using testing::byte_tokens;
using testing::contains;
using testing::refusal;
using testing::tiny_llama;

namespace {

ChoiceExample example(const std::string& prompt, const std::vector<std::string>& options,
                      std::vector<std::uint32_t> right) {
  ChoiceExample made;
  made.choices.prompt = prompt;
  made.calibration.prompt = "so";
  for (const std::string& option : options) {
    made.choices.texts.push_back(prompt + " " + option);
    made.calibration.texts.push_back("so " + option);
  }
  made.right = std::move(right);
  return made;
}

// Options of one token and of many, that begin alike, that are one another's beginning, and one
// alone.
ChoiceDataset dataset() {
  ChoiceDataset data;
  data.train = {example("It rained", {"x", "a long day", "a long"}, {2}),
                example("b", {"yes"}, {0}),
                example("The window broke", {"stone", "storm", "s", "q"}, {1, 3}),
                example("no", {"one", "two"}, {0})};
  data.test = data.train;
  return data;
}

double plain_sum(const Model& model, const std::string& prompt, const std::string& text) {
  const auto all = byte_tokens(text);
  Batch batch;
  batch.tokens = at::tensor(std::vector<std::int64_t>(all.begin(), all.end()));
  batch.offsets = at::tensor(std::vector<std::int64_t>{0, std::int64_t(all.size())});
  PlainWeights weights(model.parameters());
  const at::NoGradGuard no_grad;
  const at::Tensor log_p = at::log_softmax(model.logits(weights, batch)[0], -1);
  double sum = 0;
  for (std::size_t t = prompt.size(); t < all.size(); ++t)
    sum += log_p[static_cast<std::int64_t>(t) - 1][all[t]].item<float>();
  return sum;
}

std::size_t tokens_of(const ChoiceExample& of, std::size_t option) {
  return of.choices.texts[option].size() - of.choices.prompt.size();
}

std::vector<double> plain_means(const Model& model, const ChoiceExample& of) {
  std::vector<double> means;
  for (std::size_t i = 0; i < of.choices.texts.size(); ++i)
    means.push_back(plain_sum(model, of.choices.prompt, of.choices.texts[i]) /
                    static_cast<double>(tokens_of(of, i)));
  return means;
}

double cross_entropy_of(const std::vector<double>& scores, std::size_t right) {
  double sum = 0;
  for (const double score : scores) sum += std::exp(score);
  return std::log(sum) - scores[right];
}

double plain_loss(const Model& model, ChoiceLoss loss) {
  double sum = 0, weight = 0;
  for (const ChoiceExample& each : dataset().train) {
    const std::size_t right = each.right.front();
    const bool by_answer = loss == ChoiceLoss::Answer;
    sum += by_answer ? -plain_sum(model, each.choices.prompt, each.choices.texts[right])
                     : cross_entropy_of(plain_means(model, each), right);
    weight += by_answer ? static_cast<double>(tokens_of(each, right)) : 1;
  }
  return sum / weight;
}

double plain_accuracy(const Model& model, ChoiceScore score) {
  double hits = 0;
  for (const ChoiceExample& each : dataset().test) {
    std::vector<double> scores = plain_means(model, each);
    for (std::size_t i = 0; i < scores.size(); ++i) {
      if (score != ChoiceScore::Mean) scores[i] *= static_cast<double>(tokens_of(each, i));
      if (score == ChoiceScore::Calibrated)
        scores[i] -= plain_sum(model, each.calibration.prompt, each.calibration.texts[i]);
    }
    const auto best = std::max_element(scores.begin(), scores.end()) - scores.begin();
    hits += std::ranges::count(each.right, static_cast<std::uint32_t>(best));
  }
  return hits / static_cast<double>(dataset().test.size());
}

struct RowsFile {
  testing::ScratchFolder folder;
  ChoiceOptions options;

  explicit RowsFile(const std::string& rows) {
    std::ofstream(folder / "rows.jsonl") << rows;
    options.rows.data = folder / "rows.jsonl";
    options.rows.validation_fraction = options.rows.test_fraction = 0;
    options.rows.prompt_template = "{premise}";
    options.choices = "choice1|choice2";
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(choice_task)

BOOST_AUTO_TEST_CASE(rows_with_different_numbers_of_options_have_the_loss_of_one_text_at_a_time) {
  const Llama model = tiny_llama();
  for (const ChoiceLoss loss : {ChoiceLoss::Choices, ChoiceLoss::Answer}) {
    const ChoiceTask task(dataset(), byte_tokens, {.loss = loss, .batch_size = 4});
    const Batch batch = task.train_batch(0, 0);
    PlainWeights weights(model.parameters());
    const at::NoGradGuard no_grad;
    BOOST_TEST(model.loss(weights, batch).item<float>() == plain_loss(model, loss),
               boost::test_tools::tolerance(1e-5));
  }
}

BOOST_AUTO_TEST_CASE(options_that_an_example_has_not_score_nothing_and_give_no_gradient) {
  const Llama model = tiny_llama();
  const ChoiceTask task(dataset(), byte_tokens, {.batch_size = 4});
  const Batch batch = task.evaluation_batch(Split::Test, 0);
  {
    const at::NoGradGuard no_grad;
    PlainWeights weights(model.parameters());
    const at::Tensor scores = class_scores(model.logits(weights, batch), batch);
    BOOST_TEST(scores.isinf().sum().item<std::int64_t>() == 16 - 10);
  }
  GradientWeights weights(model.parameters());
  model.loss(weights, batch).backward();
  for (ParameterId id = 0; id < model.parameters().size(); ++id)
    BOOST_TEST(weights.gradient(id).isfinite().all().item<bool>());
}

BOOST_AUTO_TEST_CASE(evaluations_have_the_accuracy_of_one_text_at_a_time) {
  const Llama model = tiny_llama();
  for (const ChoiceScore score : {ChoiceScore::Mean, ChoiceScore::Sum, ChoiceScore::Calibrated})
    for (const std::int64_t size : {1, 3, 16}) {
      const ChoiceTask task(dataset(), byte_tokens,
                            {.score = score, .evaluation_batch_size = size});
      const Evaluation evaluation = evaluate(Scorer(model), task, Split::Test, {});
      BOOST_TEST(evaluation.examples == 4);
      BOOST_TEST(evaluation.value("accuracy") == plain_accuracy(model, score));
      BOOST_TEST(evaluation.value("loss") == plain_loss(model, ChoiceLoss::Choices),
                 boost::test_tools::tolerance(1e-5));
    }
}

BOOST_AUTO_TEST_CASE(what_all_texts_begin_with_is_computed_once) {
  const ChoiceTask task(dataset(), byte_tokens, {.evaluation_batch_size = 1});
  // The longest example comes first: "The window broke ", and "st", "st", "s", "q" scored.
  const Batch batch = task.evaluation_batch(Split::Test, 0);
  const std::size_t prompt = std::string("The window broke").size();
  BOOST_TEST(batch.token_count == static_cast<std::int64_t>(prompt + 5 + 5 + 1 + 1));
}

BOOST_AUTO_TEST_CASE(an_option_without_a_token_is_refused_with_its_place) {
  ChoiceDataset data = dataset();
  data.train[1].choices.texts[0] = data.train[1].choices.prompt + "  ";
  data.train[1].file = std::make_shared<const std::string>("rows.jsonl");
  data.train[1].line = 7;
  BOOST_TEST(refusal([&] { ChoiceTask(data, byte_tokens, {}); }) ==
             "--task.choice-template: the text \"b  \" of an option in rows.jsonl:7 has no token "
             "to score: it has 1 token, its prompt 1. Give the option words of its own, or put a "
             "blank or a line end before it.");
}

BOOST_AUTO_TEST_CASE(a_label_is_an_index_of_a_column) {
  const RowsFile file(R"({"premise": "p", "choice1": "a", "choice2": "b", "label": 1}
{"premise": "q", "choice1": "c", "choice2": "d", "label": 0}
{"premise": "q", "choice1": "c", "choice2": "d", "label": 0}
{"premise": "r", "choice1": "c", "choice2": "d", "label": -1})");
  const ChoiceDataset data = tasks::load_choices(file.options);
  BOOST_TEST_REQUIRE(data.train.size() == 2u);
  BOOST_TEST(data.train[0].choices.texts.at(1) == "p b");
  BOOST_TEST(data.train[0].right.at(0) == 1u);
  BOOST_TEST(data.train[1].place() == (file.folder / "rows.jsonl").string() + ":2");
  BOOST_TEST(contains(tasks::summary(data), "1 dropped: no option is right by the label \"-1\""));
  BOOST_TEST(contains(tasks::summary(data), "1 dropped: an equal row came before"));
  BOOST_TEST(contains(tasks::summary(data), "train: 2 examples, 2 options each"));
}

BOOST_AUTO_TEST_CASE(a_label_is_one_or_more_texts_of_a_list) {
  RowsFile file(R"({"premise": "p", "names": ["Ann", "Bo", "3"], "answers": ["Bo", "Cy", "Ann"]}
{"premise": "q", "names": ["Ann"], "answers": "Ann"}
{"premise": "q", "names": ["Ann"], "answers": ["Bo"]})");
  file.options.choices = "names";
  file.options.rows.label_column = "answers";
  file.options.label_is_text = true;
  const ChoiceDataset data = tasks::load_choices(file.options);
  BOOST_TEST_REQUIRE(data.train.size() == 2u);
  BOOST_TEST(data.train[0].right == (std::vector<std::uint32_t>{1, 0}),
             boost::test_tools::per_element());
  BOOST_TEST(data.train[1].choices.texts.size() == 1u);
}

BOOST_AUTO_TEST_CASE(only_evaluations_are_shown_demonstrations) {
  RowsFile file(R"({"premise": "p", "choice1": "a", "choice2": "b ", "label": 1}
{"premise": "q", "choice1": "c", "choice2": "d", "label": 0})");
  file.options.rows.test_data = file.options.rows.data;
  file.options.rows.test_fraction.reset();
  file.options.rows.deduplicate = false;
  file.options.demonstrations = 2;
  const ChoiceDataset data = tasks::load_choices(file.options);
  BOOST_TEST(data.train.at(0).choices.texts.at(1) == "p b");
  BOOST_TEST(data.test.at(0).choices.texts.at(1) == "p b\n\nq c\n\np b");
  BOOST_TEST(data.test.at(0).choices.prompt == "p b\n\nq c\n\np");
  BOOST_TEST(data.test.at(0).calibration.texts.at(1) == "b");
  file.options.demonstrations = 3;
  BOOST_TEST(refusal([&] { tasks::load_choices(file.options); }) ==
             "--task.demonstrations: are 3, and there are 2 training examples. Give fewer.");
}

BOOST_AUTO_TEST_CASE(options_that_cannot_be_read_are_refused) {
  const auto load = [](const std::string& rows, const std::string& choices,
                       const std::string& labels = "") {
    RowsFile file(rows);
    file.options.choices = choices;
    file.options.rows.labels = labels;
    return refusal([&] { tasks::load_choices(file.options); });
  };
  const std::string head = R"({"premise": "p", "label": 0, "names": )";
  BOOST_TEST(contains(load(head + "[]}", "names"), "rows.jsonl:1: the row has no options."));
  BOOST_TEST(contains(load(head + "\"a\"}", "names"),
                      "the value of \"names\" is \"a\", expected an array of texts."));
  for (const char* list : {"[[\"a\"]]}", "[{\"a\": \"b\"}]}", "[\"a\", null]}", "[\"a\", []]}"})
    BOOST_TEST(contains(load(head + list, "names"), "the array of \"names\" holds more than texts"),
               list);
  BOOST_TEST(contains(load(head + "{}}", "names"), "is no array, expected an array of texts"));
  BOOST_TEST(
      contains(load(head + "[\"a\"]}", ""), "--task.choices: neither this nor --task.labels"));
  BOOST_TEST(contains(load(head + "[\"a\"]}", "names", "0:a|1:b"),
                      "--task.choices: both this and --task.labels are given"));
  BOOST_TEST(contains(load(head + "[\"a\"]}", "nmes"), "has no column \"nmes\""));
}

BOOST_AUTO_TEST_SUITE_END()
