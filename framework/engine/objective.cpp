#include "engine/objective.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/io/error.hpp"

namespace trainbus {
namespace {

std::vector<float> numbers_of(const at::Tensor& values) {
  const at::Tensor flat = values.contiguous();
  const auto* first = flat.const_data_ptr<float>();
  return {first, first + flat.numel()};
}

at::Tensor checked_logits(const Model& model, Weights& weights, const Batch& batch,
                          BatchPlace place) {
  at::Tensor logits = model.logits(weights, batch);
  check_logits(logits, batch, weights.sides(), place);
  return logits;
}

// Of answer choices: [S, examples, choices], without all logits in memory at once where the model
// can.
at::Tensor scores_of(const Model& model, Weights& weights, const Batch& batch, BatchPlace place) {
  if (scores_tokens(batch))
    if (const at::Tensor losses = model.token_losses(weights, batch); losses.defined())
      return choice_scores(-losses, batch);
  return class_scores(checked_logits(model, weights, batch, place).to(at::kFloat), batch);
}

class Loss final : public Objective {
 public:
  std::string name() const override { return "loss"; }
  std::vector<float> values(const Model& model, Weights& weights, const Batch& batch,
                            BatchPlace place) const override {
    if (predicts_tokens(batch))
      if (const at::Tensor losses = model.token_losses(weights, batch); losses.defined())
        return means(losses.contiguous(), batch.targets.numel());
    if (batch.choice_count > 0)
      return numbers_of(choice_losses(scores_of(model, weights, batch, place), batch).mean(1));
    return numbers_of(cross_entropy(checked_logits(model, weights, batch, place), batch));
  }
  std::vector<float> example_values(const at::Tensor& logits, const Batch& batch) const override {
    return numbers_of(cross_entropies(logits, batch));
  }

 private:
  // Over the tokens, summed in one order whatever the number of threads.
  static std::vector<float> means(const at::Tensor& losses, std::int64_t tokens) {
    std::vector<float> values;
    const auto* loss = losses.const_data_ptr<float>();
    for (std::int64_t side = 0; side < losses.size(0); ++side, loss += tokens)
      values.push_back(static_cast<float>(std::accumulate(loss, loss + tokens, 0.0) /
                                          static_cast<double>(tokens)));
    return values;
  }
};

// Whether one example's scores answer it wrongly, 1 or 0; NaN: they are no scores.
float is_wrong(const float* scores, std::int64_t classes, std::int64_t label) {
  const float* best = std::max_element(scores, scores + classes);
  if (std::any_of(scores, scores + classes, [](float s) { return std::isnan(s); }) ||
      !std::isfinite(*best))
    return std::numeric_limits<float>::quiet_NaN();
  return best - scores != label ? 1.0f : 0.0f;
}

class Accuracy final : public Objective {
 public:
  std::string name() const override { return "accuracy"; }
  std::vector<float> values(const Model& model, Weights& weights, const Batch& batch,
                            BatchPlace place) const override {
    const std::vector<float> wrong =
        batch.choice_count > 0
            ? of_scores(scores_of(model, weights, batch, place), batch.labels)
            : example_values(checked_logits(model, weights, batch, place), batch);
    const std::size_t sides = static_cast<std::size_t>(weights.sides());
    const std::size_t examples = wrong.size() / sides;
    std::vector<float> values;
    for (std::size_t s = 0; s < sides; ++s) {
      const double sum =
          std::accumulate(wrong.data() + s * examples, wrong.data() + (s + 1) * examples, 0.0);
      values.push_back(static_cast<float>(sum / static_cast<double>(examples)));
    }
    return values;
  }
  std::vector<float> example_values(const at::Tensor& logits, const Batch& batch) const override {
    return of_scores(class_scores(logits.to(at::kFloat), batch),
                     batch.choice_count == 0 ? batch.targets : batch.labels);
  }

 private:
  static std::vector<float> of_scores(const at::Tensor& scores, const at::Tensor& labels) {
    const at::Tensor rows = scores.contiguous(), right = labels.contiguous();
    const std::int64_t classes = scores.size(2), examples = labels.numel();
    const auto* label = right.const_data_ptr<std::int64_t>();
    const auto* row = rows.const_data_ptr<float>();
    std::vector<float> wrong;
    for (std::int64_t i = 0; i < scores.size(0) * examples; ++i, row += classes)
      wrong.push_back(is_wrong(row, classes, label[i % examples]));
    return wrong;
  }
};

}  // namespace

Objective::~Objective() = default;

std::vector<float> Objective::example_values(const at::Tensor&, const Batch&) const {
  throw UsageError(name() +
                       " takes more than one forward pass, so that examples of a batch cannot "
                       "have directions of their own",
                   "--objective", "Give --es.directions low-rank, or --objective loss.");
}

const Objective& loss_objective() {
  static const Loss loss;
  return loss;
}

const Objective& accuracy_objective() {
  static const Accuracy accuracy;
  return accuracy;
}

}  // namespace trainbus
