#include "tasks/preference/preference_references.hpp"

#include <ATen/core/grad_mode.h>

#include <functional>
#include <utility>

#include "engine/batch_check.hpp"
#include "engine/evaluation/evaluation.hpp"
#include "tasks/data/evaluation_batches.hpp"
#include "tasks/data/message_text.hpp"
#include "tasks/multiple_choice/choice_batches.hpp"
#include "tasks/packing.hpp"

namespace trainbus {

Batch pair_batch(std::span<const PreferencePair* const> pairs, const ChoiceScoring& scoring) {
  std::vector<const std::vector<tasks::ScoredText>*> texts;
  for (const PreferencePair* pair : pairs) texts.push_back(&pair->texts);
  Batch batch = choice_batch(texts);
  batch.labels = index_tensor(std::vector<std::int64_t>(pairs.size(), 0));
  batch.scoring = scoring;
  return batch;
}

PreferenceReferences::PreferenceReferences(std::vector<const PreferencePair*> pairs, bool sums,
                                           std::int64_t batch_size)
    : pairs_(std::move(pairs)), sums_(sums), batch_size_(static_cast<std::size_t>(batch_size)) {}

std::string PreferenceReferences::name() const {
  return "the reference log-probabilities of " + tasks::counted(pairs_.size(), "pair");
}

std::optional<std::vector<float>> PreferenceReferences::compute(
    const Model& model, const std::function<bool(std::int64_t, std::int64_t)>& on_batch) const {
  const at::NoGradGuard no_grad;
  std::vector<std::size_t> lengths;
  for (const PreferencePair* pair : pairs_) lengths.push_back(pair->longest());
  const tasks::EvaluationBatches batches(lengths, 0, static_cast<std::int64_t>(batch_size_));
  std::vector<float> scores(count());
  for (std::int64_t i = 0; i < batches.count(); ++i) {
    std::vector<const PreferencePair*> pairs;
    for (const std::uint32_t number : batches.batch(i)) pairs.push_back(pairs_[number]);
    const BatchPlace place{"reference batch", static_cast<std::uint64_t>(i)};
    const Batch batch = pair_batch(pairs, {.sums = sums_});
    check_batch(batch, place);
    const at::Tensor found = Scorer(model).class_scores(batch, place);  // [pairs, 2]
    const auto* score = found.const_data_ptr<float>();
    for (const PreferencePair* pair : pairs)
      for (const std::size_t answer : {0, 1}) scores[2 * pair->number + answer] = *score++;
    if (on_batch && !on_batch(i + 1, batches.count())) return std::nullopt;
  }
  return scores;
}

std::array<float, 2> PreferenceReferences::of(const PreferencePair& pair) const {
  if (scores_.empty()) return {};
  return {scores_[2 * pair.number], scores_[2 * pair.number + 1]};
}

}  // namespace trainbus
