// Evaluates preferences: the implicit rewards of every pair.
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

#include "core/io/log.hpp"
#include "engine/batch_check.hpp"
#include "engine/communicator.hpp"
#include "tasks/preference/preference_task.hpp"

namespace trainbus {
namespace {

constexpr double nothing = std::numeric_limits<double>::quiet_NaN();

BatchPlace place_of(Split split, std::size_t batch) {
  return {split == Split::Test ? "test batch" : "validation batch", batch};
}

// −log σ(x).
double softplus_of_minus(double x) {
  return std::max(-x, 0.0) + std::log1p(std::exp(-std::abs(x)));
}

// margin: the better answer's reward less the other's.
double loss_of(double margin, const ChoiceScoring& how) {
  if (how.loss == ChoiceScoring::Loss::Squared) {
    const double off = (margin - 0.5) / how.scale;
    return off * off;
  }
  const double h = margin - how.margin;
  return (1 - how.smoothing) * softplus_of_minus(h) + how.smoothing * softplus_of_minus(-h);
}

// Sums over the pairs so far.
struct Sums {
  double loss = 0, right = 0, chosen = 0, rejected = 0;
  std::int64_t pairs = 0, unscored = 0;

  void add(double better, double worse, const ChoiceScoring& how) {
    loss += loss_of(better - worse, how);
    right += better > worse;
    chosen += better;
    rejected += worse;
    unscored += !(std::isfinite(better) && std::isfinite(worse));
    ++pairs;
  }
};

}  // namespace

std::vector<MetricKind> PreferenceTask::metrics() const {
  return {{"loss", Better::Lower},
          {"accuracy", Better::Higher},
          {"margin", Better::Higher},
          {"chosen_reward", Better::Higher},
          {"rejected_reward", Better::Lower}};
}

// A batch's numbers are the log-probabilities of its pairs' answers.
Evaluation PreferenceTask::evaluate(const EvaluationPass& pass) const {
  if (references_ && !references_->are_known())
    log::warning(
        "the log-probabilities at the weights that the run started from are not known here: "
        "rewards and loss are those without a reference");
  Sums sums;
  const std::int64_t batches = evaluation_batches(pass.split);
  bool goes_on = true;
  ranks::Work work{.kind = ranks::Work::Kind::Evaluation,
                   .number = static_cast<std::uint64_t>(pass.split),
                   .items = static_cast<std::size_t>(batches)};
  const auto pairs_of = [&](std::size_t i) {
    return parts_.evaluation_batch(pass.split, static_cast<std::int64_t>(i));
  };
  work.compute = [&](std::size_t i, std::vector<float>& numbers) {
    const at::NoGradGuard no_grad;
    const BatchPlace place = place_of(pass.split, i);
    const Batch batch = pair_batch(pairs_of(i), {.sums = options_.scoring.sums});
    check_batch(batch, place);
    const at::Tensor scores = pass.logits.class_scores(batch, place);
    const auto* first = scores.const_data_ptr<float>();
    numbers.assign(first, first + scores.numel());
  };
  work.take = [&](std::size_t i, std::span<const float> numbers) {
    if (!goes_on) return;
    for (const PreferencePair* pair : pairs_of(i)) {
      const std::array<float, 2> reference =
          references_ ? references_->of(*pair) : std::array<float, 2>{};
      const auto reward = [&](std::size_t answer) {
        return options_.scoring.scale * (static_cast<double>(numbers[answer]) - reference[answer]);
      };
      sums.add(reward(0), reward(1), options_.scoring);
      numbers = numbers.subspan(2);
    }
    goes_on = !pass.on_batch || pass.on_batch(static_cast<std::int64_t>(i) + 1, batches);
  };
  work.give_up = [&] { return !goes_on; };
  pass.processes.evaluate(work);
  Evaluation evaluation;
  evaluation.examples = sums.pairs;
  evaluation.unscored = sums.unscored;
  const auto mean = [&](double sum) {
    return sum / static_cast<double>(std::max<std::int64_t>(sums.pairs, 1));
  };
  const std::vector<double> values = {
      mean(sums.loss), sums.unscored > 0 ? nothing : mean(sums.right),
      mean(sums.chosen - sums.rejected), mean(sums.chosen), mean(sums.rejected)};
  for (const MetricKind& kind : metrics())
    evaluation.metrics.push_back({kind.name, values[evaluation.metrics.size()], kind.better});
  return evaluation;
}

std::vector<ResultRow> PreferenceTask::describe(const Evaluation& evaluation) const {
  std::vector<ResultRow> rows;
  const auto row = [&](const char* name, const char* metric) {
    char text[64];
    std::snprintf(text, sizeof text, "%.4f", evaluation.value(metric));
    rows.push_back({name, text});
  };
  row("accuracy", "accuracy");
  row("loss", "loss");
  row("margin of rewards", "margin");
  row("reward of chosen", "chosen_reward");
  row("reward of rejected", "rejected_reward");
  return rows;
}

}  // namespace trainbus
