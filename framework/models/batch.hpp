// One micro-batch, ready for a model: packed sequences, what of their output is read, and the
// targets.
#pragma once

#include <ATen/core/Tensor.h>

#include <compare>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/export.hpp"

namespace trainbus {

struct AnswerPrompt;  // see generation/answers.hpp

// How the log-probabilities of answer choices become scores, and those a loss. As it is made:
// cross-entropy over their means.
struct ChoiceScoring {
  bool sums = false;  // a choice's log-probability is the sum of its targets', else their mean
  // A score is the log-probability, less the choice's reference, times this; above 0. Preferences
  // have their β here, and then call scores implicit rewards.
  double scale = 1;
  enum class Loss {
    CrossEntropy,
    // Of pairs: (h − 1/(2·scale))², h the right choice's log-probability less the other's, each
    // less its reference (IPO, arXiv 2310.12036, equation 17).
    Squared,
  } loss = Loss::CrossEntropy;
  // Of cross-entropy: what the right choice's score has to be greater by (γ of SimPO, arXiv
  // 2405.14734, equation 6), and, of pairs, the share of the loss as if the other one were right.
  double margin = 0, smoothing = 0;

  auto operator<=>(const ChoiceScoring&) const = default;
};

// B sequences packed back to back without padding, N tokens in all; R logit positions and T target
// tokens are scored. All index tensors are int64 on the CPU, but for a device, which gets all but
// the offsets in its memory and sequences padded to one length.
struct Batch {
  at::Tensor tokens;    // [N] int64; undefined for models that read features
  at::Tensor features;  // [N, F] float32; undefined for models that read tokens
  // [N] int64, which of BERT's segments each token belongs to; undefined: all to segment 0.
  at::Tensor token_types;
  at::Tensor offsets;  // [B + 1] first token of each sequence, then N
  // [B] how many tokens of each sequence come before its padding; undefined: no padding.
  at::Tensor lengths;
  // [B] the sequence that each one continues, or −1; undefined: none continues another. A
  // continuation's tokens see all of its prefix and themselves, at the positions after it, so that
  // a prefix of several sequences is computed once. All continuations of a sequence follow it
  // directly and have none of their own. Decoders only.
  at::Tensor prefixes;
  // [B] how many tokens of each sequence's text were given before, whose keys and values are kept
  // (see models/generation/kv_cache.hpp); undefined: none. Not together with prefixes.
  at::Tensor starts;
  // [R] packed indices of the tokens whose logits are computed, ascending; undefined: all N.
  at::Tensor logit_positions;
  // [C] token ids whose logits are computed: rows of the output matrix; undefined: all V.
  at::Tensor candidate_ids;
  // [T] the column of the logits that is right. T = R, one at each logit position, unless there are
  // answer choices.
  at::Tensor targets;

  // Scores over answer choices of more than one token. The score of a choice is the mean
  // log-probability of its targets, or see scoring; several choices begin with a target at the same
  // position.
  std::int64_t choice_count = 0;  // of each example; 0: plain cross-entropy at each logit position
  at::Tensor target_positions;    // [T] which of the R logit positions predicts each target
  // [T] each target's choice: i is choice i % choice_count of example i / choice_count. A choice to
  // which no target belongs is none, its score is −∞: examples may have fewer than choice_count.
  at::Tensor target_choices;
  at::Tensor labels;  // [examples] the right choice of each example
  ChoiceScoring scoring;
  // [examples · choice_count] float32, what is taken from each choice's log-probability;
  // undefined: nothing.
  at::Tensor choice_references;

  // What the examples ask, for objectives that look at generated answers; null: nothing.
  std::shared_ptr<const std::vector<AnswerPrompt>> prompts;

  std::int64_t examples = 0;     // labelled examples
  std::int64_t token_count = 0;  // tokens computed, N

  // The weight of this micro-batch in its window: examples, or target tokens when the loss is per
  // token.
  double weight = 1;
};

// Whether each target is one of the whole vocabulary.
inline bool scores_tokens(const Batch& batch) {
  return batch.tokens.defined() && batch.logit_positions.defined() &&
         !batch.candidate_ids.defined();
}
// Whether, beside that, there is one at each logit position, as in language modeling.
inline bool predicts_tokens(const Batch& batch) {
  return scores_tokens(batch) && batch.choice_count == 0;
}

// The length of all sequences; 0 if they differ or if one continues another, or a text.
TRAINBUS_EXPORT std::int64_t padded_length(const Batch& batch);
// How many tokens the longest sequence has, with its prefix, or with what came before.
TRAINBUS_EXPORT std::int64_t longest_sequence(const Batch& batch);

// Each packed token's position in its sequence, counted on from its prefix or from what came
// before: [N] int64, where the tokens are. For learned position embeddings.
TRAINBUS_EXPORT at::Tensor token_positions(const Batch& batch);

// The packed index of each sequence's first token: [B] int64, where the tokens are.
TRAINBUS_EXPORT at::Tensor first_tokens(const Batch& batch);

}  // namespace trainbus
