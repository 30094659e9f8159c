// The log-probabilities of a task's pairs at the weights that its run starts from: the reference
// model, of which nothing else is needed.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/export.hpp"
#include "engine/starting_scores.hpp"
#include "tasks/multiple_choice/choice_tokens.hpp"

namespace trainbus {

struct PreferencePair {
  std::vector<tasks::ScoredText> texts;  // the better answer, then the other
  std::size_t number = 0;                // among all pairs of the task

  std::size_t longest() const { return std::max(texts[0].ids.size(), texts[1].ids.size()); }
};

// Pairs as answer choices of which the first is right, with the scoring and without references.
Batch pair_batch(std::span<const PreferencePair* const> pairs, const ChoiceScoring& scoring);

// The log-probabilities themselves, in the order of the pairs, the better answer's first.
class TRAINBUS_EXPORT PreferenceReferences final : public StartingScores {
 public:
  // sums: of the answers' tokens, else means. pairs: all, in the order of their numbers; they must
  // outlive it.
  PreferenceReferences(std::vector<const PreferencePair*> pairs, bool sums,
                       std::int64_t batch_size);

  std::string name() const override;
  std::size_t count() const override { return 2 * pairs_.size(); }
  std::optional<std::vector<float>> compute(
      const Model& model,
      const std::function<bool(std::int64_t, std::int64_t)>& on_batch) const override;
  void use(std::vector<float> scores) override { scores_ = std::move(scores); }

  bool are_known() const { return !scores_.empty(); }
  // Of both answers; 0 until they are known.
  std::array<float, 2> of(const PreferencePair& pair) const;

 private:
  std::vector<const PreferencePair*> pairs_;
  bool sums_;
  std::size_t batch_size_;
  std::vector<float> scores_;
};

}  // namespace trainbus
