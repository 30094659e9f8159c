// Evaluates question answering: the loss of the right answers, and the scores of generated ones.
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

#include "core/io/error.hpp"
#include "engine/batch_check.hpp"
#include "engine/communicator.hpp"
#include "models/weights/materialized_weights.hpp"
#include "tasks/question_answering/answer_task.hpp"

namespace trainbus {
namespace {

constexpr double nothing = std::numeric_limits<double>::quiet_NaN();

BatchPlace place_of(Split split, std::size_t batch) {
  return {split == Split::Test ? "test batch" : "validation batch", batch};
}

std::string metric_name(const AnswerMetric& metric) {
  std::string name = metric.name();
  std::ranges::replace(name, '-', '_');
  return name;
}

// −log p of each of the batch's targets.
std::vector<float> token_losses(const Scorer& scorer, const Batch& batch, BatchPlace place) {
  at::Tensor losses;
  if (scorer.model()) {
    PlainWeights weights(scorer.model()->parameters());
    losses = scorer.model()->token_losses(weights, batch);
  }
  if (!losses.defined()) {
    const at::Tensor logits = scorer(batch);
    check_logits(logits, batch, 1, place);
    losses = negative_log_likelihoods(logits, batch.targets);
  }
  losses = losses.contiguous();
  const auto* first = losses.const_data_ptr<float>();
  return {first, first + losses.numel()};
}

}  // namespace

std::vector<const AnswerMetric*> AnswerTask::judges() const {
  std::vector<const AnswerMetric*> judges = {&exact_match_metric(), &answer_f1_metric()};
  if (options_.reward) judges.push_back(options_.reward.get());
  return judges;
}

std::vector<MetricKind> AnswerTask::metrics() const {
  std::vector<MetricKind> kinds = {{"loss", Better::Lower}};
  if (options_.generates)
    for (const AnswerMetric* metric : judges())
      kinds.push_back({metric_name(*metric), Better::Higher});
  return kinds;
}

// An item's numbers: for each example the loss of its answer, and the scores of the generated one.
Evaluation AnswerTask::evaluate(const EvaluationPass& pass) const {
  const std::vector<const AnswerMetric*> metrics =
      options_.generates ? judges() : std::vector<const AnswerMetric*>();
  const auto* model = dynamic_cast<const PretrainedModel*>(pass.logits.model());
  if (options_.generates && !model)
    throw RunError("answers are generated on the CPU only", "--task.generate",
                   "Give --task.generate no, or leave --device out.");
  const std::int64_t batches = evaluation_batches(pass.split);
  const std::size_t width = 1 + metrics.size();
  std::vector<double> totals(width);
  double tokens = 0;
  Evaluation evaluation;
  bool goes_on = true;
  ranks::Work work{.kind = ranks::Work::Kind::Evaluation,
                   .number = static_cast<std::uint64_t>(pass.split),
                   .items = static_cast<std::size_t>(batches)};
  work.compute = [&](std::size_t i, std::vector<float>& numbers) {
    const at::NoGradGuard no_grad;
    const BatchPlace place = place_of(pass.split, i);
    const std::vector<const Example*> examples =
        parts_.evaluation_batch(pass.split, static_cast<std::int64_t>(i));
    const Batch batch = batch_of(examples);
    check_batch(batch, place);
    std::vector<std::vector<double>> scores(examples.size(),
                                            std::vector<double>(metrics.size(), nothing));
    if (!metrics.empty()) try {
        PlainWeights weights(model->parameters());
        scores = answer_scores(*model, weights, options_.answering, *batch.prompts, metrics);
      } catch (const NonFiniteLogits&) {
        // The examples have no scores.
      }
    const std::vector<float> losses = token_losses(pass.logits, batch, place);
    auto loss = losses.begin();
    for (std::size_t e = 0; e < examples.size(); ++e) {
      double sum = 0;
      for (std::uint32_t t = 0; t < examples[e]->text.scored; ++t) sum += *loss++;
      numbers.push_back(static_cast<float>(sum));
      for (const double score : scores[e]) numbers.push_back(static_cast<float>(score));
    }
  };
  work.take = [&](std::size_t i, std::span<const float> numbers) {
    if (!goes_on) return;
    for (const Example* example :
         parts_.evaluation_batch(pass.split, static_cast<std::int64_t>(i))) {
      bool finite = true;
      for (std::size_t m = 0; m < width; ++m) {
        totals[m] += numbers[m];
        finite = finite && std::isfinite(numbers[m]);
      }
      evaluation.unscored += !finite;
      tokens += example->text.scored;
      ++evaluation.examples;
      numbers = numbers.subspan(width);
    }
    goes_on = !pass.on_batch || pass.on_batch(static_cast<std::int64_t>(i) + 1, batches);
  };
  work.give_up = [&] { return !goes_on; };
  pass.processes.evaluate(work);
  const auto count = static_cast<double>(std::max<std::int64_t>(evaluation.examples, 1));
  evaluation.metrics.push_back({"loss", totals[0] / std::max(tokens, 1.0), Better::Lower});
  for (std::size_t m = 0; m < metrics.size(); ++m)
    evaluation.metrics.push_back({metric_name(*metrics[m]), totals[m + 1] / count, Better::Higher});
  return evaluation;
}

std::vector<ResultRow> AnswerTask::describe(const Evaluation& evaluation) const {
  std::vector<ResultRow> rows;
  for (const Metric& metric : evaluation.metrics) {
    char text[64];
    const bool is_loss = metric.name == "loss";
    std::snprintf(text, sizeof text, is_loss ? "%.4f nats a token" : "%.4f", metric.value);
    rows.push_back({is_loss ? "cross-entropy" : metric.name, text});
  }
  return rows;
}

}  // namespace trainbus
