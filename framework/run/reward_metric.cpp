#include "run/reward_metric.hpp"

#include <vector>

#include "core/io/error.hpp"

namespace trainbus {

void RewardMetric::score(std::span<const JudgedAnswer> answers, std::span<double> scores) const {
  std::vector<RewardItem> items;
  for (const JudgedAnswer& answer : answers)
    items.push_back(
        {answer.prompt, answer.answer, answer.references, answer.token_log_probabilities});
  try {
    reward_->score(items, scores);
  } catch (const PluginError& error) {
    throw RunError(error.what(), "", "");
  }
}

}  // namespace trainbus
