// Language modeling as batches: the part of the task that uses LibTorch.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/task.hpp"
#include "tasks/data/order.hpp"
#include "tasks/language_modeling/token_line.hpp"
#include "tasks/language_modeling/windows.hpp"

namespace trainbus {

struct LanguageTaskOptions {
  std::int64_t batch_size = 16;       // blocks per micro-batch
  std::int64_t block_size = 256;      // tokens; at least 2
  std::int64_t stride = 256;          // of evaluation windows; 1 to block_size
  bool isolate = false;               // documents do not see one another
  std::int64_t evaluation_limit = 0;  // windows per evaluation, of validation; 0: all
  std::uint64_t seed = 0;             // of the order of blocks
};

// Trains on whole blocks of the training part's line: every token is predicted from those of its
// block before it, or of its document in the block, whose positions then begin at 0. The loss is
// the mean cross-entropy per predicted token, and a batch weighs as many. Evaluates with strided
// windows over the part's line, or over each of its documents: "loss" in nats per token, and
// "perplexity", e to the power of it.
class TRAINBUS_EXPORT LanguageTask final : public Task {
 public:
  // lines: of training, validation and test. Throws UsageError if the training part has tokens but
  // no block, and for options out of their range.
  LanguageTask(std::array<tasks::TokenLine, 3> lines, const LanguageTaskOptions& options);

  std::int64_t batches_per_epoch() const override { return train_batches_.count(); }
  Batch train_batch(std::uint64_t epoch, std::int64_t index) const override;
  // A batch has windows with some hundred predicted tokens, since each needs as many logits as the
  // vocabulary has tokens; at least one window.
  std::int64_t evaluation_batches(Split split) const override;
  Batch evaluation_batch(Split split, std::int64_t index) const override;
  std::vector<MetricKind> metrics() const override;
  std::vector<std::string> objectives() const override { return {"loss"}; }
  Evaluation evaluate(const EvaluationPass& pass) const override;
  std::string identity() const override;  // SHA-256 of all tokens and where documents end

  std::size_t blocks() const { return blocks_.size(); }  // of the training part

 private:
  struct Part {
    tasks::TokenLine line;
    std::vector<tasks::Window> windows;  // of its evaluation
    std::vector<std::size_t> batches = {
        0};  // the first window of each evaluation batch; the last: the end
  };
  const Part& part(Split split) const { return parts_[static_cast<std::size_t>(split)]; }
  void choose_blocks();
  void choose_windows(Part& part, std::int64_t limit) const;
  std::span<const tasks::Window> windows_of(Split split, std::int64_t index) const;

  LanguageTaskOptions options_;
  std::array<Part, 3> parts_;
  std::vector<std::uint64_t> blocks_;  // numbers of those with a token to predict
  mutable tasks::EpochBatches train_batches_;
};

}  // namespace trainbus
