// Prompts that a model answers by generation, and what an answer is worth.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/export.hpp"
#include "engine/objective.hpp"
#include "generation/generate.hpp"

namespace trainbus {

struct AnswerPrompt {
  std::vector<std::int32_t> ids;
  std::string text;
  std::vector<std::string> references;  // right answers; may be none
  std::uint32_t number = 0;             // of the example in its part: what it draws depends on it
};

// An answer to be judged; views of memory that lives during the call.
struct JudgedAnswer {
  std::string_view prompt, answer;  // without white space at its ends
  std::span<const std::string> references;
  std::span<const float> token_log_probabilities;  // of the generated tokens, its end included
};

// Judges answers by one number each, the more the better: a pure function. One thread.
class TRAINBUS_EXPORT AnswerMetric {
 public:
  virtual ~AnswerMetric();
  // As --objective names it; as a metric of evaluations it has '_' for '-'.
  virtual std::string name() const = 0;
  // The largest score that there is, from which an objective counts down; 0 if there is none.
  virtual double best() const { return 0; }
  // One number an answer, in order, all finite; throws what it cannot do.
  virtual void score(std::span<const JudgedAnswer> answers, std::span<double> scores) const = 0;
};

// "exact-match" and "f1": see metrics/answer_metrics.hpp; best 1.
TRAINBUS_EXPORT const AnswerMetric& exact_match_metric();
TRAINBUS_EXPORT const AnswerMetric& answer_f1_metric();

// How a task's prompts are answered. All must outlive what is made with it.
struct Answering {
  const Tokenizer* tokenizer = nullptr;
  GenerationOptions generation;  // batch_size: at least that of the prompts' batch is best
};

// The scores of the model's answers by each metric: [prompts][metrics]. weights: of one side.
// Throws what generate() and the metrics throw.
TRAINBUS_EXPORT std::vector<std::vector<double>> answer_scores(
    const PretrainedModel& model, Weights& weights, const Answering& answering,
    std::span<const AnswerPrompt> prompts, std::span<const AnswerMetric* const> metrics);

// best − the mean score of the answers to a batch's prompts: 1 − F1, or −reward. NaN where the
// model has no answer.
class TRAINBUS_EXPORT AnswerObjective final : public Objective {
 public:
  // Both must outlive it.
  AnswerObjective(const Answering& answering, const AnswerMetric& metric)
      : answering_(answering), metric_(metric) {}

  std::string name() const override { return metric_.name(); }
  bool takes_both_sides() const override { return false; }
  // The batch has prompts, and the model is a PretrainedModel; otherwise throws RunError.
  std::vector<float> values(const Model& model, Weights& weights, const Batch& batch,
                            BatchPlace place) const override;

 private:
  const Answering& answering_;
  const AnswerMetric& metric_;
};

}  // namespace trainbus
