#include "tasks/multiple_choice/choice_batches.hpp"

#include <ATen/ops/log_softmax.h>

#include <algorithm>

#include "tasks/data/data_digest.hpp"
#include "tasks/packing.hpp"

namespace trainbus {
namespace {

using tasks::ChoiceTokens;
using tasks::ScoredText;
using Ids = std::span<const std::int32_t>;

// The texts of one example after the other. The beginning that all of an example's texts share is a
// sequence of its own, which the rest of each continues. A text's last token is only predicted.
class ChoicePacking {
 public:
  void add(const std::vector<ScoredText>& texts) {
    const std::size_t shared = shared_tokens(texts);
    std::int64_t prefix = -1, last_scored = -1;
    if (shared > 0) {
      packing_.append(Ids(texts.front().ids).first(shared));
      if (std::ranges::any_of(texts, [&](const auto& text) { return first(text) == shared; }))
        last_scored = score(packing_.tokens.size() - 1);
      prefix = end_sequence(-1);
    }
    for (std::size_t k = 0; k < texts.size(); ++k) {
      choice_ = k;
      add_text(texts[k], shared, prefix, last_scored);
    }
    ++examples_;
    most_ = std::max(most_, texts.size());
  }

  Batch batch() const {
    Batch batch = packing_.batch();
    batch.prefixes = index_tensor(prefixes_);
    batch.target_positions = index_tensor(target_positions_);
    batch.choice_count = static_cast<std::int64_t>(most_);
    std::vector<std::int64_t> choices;
    for (const auto& [example, choice] : target_choices_)
      choices.push_back(static_cast<std::int64_t>(example * most_ + choice));
    batch.target_choices = index_tensor(choices);
    return batch;
  }

 private:
  // The index of the first scored token.
  static std::size_t first(const ScoredText& text) { return text.ids.size() - text.scored; }

  // How many tokens all texts begin with, none of them scored.
  static std::size_t shared_tokens(const std::vector<ScoredText>& texts) {
    if (texts.size() == 1) return 0;
    std::size_t shared = first(texts.front());
    for (const ScoredText& text : texts) {
      shared = std::min(shared, first(text));
      std::size_t same = 0;
      while (same < shared && text.ids[same] == texts.front().ids[same]) ++same;
      shared = same;
    }
    return shared;
  }

  void add_text(const ScoredText& text, std::size_t shared, std::int64_t prefix,
                std::int64_t last_scored) {
    const std::size_t begin = packing_.tokens.size();  // of the text's token `shared`
    packing_.append(Ids(text.ids).subspan(shared, text.ids.size() - 1 - shared));
    for (std::size_t t = first(text); t < text.ids.size(); ++t) {
      target_positions_.push_back(t == shared && shared > 0 ? last_scored
                                                            : score(begin + t - 1 - shared));
      target_choices_.emplace_back(examples_, choice_);
      packing_.targets.push_back(text.ids[t]);
    }
    if (packing_.tokens.size() > begin) end_sequence(prefix);
  }

  // The index of a token among the logit positions, to which it is added.
  std::int64_t score(std::size_t token) {
    packing_.positions.push_back(static_cast<std::int64_t>(token));
    return static_cast<std::int64_t>(packing_.positions.size()) - 1;
  }
  // The index of the sequence.
  std::int64_t end_sequence(std::int64_t prefix) {
    packing_.end_sequence();
    prefixes_.push_back(prefix);
    return static_cast<std::int64_t>(prefixes_.size()) - 1;
  }

  Packing packing_;
  std::vector<std::int64_t> prefixes_, target_positions_;
  std::vector<std::pair<std::size_t, std::size_t>> target_choices_;
  std::size_t examples_ = 0, most_ = 0;
  std::size_t choice_ = 0;  // of the current example
};

std::size_t longest(const ChoiceTokens& example) {
  std::size_t most = 0;
  for (const ScoredText& text : example.options) most = std::max(most, text.ids.size());
  return most;
}

Batch batch_of(std::span<const ChoiceTokens* const> examples) {
  std::vector<const std::vector<ScoredText>*> texts;
  std::vector<std::int64_t> labels;
  for (const ChoiceTokens* example : examples) {
    texts.push_back(&example->options);
    labels.push_back(example->right.front());
  }
  Batch batch = choice_batch(texts);
  batch.labels = index_tensor(labels);
  return batch;
}

}  // namespace

ChoiceTask::ChoiceTask(const tasks::ChoiceDataset& dataset, const tasks::TextEncoder& encode,
                       const ChoiceTaskOptions& options)
    : options_(options),
      parts_(
          dataset, options,
          [&](const tasks::ChoiceExample& example, std::size_t) {
            ChoiceTokens tokens = tasks::tokenize_choices(
                example, encode, static_cast<std::size_t>(options.max_tokens),
                options.score == ChoiceScore::Calibrated);
            cut_ += tokens.was_cut;
            return tokens;
          },
          longest) {}

Batch ChoiceTask::train_batch(std::uint64_t epoch, std::int64_t index) const {
  const std::vector<const ChoiceTokens*> examples = parts_.train_batch(epoch, index);
  if (options_.loss == ChoiceLoss::Choices) return batch_of(examples);
  std::vector<const ScoredText*> answers;
  for (const ChoiceTokens* example : examples)
    answers.push_back(&example->options[example->right.front()]);
  return answer_batch(answers);
}

Batch ChoiceTask::evaluation_batch(Split split, std::int64_t index) const {
  return batch_of(parts_.evaluation_batch(split, index));
}

std::string ChoiceTask::identity() const {
  tasks::DataDigest digest;
  for (const std::vector<ChoiceTokens>* part : parts_.all())
    for (const ChoiceTokens& example : *part) {
      digest.add(example.right);
      for (const ScoredText& text : example.options) {
        digest.add(text.ids);
        digest.add_text(std::to_string(text.scored));
      }
    }
  return digest.finish();
}

Batch choice_batch(std::span<const std::vector<ScoredText>* const> texts) {
  ChoicePacking packing;
  for (const std::vector<ScoredText>* each : texts) packing.add(*each);
  Batch batch = packing.batch();
  batch.examples = static_cast<std::int64_t>(texts.size());
  batch.weight = static_cast<double>(texts.size());
  return batch;
}

Batch answer_batch(std::span<const ScoredText* const> texts) {
  Packing packing;
  for (const ScoredText* text : texts) {
    const std::int64_t begin = packing.offsets.back();
    packing.append(Ids(text->ids).first(text->ids.size() - 1));
    packing.end_sequence();
    for (std::size_t t = text->ids.size() - text->scored; t < text->ids.size(); ++t) {
      packing.positions.push_back(begin + static_cast<std::int64_t>(t) - 1);
      packing.targets.push_back(text->ids[t]);
    }
  }
  Batch batch = packing.batch();
  batch.examples = static_cast<std::int64_t>(texts.size());
  batch.weight = static_cast<double>(packing.targets.size());
  return batch;
}

std::vector<double> choice_sums(const at::Tensor& logits, const Batch& batch) {
  const at::Tensor log_p = at::log_softmax(logits[0].to(at::kFloat), -1).contiguous();
  const float* row = log_p.const_data_ptr<float>();
  const std::int64_t* position = batch.target_positions.const_data_ptr<std::int64_t>();
  const std::int64_t* choice = batch.target_choices.const_data_ptr<std::int64_t>();
  const std::int64_t* target = batch.targets.const_data_ptr<std::int64_t>();
  std::vector<double> sums;
  for (std::int64_t t = 0; t < batch.targets.numel(); ++t) {
    if (t == 0 || choice[t] != choice[t - 1]) sums.push_back(0);
    sums.back() += row[position[t] * log_p.size(1) + target[t]];
  }
  return sums;
}

}  // namespace trainbus
