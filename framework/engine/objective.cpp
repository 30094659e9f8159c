#include "engine/objective.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "models/model.hpp"

namespace trainbus {
namespace {

std::vector<float> numbers_of(const at::Tensor& values) {
  const at::Tensor flat = values.contiguous();
  const auto* first = flat.const_data_ptr<float>();
  return {first, first + flat.numel()};
}

// scores [examples, classes] of one side, row by row.
float share_of_wrong(const float* scores, std::int64_t classes, const at::Tensor& labels) {
  const auto* label = labels.const_data_ptr<std::int64_t>();
  std::int64_t wrong = 0;
  for (std::int64_t i = 0; i < labels.numel(); ++i, scores += classes) {
    const float* best = std::max_element(scores, scores + classes);
    if (std::any_of(scores, scores + classes, [](float s) { return std::isnan(s); }) ||
        !std::isfinite(*best))
      return std::numeric_limits<float>::quiet_NaN();
    wrong += best - scores != label[i];
  }
  return static_cast<float>(static_cast<double>(wrong) / static_cast<double>(labels.numel()));
}

std::vector<float> shares_of_wrong(const at::Tensor& logits, const Batch& batch) {
  const at::Tensor scores = class_scores(logits.to(at::kFloat), batch).contiguous();
  const at::Tensor labels = (batch.choice_count == 0 ? batch.targets : batch.labels).contiguous();
  const std::int64_t side = scores.size(1) * scores.size(2);
  std::vector<float> values;
  for (std::int64_t s = 0; s < scores.size(0); ++s)
    values.push_back(
        share_of_wrong(scores.const_data_ptr<float>() + s * side, scores.size(2), labels));
  return values;
}

}  // namespace

const std::vector<std::string>& objective_names() {
  static const std::vector<std::string> names = {"loss", "accuracy"};
  return names;
}

Objective objective_named(std::string_view name) {
  const auto& names = objective_names();
  const auto found = std::ranges::find(names, name);
  if (found == names.end()) throw std::out_of_range("no objective is named " + std::string(name));
  return static_cast<Objective>(found - names.begin());
}

std::vector<float> objective_values(Objective objective, const at::Tensor& logits,
                                    const Batch& batch) {
  return objective == Objective::Accuracy ? shares_of_wrong(logits, batch)
                                          : numbers_of(cross_entropy(logits, batch));
}

}  // namespace trainbus
