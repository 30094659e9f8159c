// Question answering as tokens, and objectives of generated answers against a plain reference.
#include <ATen/core/grad_mode.h>

#include <boost/test/unit_test.hpp>
#include <memory>
#include <string>
#include <vector>

#include "engine/directions/counter_direction.hpp"
#include "engine/loss_work.hpp"
#include "models/files/model_files.hpp"
#include "models/weights/materialized_weights.hpp"
#include "support/vector_json.hpp"
#include "tasks/question_answering/answer_task.hpp"
#include "tasks/refusal.hpp"

using namespace trainbus;
using tasks::ChoiceExample;
using testing::contains;
using testing::refusal;

namespace {

ChoiceExample example_of(const std::string& prompt, const std::string& answer) {
  ChoiceExample example{.right = {0}, .references = {answer, "another"}};
  example.choices = {prompt, {prompt + " " + answer + "\n"}};
  return example;
}

tasks::ChoiceDataset dataset() {
  tasks::ChoiceDataset data;
  for (int i = 0; i < 6; ++i)
    data.train.push_back(
        example_of("Question " + std::string(static_cast<std::size_t>(i), 'a') + "?\nAnswer:",
                   i % 2 == 0 ? "yes it is" : "no"));
  data.test = data.train;
  return data;
}

struct Opened {
  LoadedModel loaded = load_language_model(testing::vectors() / "tasks" / "llama");
  tasks::TextEncoder encode = [this](std::string_view text) {
    return loaded.tokenizer->encode_beginning(text);
  };
  AnswerTaskOptions options() const {
    AnswerTaskOptions options{.batch_size = 3, .max_tokens = 96};
    options.answering.tokenizer = loaded.tokenizer.get();
    options.answering.generation.max_new_tokens = 8;
    return options;
  }
};

// Counts the letter e: a reward that differs between answers of an untrained model.
class LettersE final : public AnswerMetric {
 public:
  std::string name() const override { return "test.letters-e"; }
  void score(std::span<const JudgedAnswer> answers, std::span<double> scores) const override {
    for (std::size_t i = 0; i < answers.size(); ++i) {
      BOOST_TEST(!answers[i].prompt.empty());
      BOOST_TEST(answers[i].references.size() == 2u);
      double sum = 0;
      for (const float p : answers[i].token_log_probabilities) sum += p;
      scores[i] = static_cast<double>(answers[i].answer.size()) + sum;
    }
  }
};

// The objective by its definition: at parameters that are θ + scale·z, one answer after the other.
float plain_value(const Opened& opened, const AnswerTaskOptions& options, const Batch& batch,
                  const Direction& z, float scale) {
  LoadedModel moved = load_language_model(testing::vectors() / "tasks" / "llama");
  Parameters& parameters = moved.model->parameters();
  for (ParameterId id = 0; id < parameters.size(); ++id) {
    at::Tensor& value = parameters[id].value;
    std::vector<float> numbers(static_cast<std::size_t>(value.numel()));
    z.perturb(opened.loaded.model->parameters()[id], id, scale, numbers.data());
    std::copy(numbers.begin(), numbers.end(), value.mutable_data_ptr<float>());
  }
  PlainWeights weights(parameters);
  double total = 0;
  const AnswerMetric* const metrics[] = {options.reward.get()};
  for (const AnswerPrompt& prompt : *batch.prompts)
    total += answer_scores(*moved.model, weights, options.answering, {&prompt, 1}, metrics)[0][0];
  return static_cast<float>(-total / static_cast<double>(batch.prompts->size()));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(answer_task)

BOOST_AUTO_TEST_CASE(the_answer_is_scored_and_the_prompt_is_asked) {
  Opened opened;
  const AnswerTask task(dataset(), opened.encode, opened.options());
  const Batch batch = task.evaluation_batch(Split::Test, 0);
  BOOST_TEST_REQUIRE(batch.prompts->size() == 6u);
  for (const AnswerPrompt& prompt : *batch.prompts) {
    BOOST_TEST(prompt.ids == opened.encode(prompt.text), boost::test_tools::per_element());
    BOOST_TEST(prompt.references.at(1) == "another");
    BOOST_TEST(prompt.text == dataset().test.at(prompt.number).choices.prompt);
  }
  std::size_t answers = 0;
  for (const ChoiceExample& example : dataset().test)
    answers += opened.encode(example.choices.texts[0]).size() -
               opened.encode(example.choices.prompt).size();
  BOOST_TEST(batch.targets.numel() == static_cast<std::int64_t>(answers));
}

BOOST_AUTO_TEST_CASE(the_end_of_text_is_learnt_where_it_ends_an_answer) {
  Opened opened;
  AnswerTaskOptions options = opened.options();
  const AnswerTask line(dataset(), opened.encode, options);
  options.ends_with_token = true;
  const AnswerTask token(dataset(), opened.encode, options);
  const Batch with = token.train_batch(0, 0), without = line.train_batch(0, 0);
  BOOST_TEST(with.targets.numel() == without.targets.numel() + 3);
  BOOST_TEST(with.targets[with.targets.numel() - 1].item<std::int64_t>() ==
             *opened.loaded.tokenizer->eos());
}

BOOST_AUTO_TEST_CASE(a_prompt_is_cut_on_the_left_so_that_its_answer_has_room) {
  Opened opened;
  AnswerTaskOptions options = opened.options();
  options.max_tokens = 20;
  tasks::ChoiceDataset data;
  std::string prompt(200, 'q');
  prompt += " Answer:";
  data.train = {example_of(prompt, "no")};
  data.test = data.train;
  const AnswerTask task(data, opened.encode, options);
  BOOST_TEST(task.cut() == 2u);  // of each part
  const Batch batch = task.evaluation_batch(Split::Test, 0);
  const std::vector<std::int32_t> whole = opened.encode(data.train[0].choices.prompt);
  const std::vector<std::int32_t>& ids = batch.prompts->at(0).ids;
  const std::size_t kept = opened.encode("").size();
  BOOST_TEST_REQUIRE(ids.size() == 12u);
  for (std::size_t i = 0; i < ids.size(); ++i)
    BOOST_TEST(ids[i] == (i < kept ? whole[i] : whole[whole.size() - ids.size() + i]));
  options.answering.generation.max_new_tokens = 20;
  BOOST_TEST(contains(refusal([&] { AnswerTask(data, opened.encode, options); }),
                      "leaves no token for a prompt"));
}

BOOST_AUTO_TEST_CASE(an_objective_of_answers_is_that_of_a_model_with_the_perturbed_weights) {
  Opened opened;
  AnswerTaskOptions options = opened.options();
  options.reward = std::make_shared<LettersE>();
  options.answering.generation.log_probabilities = true;
  const AnswerTask task(dataset(), opened.encode, options);
  const std::vector<Batch> window = {task.train_batch(0, 0), task.train_batch(0, 1)};
  const CounterDirection z(kernels::Direction{7, 3, 0, kernels::Distribution::Gaussian});
  const Direction* const directions[] = {&z};
  const auto objective = task.objective("test.letters-e");
  BOOST_TEST_REQUIRE(objective != nullptr);
  BOOST_TEST(!objective->takes_both_sides());
  Scratch scratch;
  for (const WeightsKind kind : {WeightsKind::Dual, WeightsKind::Cache, WeightsKind::Scratch}) {
    LossWork work(*opened.loaded.model, directions, window,
                  {.eps = 0.05, .kind = kind, .objective = objective.get()}, scratch);
    for (std::size_t micro = 0; micro < window.size(); ++micro) {
      std::vector<float> numbers;
      work.compute(micro, numbers);
      BOOST_TEST_REQUIRE(numbers.size() == 2u);
      for (const std::size_t side : {0u, 1u})
        BOOST_TEST(numbers[side] ==
                       plain_value(opened, options, window[micro], z, side == 0 ? 0.05f : -0.05f),
                   boost::test_tools::tolerance(1e-4f));
      BOOST_TEST(numbers[0] != numbers[1]);
    }
  }
}

BOOST_AUTO_TEST_CASE(evaluations_have_the_scores_of_the_generated_answers) {
  Opened opened;
  AnswerTaskOptions options = opened.options();
  options.reward = std::make_shared<LettersE>();
  options.evaluation_batch_size = 4;
  const AnswerTask task(dataset(), opened.encode, options);
  const Evaluation evaluation = evaluate(Scorer(*opened.loaded.model), task, Split::Test, {});
  BOOST_TEST_REQUIRE(evaluation.metrics.size() == task.metrics().size());
  for (std::size_t i = 0; i < evaluation.metrics.size(); ++i)
    BOOST_TEST(evaluation.metrics[i].name == task.metrics()[i].name);
  BOOST_TEST(evaluation.metrics.back().name == "test.letters_e");
  BOOST_TEST(evaluation.examples == 6);
  // The loss is the mean over all answers' tokens, as a training batch of all of them has it.
  AnswerTaskOptions whole = options;
  whole.batch_size = 6;
  const AnswerTask together(dataset(), opened.encode, whole);
  const at::NoGradGuard no_grad;
  PlainWeights weights(opened.loaded.model->parameters());
  const float loss = opened.loaded.model->loss(weights, together.train_batch(0, 0)).item<float>();
  BOOST_TEST(evaluation.value("loss") == loss, boost::test_tools::tolerance(1e-5));
}

BOOST_AUTO_TEST_SUITE_END()
