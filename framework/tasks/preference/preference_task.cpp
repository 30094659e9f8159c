#include "tasks/preference/preference_task.hpp"

#include <ATen/ops/empty.h>

#include <algorithm>

#include "tasks/data/data_digest.hpp"

namespace trainbus {
namespace {

using tasks::ScoredText;

// Both texts lose the same tokens of the prompt, behind the `kept` ones with which every text
// begins, then what is left too much at their ends. Returns whether they did.
bool cut_to(std::vector<ScoredText>& texts, std::size_t most, std::size_t kept) {
  std::size_t longest = 0, prompt = SIZE_MAX;
  for (const ScoredText& text : texts) {
    longest = std::max(longest, text.ids.size());
    prompt = std::min(prompt, text.ids.size() - text.scored);
  }
  if (longest <= most) return false;
  const std::size_t first = std::max<std::size_t>(kept, 1);  // an answer has something before it
  const std::size_t less = std::min(longest - most, prompt > first ? prompt - first : 0);
  for (ScoredText& text : texts) {
    const auto begin = text.ids.begin() + static_cast<std::ptrdiff_t>(kept);
    text.ids.erase(begin, begin + static_cast<std::ptrdiff_t>(less));
    if (text.ids.size() <= most) continue;
    text.scored -= static_cast<std::uint32_t>(text.ids.size() - most);
    text.ids.resize(most);
  }
  return true;
}

template <class Parts>
std::vector<const PreferencePair*> all_pairs(const Parts& parts) {
  std::vector<const PreferencePair*> pairs;
  for (const std::vector<PreferencePair>* part : parts.all())
    for (const PreferencePair& pair : *part) pairs.push_back(&pair);
  return pairs;
}

}  // namespace

PreferenceTask::PreferenceTask(const tasks::ChoiceDataset& dataset,
                               const tasks::TextEncoder& encode,
                               const PreferenceTaskOptions& options)
    : options_(options),
      parts_(
          dataset, options,
          [&](const tasks::ChoiceExample& given, std::size_t) { return tokenized(given, encode); },
          [](const PreferencePair& pair) { return pair.longest(); }) {
  if (options.has_references)
    references_ = std::make_unique<PreferenceReferences>(all_pairs(parts_), options.scoring.sums,
                                                         options.evaluation_batch_size);
}

PreferencePair PreferenceTask::tokenized(const tasks::ChoiceExample& given,
                                         const tasks::TextEncoder& encode) {
  PreferencePair pair{.texts = tasks::tokenize_choices(given, encode, SIZE_MAX, false).options,
                      .number = pairs_++};
  for (ScoredText& text : pair.texts) {
    if (!options_.end) continue;
    text.ids.push_back(*options_.end);
    ++text.scored;
  }
  cut_ += cut_to(pair.texts, static_cast<std::size_t>(options_.max_tokens), encode("").size());
  return pair;
}

Batch PreferenceTask::batch_of(std::span<const PreferencePair* const> pairs) const {
  Batch batch = pair_batch(pairs, options_.scoring);
  if (!references_ || !references_->are_known()) return batch;
  batch.choice_references = at::empty({static_cast<std::int64_t>(2 * pairs.size())}, at::kFloat);
  float* reference = batch.choice_references.mutable_data_ptr<float>();
  for (const PreferencePair* pair : pairs)
    for (const float of_answer : references_->of(*pair)) *reference++ = of_answer;
  return batch;
}

Batch PreferenceTask::train_batch(std::uint64_t epoch, std::int64_t index) const {
  return batch_of(parts_.train_batch(epoch, index));
}

Batch PreferenceTask::evaluation_batch(Split split, std::int64_t index) const {
  return batch_of(parts_.evaluation_batch(split, index));
}

std::string PreferenceTask::identity() const {
  tasks::DataDigest digest;
  for (const PreferencePair* pair : all_pairs(parts_))
    for (const ScoredText& text : pair->texts) {
      digest.add(text.ids);
      digest.add_text(std::to_string(text.scored) + '\0');
    }
  return digest.finish();
}

}  // namespace trainbus
