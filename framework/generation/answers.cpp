#include "generation/answers.hpp"

#include <limits>

#include "core/io/error.hpp"
#include "metrics/answer_metrics.hpp"
#include "text/unicode.hpp"

namespace trainbus {
namespace {

class ExactMatch final : public AnswerMetric {
 public:
  std::string name() const override { return "exact-match"; }
  double best() const override { return 1; }
  void score(std::span<const JudgedAnswer> answers, std::span<double> scores) const override {
    for (std::size_t i = 0; i < answers.size(); ++i)
      scores[i] = metrics::exact_match(answers[i].answer, answers[i].references) ? 1 : 0;
  }
};

class AnswerF1 final : public AnswerMetric {
 public:
  std::string name() const override { return "f1"; }
  double best() const override { return 1; }
  void score(std::span<const JudgedAnswer> answers, std::span<double> scores) const override {
    for (std::size_t i = 0; i < answers.size(); ++i)
      scores[i] = metrics::answer_f1(answers[i].answer, answers[i].references);
  }
};

}  // namespace

AnswerMetric::~AnswerMetric() = default;

const AnswerMetric& exact_match_metric() {
  static const ExactMatch metric;
  return metric;
}

const AnswerMetric& answer_f1_metric() {
  static const AnswerF1 metric;
  return metric;
}

std::vector<std::vector<double>> answer_scores(const PretrainedModel& model, Weights& weights,
                                               const Answering& answering,
                                               std::span<const AnswerPrompt> prompts,
                                               std::span<const AnswerMetric* const> metrics) {
  std::vector<std::vector<std::int32_t>> ids;
  for (const AnswerPrompt& prompt : prompts) ids.push_back(prompt.ids);
  GenerationHooks hooks;
  hooks.uniform = [&](std::size_t row, std::int64_t step) {
    return sampling_uniform(answering.generation.seed, prompts[row].number,
                            static_cast<std::uint32_t>(step));
  };
  const std::vector<Generated> answers =
      generate(model, weights, answering.tokenizer, ids, answering.generation, hooks);
  std::vector<std::string> texts;
  for (const Generated& answer : answers) texts.emplace_back(unicode::stripped(answer.text));
  std::vector<JudgedAnswer> judged;
  for (std::size_t i = 0; i < prompts.size(); ++i)
    judged.push_back(
        {prompts[i].text, texts[i], prompts[i].references, answers[i].log_probabilities});
  std::vector<std::vector<double>> scores(prompts.size(), std::vector<double>(metrics.size()));
  std::vector<double> column(prompts.size());
  for (std::size_t m = 0; m < metrics.size(); ++m) {
    metrics[m]->score(judged, column);
    for (std::size_t i = 0; i < prompts.size(); ++i) scores[i][m] = column[i];
  }
  return scores;
}

std::vector<float> AnswerObjective::values(const Model& model, Weights& weights, const Batch& batch,
                                           BatchPlace place) const {
  const auto* pretrained = dynamic_cast<const PretrainedModel*>(&model);
  if (!pretrained || !batch.prompts || batch.prompts->empty())
    throw RunError(place.text() + " has no prompts to answer, or its model generates no text",
                   "--objective", "Give an objective that the task has.");
  const AnswerMetric* const metric = &metric_;
  double total = 0;
  try {
    for (const std::vector<double>& score :
         answer_scores(*pretrained, weights, answering_, *batch.prompts, {&metric, 1}))
      total += score.front();
  } catch (const NonFiniteLogits&) {
    return {std::numeric_limits<float>::quiet_NaN()};
  }
  const auto count = static_cast<double>(batch.prompts->size());
  return {static_cast<float>(metric_.best() - total / count)};
}

}  // namespace trainbus
