// Evaluates multiple choice: the scores of every row's options, and which is the greatest.
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <utility>

#include "core/io/error.hpp"
#include "engine/batch_check.hpp"
#include "engine/communicator.hpp"
#include "tasks/multiple_choice/choice_batches.hpp"

namespace trainbus {
namespace {

using tasks::ChoiceTokens;
using tasks::ScoredText;

constexpr double nothing = std::numeric_limits<double>::quiet_NaN();

BatchPlace place_of(Split split, std::size_t batch) {
  return {split == Split::Test ? "test batch" : "evaluation batch", batch};
}

// −log softmax(scores)[right].
double cross_entropy_of(const std::vector<double>& scores, std::size_t right) {
  const double greatest = *std::max_element(scores.begin(), scores.end());
  double sum = 0;
  for (const double score : scores) sum += std::exp(score - greatest);
  return std::log(sum) + greatest - scores[right];
}

// Sums over the examples so far.
struct Sums {
  double loss = 0, weight = 0, right = 0;
  std::int64_t examples = 0, unscored = 0;

  // sums: of the log-probabilities of each option's tokens; without: those of the same options
  // without the example.
  void add(const ChoiceTokens& example, std::span<const float> sums, std::span<const float> without,
           const ChoiceTaskOptions& options) {
    std::vector<double> means, scores;
    bool finite = true;
    for (std::size_t i = 0; i < sums.size(); ++i) {
      means.push_back(static_cast<double>(sums[i]) / example.options[i].scored);
      scores.push_back(options.score == ChoiceScore::Mean ? means.back()
                       : options.score == ChoiceScore::Sum
                           ? sums[i]
                           : static_cast<double>(sums[i]) - without[i]);
      finite = finite && std::isfinite(means.back()) && std::isfinite(scores.back());
    }
    const std::uint32_t answer = example.right.front();
    const bool by_answer = options.loss == ChoiceLoss::Answer;
    loss += by_answer ? -static_cast<double>(sums[answer]) : cross_entropy_of(means, answer);
    weight += by_answer ? example.options[answer].scored : 1;
    const auto best = std::max_element(scores.begin(), scores.end()) - scores.begin();
    right +=
        std::ranges::find(example.right, static_cast<std::uint32_t>(best)) != example.right.end();
    unscored += !finite;
    ++examples;
  }
};

std::vector<float> sums_of(const Scorer& scorer, const Batch& batch, BatchPlace place) {
  const at::Tensor logits = scorer(batch);
  check_logits(logits, batch, 1, place);
  const std::vector<double> sums = choice_sums(logits, batch);
  return {sums.begin(), sums.end()};
}

}  // namespace

// A batch's numbers are the sums of its examples' options, then, where they are asked for, those of
// the options without the examples.
Evaluation ChoiceTask::evaluate(const EvaluationPass& pass) const {
  Sums sums;
  const std::int64_t batches = evaluation_batches(pass.split);
  bool goes_on = true;
  ranks::Work work{.kind = ranks::Work::Kind::Evaluation,
                   .number = static_cast<std::uint64_t>(pass.split),
                   .items = static_cast<std::size_t>(batches)};
  work.compute = [&](std::size_t i, std::vector<float>& numbers) {
    const at::NoGradGuard no_grad;
    const BatchPlace place = place_of(pass.split, i);
    const auto index = static_cast<std::int64_t>(i);
    const Batch batch = evaluation_batch(pass.split, index);
    check_batch(batch, place);
    numbers = sums_of(pass.logits, batch, place);
    if (options_.score != ChoiceScore::Calibrated) return;
    std::vector<const std::vector<ScoredText>*> texts;
    for (const ChoiceTokens* example : parts_.evaluation_batch(pass.split, index))
      texts.push_back(&example->calibration);
    const std::vector<float> without = sums_of(pass.logits, choice_batch(texts), place);
    numbers.insert(numbers.end(), without.begin(), without.end());
  };
  work.take = [&](std::size_t i, std::span<const float> numbers) {
    if (!goes_on) return;
    const bool calibrated = options_.score == ChoiceScore::Calibrated;
    std::size_t at = 0;
    for (const ChoiceTokens* example :
         parts_.evaluation_batch(pass.split, static_cast<std::int64_t>(i))) {
      const std::size_t count = example->options.size();
      const std::size_t half = calibrated ? numbers.size() / 2 : 0;
      sums.add(*example, numbers.subspan(at, count),
               calibrated ? numbers.subspan(half + at, count) : std::span<const float>(), options_);
      at += count;
    }
    goes_on = !pass.on_batch || pass.on_batch(static_cast<std::int64_t>(i) + 1, batches);
  };
  work.give_up = [&] { return !goes_on; };
  pass.processes.evaluate(work);
  Evaluation evaluation;
  evaluation.examples = sums.examples;
  evaluation.unscored = sums.unscored;
  const auto count = static_cast<double>(std::max<std::int64_t>(sums.examples, 1));
  evaluation.metrics = {
      {"loss", sums.loss / std::max(sums.weight, 1.0), Better::Lower},
      {"accuracy", sums.unscored > 0 ? nothing : sums.right / count, Better::Higher}};
  return evaluation;
}

std::vector<ResultRow> ChoiceTask::describe(const Evaluation& evaluation) const {
  const auto row = [&](const char* name, const char* pattern, const char* metric) {
    char text[64];
    std::snprintf(text, sizeof text, pattern, evaluation.value(metric));
    return ResultRow{name, text};
  };
  return {row("accuracy", "%.4f", "accuracy"),
          row("cross-entropy",
              options_.loss == ChoiceLoss::Answer ? "%.4f nats a token" : "%.4f nats", "loss")};
}

}  // namespace trainbus
