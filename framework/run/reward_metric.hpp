// A reward plugin as a metric and an objective of generated answers.
#pragma once

#include <memory>
#include <string>

#include "core/reward/reward.hpp"
#include "generation/answers.hpp"

namespace trainbus {

class RewardMetric final : public AnswerMetric {
 public:
  explicit RewardMetric(std::unique_ptr<Reward> reward) : reward_(std::move(reward)) {}

  std::string name() const override { return reward_->id(); }
  // Throws RunError for what the plugin does wrong: the run ends, and can be resumed.
  void score(std::span<const JudgedAnswer> answers, std::span<double> scores) const override;

 private:
  std::unique_ptr<Reward> reward_;  // keeps its threads, not what it was asked
};

}  // namespace trainbus
