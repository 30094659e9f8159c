// Preferences: losses, gradients and rewards of pairs, each against one text at a time in float64,
// and how rows become pairs.
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/log_sigmoid.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <fstream>

#include "device/padded_batch.hpp"
#include "engine/directions/counter_direction.hpp"
#include "engine/objective.hpp"
#include "models/weights/gradient_weights.hpp"
#include "models/weights/materialized_weights.hpp"
#include "models/weights/perturbed_weights.hpp"
#include "support/test_paths.hpp"
#include "support/tiny_llama.hpp"
#include "tasks/preference/preference_task.hpp"
#include "tasks/refusal.hpp"

using namespace trainbus;
using tasks::ChoiceDataset;
using tasks::ChoiceExample;
using tasks::ChoiceOptions;
using testing::byte_tokens;
using testing::contains;
using testing::refusal;
using testing::tiny_llama;

namespace {

constexpr std::int32_t end_token = 30;
using Floats = std::vector<float>;

ChoiceExample pair_of(const std::string& prompt, const std::string& chosen,
                      const std::string& rejected) {
  ChoiceExample made{.right = {0}};
  made.choices = {prompt, {prompt + chosen, prompt + rejected}};
  return made;
}

// Answers of one token and of many, that begin alike, and that are one another's beginning.
ChoiceDataset dataset() {
  ChoiceDataset data;
  data.train = {pair_of("It rained", " all day", " a"), pair_of("b", "yes", "no way"),
                pair_of("The window broke", " storm", " stone"), pair_of("no", "one", "on")};
  data.validation = {data.train[2], data.train[0]};
  data.test = data.train;
  return data;
}

struct Kind {
  const char* name;
  PreferenceTaskOptions options;
};

std::vector<Kind> kinds() {
  const auto kind = [](const char* name, ChoiceScoring scoring, bool has_references) {
    return Kind{name,
                {.scoring = scoring,
                 .has_references = has_references,
                 .end = end_token,
                 .batch_size = 4,
                 .max_tokens = 64}};
  };
  using Loss = ChoiceScoring::Loss;
  return {kind("dpo", {.sums = true, .scale = 0.3}, true),
          kind("conservative dpo", {.sums = true, .scale = 0.3, .smoothing = 0.2}, true),
          kind("ipo", {.scale = 0.7, .loss = Loss::Squared}, true),
          kind("simpo", {.scale = 2.5, .margin = 0.8}, false),
          kind("smoothed simpo", {.scale = 2.5, .margin = 0.8, .smoothing = 0.1}, false),
          kind("reference-free", {.sums = true, .scale = 0.3}, false)};
}

// Numbers near those of the model, so that the losses have a slope.
Floats some_references(std::size_t count) {
  Floats references;
  for (std::size_t i = 0; i < count; ++i)
    references.push_back(-10.0f - 0.7f * static_cast<float>(i % 5));
  return references;
}

// A task whose references are known, if it has any.
std::unique_ptr<PreferenceTask> task_of(const Kind& kind) {
  auto task = std::make_unique<PreferenceTask>(dataset(), byte_tokens, kind.options);
  if (StartingScores* scores = task->starting_scores())
    scores->use(some_references(scores->count()));
  return task;
}

// log π(answer, end | prompt) in float64: the sum, or the mean, over its tokens.
at::Tensor plain_log_p(const Model& model, Weights& weights, const ChoiceExample& of,
                       std::size_t answer, bool sums) {
  auto all = byte_tokens(of.choices.texts[answer]);
  all.push_back(end_token);
  Batch batch;
  batch.tokens = at::tensor(std::vector<std::int64_t>(all.begin(), all.end()));
  batch.offsets = at::tensor(std::vector<std::int64_t>{0, std::int64_t(all.size())});
  const at::Tensor log_p = at::log_softmax(model.logits(weights, batch)[0].to(at::kDouble), -1);
  at::Tensor sum = at::zeros({}, at::kDouble);
  const std::size_t prompt = of.choices.prompt.size();
  for (std::size_t t = prompt; t < all.size(); ++t)
    sum = sum + log_p[static_cast<std::int64_t>(t) - 1][all[t]];
  return sums ? sum : sum / static_cast<double>(all.size() - prompt);
}

// The papers' formulas, word by word.
at::Tensor plain_loss(const std::string& name, const at::Tensor& chosen, const at::Tensor& rejected,
                      double chosen_reference, double rejected_reference) {
  const at::Tensor ratio = (chosen - chosen_reference) - (rejected - rejected_reference);
  const at::Tensor difference = chosen - rejected;
  if (name == "dpo") return -at::log_sigmoid(0.3 * ratio);
  if (name == "conservative dpo")
    return -0.8 * at::log_sigmoid(0.3 * ratio) - 0.2 * at::log_sigmoid(-0.3 * ratio);
  if (name == "ipo") return (ratio - 1 / (2 * 0.7)).square();
  if (name == "simpo") return -at::log_sigmoid(2.5 * chosen - 2.5 * rejected - 0.8);
  if (name == "smoothed simpo")
    return -0.9 * at::log_sigmoid(2.5 * difference - 0.8) -
           0.1 * at::log_sigmoid(-(2.5 * difference - 0.8));
  return -at::log_sigmoid(0.3 * difference);
}

at::Tensor plain_mean_loss(const Model& model, Weights& weights, const Kind& kind) {
  const std::vector<ChoiceExample> pairs = dataset().train;
  const Floats references = some_references(2 * pairs.size());
  at::Tensor sum = at::zeros({}, at::kDouble);
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const bool sums = kind.options.scoring.sums;
    sum = sum + plain_loss(kind.name, plain_log_p(model, weights, pairs[i], 0, sums),
                           plain_log_p(model, weights, pairs[i], 1, sums), references[2 * i],
                           references[2 * i + 1]);
  }
  return sum / static_cast<double>(pairs.size());
}

struct RowsFile {
  testing::ScratchFolder folder;
  ChoiceOptions options;

  explicit RowsFile(const std::string& rows) {
    std::ofstream(folder / "rows.jsonl") << rows;
    options.rows.data = folder / "rows.jsonl";
    options.rows.validation_fraction = options.rows.test_fraction = 0;
    options.rows.prompt_template = "{prompt}";
    options.choice_template = "{prompt} {answer}";
    options.chosen = "chosen";
    options.rejected = "rejected";
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(preference_task)

BOOST_AUTO_TEST_CASE(losses_are_those_of_the_papers_one_text_at_a_time) {
  const Llama model = tiny_llama();
  const at::NoGradGuard no_grad;
  for (const Kind& kind : kinds()) {
    const auto task = task_of(kind);
    const Batch batch = task->train_batch(0, 0);
    check_batch(batch, {"batch", 0});
    PlainWeights weights(model.parameters());
    const double expected = plain_mean_loss(model, weights, kind).item<double>();
    BOOST_TEST_CONTEXT(kind.name) {
      BOOST_TEST(model.loss(weights, batch).item<float>() == expected,
                 boost::test_tools::tolerance(2e-6));
      BOOST_TEST(loss_objective().values(model, weights, batch, {"batch", 0}).at(0) == expected,
                 boost::test_tools::tolerance(2e-6));
    }
  }
}

BOOST_AUTO_TEST_CASE(gradients_are_those_of_the_papers_one_text_at_a_time) {
  const Llama model = tiny_llama();
  for (const Kind& kind : kinds()) {
    const auto task = task_of(kind);
    GradientWeights found(model.parameters()), expected(model.parameters());
    model.loss(found, task->train_batch(0, 0)).sum().backward();
    plain_mean_loss(model, expected, kind).backward();
    double apart = 0, size = 0;
    for (ParameterId id = 0; id < model.parameters().size(); ++id) {
      const at::Tensor difference = found.gradient(id) - expected.gradient(id);
      apart += difference.square().sum().item<double>();
      size += expected.gradient(id).square().sum().item<double>();
    }
    BOOST_TEST_CONTEXT(kind.name) {
      BOOST_TEST(size > 1e-8);
      BOOST_TEST(std::sqrt(apart / size) < 1e-4);
    }
  }
}

BOOST_AUTO_TEST_CASE(both_sides_in_one_pass_have_the_losses_of_each) {
  const Llama model = tiny_llama();
  const at::NoGradGuard no_grad;
  const CounterDirection z({.seed = 5, .step = 3});
  for (const Kind& kind : kinds()) {
    const Batch batch = task_of(kind)->train_batch(0, 0);
    DualWeights both(model.parameters(), z, 1e-2f);
    const Floats found = loss_objective().values(model, both, batch, {"batch", 0});
    BOOST_TEST_REQUIRE(found.size() == 2u);
    BOOST_TEST(found[0] != found[1]);
    for (const std::size_t side : {0, 1}) {
      PerturbedWeights one(model.parameters(), z, side == 0 ? 1e-2f : -1e-2f);
      BOOST_TEST(loss_objective().values(model, one, batch, {"batch", 0}).at(0) == found[side],
                 boost::test_tools::tolerance(1e-6f));
    }
  }
}

BOOST_AUTO_TEST_CASE(evaluations_have_the_rewards_of_one_text_at_a_time) {
  const Llama model = tiny_llama();
  const std::vector<ChoiceExample> pairs = dataset().train;
  for (const Kind& kind : kinds()) {
    const auto task = task_of(kind);
    const auto* scores = task->starting_scores();
    // Those of the test part come last.
    const Floats all = some_references(scores ? scores->count() : 0);
    const at::NoGradGuard no_grad;
    PlainWeights weights(model.parameters());
    double rewards[2] = {0, 0}, right = 0, loss = 0;
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      double reward[2], reference[2] = {0, 0};
      at::Tensor log_p[2];
      for (const std::size_t answer : {0, 1}) {
        log_p[answer] = plain_log_p(model, weights, pairs[i], answer, kind.options.scoring.sums);
        if (scores) reference[answer] = all[all.size() - 2 * pairs.size() + 2 * i + answer];
        reward[answer] =
            kind.options.scoring.scale * (log_p[answer].item<double>() - reference[answer]);
        rewards[answer] += reward[answer] / 4;
      }
      right += reward[0] > reward[1];
      loss += plain_loss(kind.name, log_p[0], log_p[1], reference[0], reference[1]).item<double>();
    }
    for (const std::int64_t size : {1, 3, 16}) {
      Kind sized = kind;
      sized.options.evaluation_batch_size = size;
      const Evaluation found = evaluate(Scorer(model), *task_of(sized), Split::Test, {});
      BOOST_TEST_CONTEXT(kind.name << " by " << size) {
        const auto is = boost::test_tools::tolerance(5e-6);
        BOOST_TEST(found.examples == 4);
        BOOST_TEST(found.value("accuracy") == right / 4);
        BOOST_TEST(found.value("loss") == loss / 4, is);
        BOOST_TEST(found.value("chosen_reward") == rewards[0], is);
        BOOST_TEST(found.value("rejected_reward") == rewards[1], is);
        BOOST_TEST(found.value("margin") == rewards[0] - rewards[1],
                   boost::test_tools::tolerance(5e-5));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(at_the_start_no_answer_is_preferred) {
  const Llama model = tiny_llama();
  const PreferenceTask task(dataset(), byte_tokens, kinds().front().options);
  StartingScores& scores = *task.starting_scores();
  BOOST_TEST(scores.count() == 2u * (4 + 2 + 4));
  BOOST_TEST(scores.name() == "the reference log-probabilities of 10 pairs");
  scores.use(scores.compute(model, {}).value());
  const Evaluation found = evaluate(Scorer(model), task, Split::Test, {});
  BOOST_TEST(found.value("loss") == std::log(2), boost::test_tools::tolerance(1e-6));
  BOOST_TEST(std::abs(found.value("margin")) < 1e-6);
  const at::NoGradGuard no_grad;
  PlainWeights weights(model.parameters());
  BOOST_TEST(model.loss(weights, task.train_batch(0, 0)).item<float>() == std::log(2.0f),
             boost::test_tools::tolerance(1e-6f));
  std::int64_t batches = 0;
  const auto stop = [&](std::int64_t done, std::int64_t total) {
    BOOST_TEST(total == 1);
    batches = done;
    return false;
  };
  BOOST_TEST(!scores.compute(model, stop).has_value());
  BOOST_TEST(batches == 1);
}

BOOST_AUTO_TEST_CASE(scores_in_parts_are_those_of_all_logits_to_the_bit) {
  const Llama model = tiny_llama();
  ChoiceDataset data;
  for (int i = 0; i < 12; ++i)
    data.train.push_back(pair_of("p" + std::string(static_cast<std::size_t>(i), 'q'),
                                 std::string(static_cast<std::size_t>(20 + i), 'x'),
                                 std::string(static_cast<std::size_t>(30 - i), 'y')));
  PreferenceTaskOptions options = kinds().front().options;
  options.has_references = false;
  options.batch_size = 12;
  const PreferenceTask task(data, byte_tokens, options);
  const Batch batch = task.train_batch(0, 0);
  BOOST_TEST_REQUIRE(batch.logit_positions.numel() > 2 * 256);
  const at::NoGradGuard no_grad;
  const CounterDirection z({.seed = 5, .step = 3});
  DualWeights weights(model.parameters(), z, 1e-2f);
  const at::Tensor parts = choice_scores(-model.token_losses(weights, batch), batch);
  const at::Tensor all = class_scores(model.logits(weights, batch), batch);
  BOOST_TEST(parts.equal(all));
}

BOOST_AUTO_TEST_CASE(the_accuracy_of_pairs_is_an_objective) {
  const Llama model = tiny_llama();
  const at::NoGradGuard no_grad;
  PlainWeights weights(model.parameters());
  const auto task = task_of(kinds().front());
  const float wrong =
      task->objective("accuracy")->values(model, weights, task->train_batch(0, 0), {"b", 0}).at(0);
  BOOST_TEST(wrong * 4 == std::round(wrong * 4));
  const at::Tensor scores =
      class_scores(model.logits(weights, task->train_batch(0, 0)), task->train_batch(0, 0))[0];
  float expected = 0;
  for (std::int64_t i = 0; i < 4; ++i)
    expected += scores[i][0].item<float>() < scores[i][1].item<float>();
  BOOST_TEST(wrong == expected / 4);
}

BOOST_AUTO_TEST_CASE(answers_are_computed_behind_one_prompt_and_cut_alike) {
  PreferenceTaskOptions options = kinds().front().options;
  options.batch_size = 1;
  ChoiceDataset data;
  data.train = {pair_of("The window broke", " storm", " a")};
  const PreferenceTask whole(data, byte_tokens, options);
  const std::int64_t prompt = 16;
  // Both begin with a blank, which is scored, so that it is no part of what is shared.
  BOOST_TEST(whole.train_batch(0, 0).token_count == prompt + 6 + 2);
  BOOST_TEST(whole.cut() == 0u);
  options.max_tokens = 10;  // of 16 + 6 + 1
  const PreferenceTask cut(data, byte_tokens, options);
  const Batch batch = cut.train_batch(0, 0);
  BOOST_TEST(batch.token_count == 3 + 6 + 2);
  BOOST_TEST(batch.targets.numel() == 7 + 3);
  BOOST_TEST(cut.cut() == 1u);
  options.max_tokens = 5;  // the longer answer loses its end
  const Batch short_one = PreferenceTask(data, byte_tokens, options).train_batch(0, 0);
  BOOST_TEST(short_one.token_count == 1 + 3 + 2);
  BOOST_TEST(short_one.targets.numel() == 4 + 3);
}

BOOST_AUTO_TEST_CASE(a_device_gets_references_and_scoring) {
  const Llama model = tiny_llama();
  const at::NoGradGuard no_grad;
  PlainWeights weights(model.parameters());
  for (const Kind& kind : kinds()) {
    const Batch packed = task_of(kind)->train_batch(0, 0);
    const device::BatchShape shape = device::shape_of(packed);
    device::PaddedBatch padded(shape,
                               at::empty({device::PaddedBatch::layout_bytes(shape)}, at::kByte));
    padded.fill(packed);
    BOOST_TEST(model.loss(weights, padded.batch()).item<float>() ==
                   model.loss(weights, packed).item<float>(),
               boost::test_tools::tolerance(1e-5f));
    device::BatchShape other = shape;
    other.scoring.scale *= 2;
    BOOST_TEST((shape != other));
  }
}

BOOST_AUTO_TEST_CASE(batches_that_no_loss_of_pairs_fits_are_refused) {
  Batch batch = task_of(kinds().front())->train_batch(0, 0);
  batch.scoring.scale = 0;
  BOOST_TEST(contains(refusal<RunError>([&] {
                        check_batch(batch, {"batch", 0});
                      }),
                      "has choices whose scores are scaled by 0"));
  batch.scoring.scale = 1;
  batch.choice_references = batch.choice_references.narrow(0, 0, 3);
  BOOST_TEST(contains(refusal<RunError>([&] {
                        check_batch(batch, {"batch", 0});
                      }),
                      "has references that are no contiguous [8] float32"));
}

BOOST_AUTO_TEST_CASE(rows_are_pairs_of_columns) {
  const RowsFile file(R"({"prompt": "Why?", "chosen": "So.", "rejected": "No.", "id": 1}
{"prompt": "Why?", "chosen": "So.", "rejected": "No.", "id": 2}
{"prompt": "How?", "chosen": "a", "rejected": "a"}
{"prompt": "How?", "chosen": " ", "rejected": "a"}
{"prompt": "How?", "chosen": "a", "rejected": "b"})");
  const ChoiceDataset data = tasks::load_choices(file.options);
  BOOST_TEST_REQUIRE(data.train.size() == 2u);
  BOOST_TEST(data.train[0].choices.prompt == "Why?");
  BOOST_TEST(data.train[0].choices.texts.at(0) == "Why? So.");
  BOOST_TEST(data.train[0].choices.texts.at(1) == "Why? No.");
  const std::string told = tasks::summary(data);
  BOOST_TEST(contains(told, "2 dropped: both answers are equal, or one is empty"), told);
  BOOST_TEST(contains(told, "1 dropped: an equal row came before"), told);
  BOOST_TEST(contains(told, "train: 2 pairs\n"), told);
}

BOOST_AUTO_TEST_CASE(without_a_template_the_prompt_is_what_both_texts_begin_with) {
  RowsFile file(
      R"({"chosen": "Human: Hi\n\nAssistant: It is", "rejected": "Human: Hi\n\nAssistant: I am"}
{"chosen": "yes", "rejected": "yesterday"})");
  file.options.rows.prompt_template = "";
  const ChoiceDataset data = tasks::load_choices(file.options);
  BOOST_TEST(data.train.at(0).choices.prompt == "Human: Hi\n\nAssistant: ");
  BOOST_TEST(data.train.at(0).choices.texts.at(1) == "Human: Hi\n\nAssistant: I am");
  BOOST_TEST(data.train.at(1).choices.prompt == "");
}

BOOST_AUTO_TEST_CASE(answers_are_the_last_of_chat_messages) {
  const std::string hi = R"({"role": "user", "content": "Hi?"})";
  const auto answer = [](const std::string& text) {
    return R"({"content": ")" + text + R"(", "role": "assistant", "tool_calls": [{"role": 1}]})";
  };
  const std::string more = R"({"role": "system", "content": "Be kind. "}, )";
  RowsFile file(R"({"prompt": "Hi?", "chosen": [)" + hi + ", " + answer("a") +
                R"(], "rejected": [)" + hi + ", " + answer("b") + "]}\n" + R"({"prompt": [)" +
                more + hi + R"(], "chosen": [)" + answer("c") + R"(], "rejected": "d"})");
  ChoiceDataset data = tasks::load_choices(file.options);
  BOOST_TEST(data.train.at(0).choices.texts.at(1) == "Hi? b");
  BOOST_TEST(data.train.at(1).choices.texts.at(0) ==
             "System: Be kind.\n\nUser: Hi?\n\nAssistant: c");
  file.options.rows.prompt_template = "";
  data = tasks::load_choices(file.options);
  BOOST_TEST(data.train.at(0).choices.prompt == "Hi?");
  BOOST_TEST(data.train.at(0).choices.texts.at(0) == "Hi? a");
}

BOOST_AUTO_TEST_CASE(files_without_pairs_are_refused) {
  RowsFile file(R"({"prompt": "p", "chosen": "a", "rejected": "a"})");
  BOOST_TEST(contains(refusal([&] { tasks::load_choices(file.options); }),
                      "none of 1 row has two different answers. Check --task.chosen and "
                      "--task.rejected."));
  file.options.rejected = "rejcted";
  BOOST_TEST(contains(refusal([&] { tasks::load_choices(file.options); }),
                      "has no column \"rejcted\", which --task.rejected names"));
}

BOOST_AUTO_TEST_SUITE_END()
