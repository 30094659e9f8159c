#include "engine/objective.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>

#include "models/model.hpp"

namespace trainbus {
namespace {

std::vector<float> numbers_of(const at::Tensor& values) {
  const at::Tensor flat = values.contiguous();
  const auto* first = flat.const_data_ptr<float>();
  return {first, first + flat.numel()};
}

// Whether one example's scores answer it wrongly, 1 or 0; NaN: they are no scores.
float is_wrong(const float* scores, std::int64_t classes, std::int64_t label) {
  const float* best = std::max_element(scores, scores + classes);
  if (std::any_of(scores, scores + classes, [](float s) { return std::isnan(s); }) ||
      !std::isfinite(*best))
    return std::numeric_limits<float>::quiet_NaN();
  return best - scores != label ? 1.0f : 0.0f;
}

// [S · examples], side by side.
std::vector<float> wrong_answers(const at::Tensor& logits, const Batch& batch) {
  const at::Tensor scores = class_scores(logits.to(at::kFloat), batch).contiguous();
  const at::Tensor labels = (batch.choice_count == 0 ? batch.targets : batch.labels).contiguous();
  const std::int64_t classes = scores.size(2), examples = labels.numel();
  const auto* label = labels.const_data_ptr<std::int64_t>();
  const auto* first = scores.const_data_ptr<float>();
  std::vector<float> values;
  for (std::int64_t i = 0; i < scores.size(0) * examples; ++i)
    values.push_back(is_wrong(first + i * classes, classes, label[i % examples]));
  return values;
}

std::vector<float> shares_of_wrong(const at::Tensor& logits, const Batch& batch) {
  const std::vector<float> wrong = wrong_answers(logits, batch);
  const auto sides = static_cast<std::size_t>(logits.size(0));
  const std::size_t examples = wrong.size() / sides;
  std::vector<float> values;
  for (auto side = wrong.begin(); side != wrong.end();
       side += static_cast<std::ptrdiff_t>(examples))
    values.push_back(static_cast<float>(
        std::accumulate(side, side + static_cast<std::ptrdiff_t>(examples), 0.0) /
        static_cast<double>(examples)));
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

std::vector<float> example_values(Objective objective, const at::Tensor& logits,
                                  const Batch& batch) {
  return objective == Objective::Accuracy ? wrong_answers(logits, batch)
                                          : numbers_of(cross_entropies(logits, batch));
}

}  // namespace trainbus
