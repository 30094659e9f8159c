#include "engine/batch_check.hpp"

#include <cmath>
#include <span>

#include "core/io/error.hpp"

namespace trainbus {
namespace {

class Checker {
 public:
  Checker(const Batch& batch, BatchPlace place) : batch_(batch), place_(place) {}

  // B sequences of N tokens, or N rows of features.
  void check_inputs() const {
    if (!batch_.tokens.defined() && !batch_.features.defined())
      refuse("has neither tokens nor features");
    if (batch_.features.defined() && batch_.features.dim() != 2)
      refuse("has features of " + std::to_string(batch_.features.dim()) +
             " dimensions, expected [examples, features]");
    if (inputs() == 0) refuse("is empty");
    if (!(std::isfinite(batch_.weight) && batch_.weight > 0))
      refuse("weighs " + std::to_string(batch_.weight) + ", expected more than 0");
    if (batch_.tokens.defined()) check_sequences();
    within(batch_.logit_positions, "logit position", inputs(), "token");
  }

  void check_targets() const {
    const std::span<const std::int64_t> targets = indices(batch_.targets, "targets");
    if (targets.empty()) refuse("has no target");
    if (batch_.candidate_ids.defined())
      within(batch_.targets, "target", batch_.candidate_ids.numel(), "candidate id");
    if (batch_.choice_count == 0) {
      same_count("targets", batch_.targets, rows(), "logit position");
      return;
    }
    const std::int64_t labels = batch_.labels.defined() ? batch_.labels.numel() : 0;
    if (labels == 0) refuse("has answer choices but no label");
    within(batch_.labels, "label", batch_.choice_count, "answer choice");
    same_count("target positions", batch_.target_positions, batch_.targets.numel(), "target");
    same_count("target choices", batch_.target_choices, batch_.targets.numel(), "target");
    within(batch_.target_positions, "target position", rows(), "logit position");
    within(batch_.target_choices, "target choice", labels * batch_.choice_count, "answer choice");
    check_scoring(labels * batch_.choice_count);
  }

  void check_scores(const at::Tensor& logits, std::int64_t sides) const {
    if (!logits.defined() || logits.dim() != 3 || logits.size(0) != sides ||
        logits.size(1) != rows() || logits.size(2) == 0 ||
        (batch_.candidate_ids.defined() && logits.size(2) != batch_.candidate_ids.numel()))
      refuse("got scores of the shape " + shape_of(logits) + " from the model, expected [" +
                 std::to_string(sides) + ", " + std::to_string(rows()) + ", " +
                 (batch_.candidate_ids.defined() ? std::to_string(batch_.candidate_ids.numel())
                                                 : "classes") +
                 "]",
             "Logits are [sides, logit positions, classes]; see models/model.hpp.");
    if (batch_.targets.is_cpu()) within(batch_.targets, "target", logits.size(2), "class");
  }

 private:
  [[noreturn]] void refuse(const std::string& what,
                           const char* remedy = "Mend the task; see models/batch.hpp.") const {
    throw RunError(place_.text() + " " + what, "task", remedy);
  }
  void check_scoring(std::int64_t choices) const {
    const ChoiceScoring& how = batch_.scoring;
    if (!(how.scale > 0 && std::isfinite(how.scale)))
      refuse("has choices whose scores are scaled by " + std::to_string(how.scale) +
             ", expected more than 0");
    const bool of_pairs = how.loss == ChoiceScoring::Loss::Squared || how.smoothing > 0;
    if (of_pairs && batch_.choice_count != 2)
      refuse("has " + std::to_string(batch_.choice_count) +
             " answer choices, and its loss is one of pairs");
    const at::Tensor& references = batch_.choice_references;
    if (references.defined() && (references.scalar_type() != at::kFloat || references.dim() != 1 ||
                                 !references.is_contiguous() || references.numel() != choices))
      refuse("has references that are no contiguous [" + std::to_string(choices) + "] float32");
  }
  std::int64_t inputs() const {
    return batch_.tokens.defined() ? batch_.tokens.numel() : batch_.features.size(0);
  }
  // How many positions' logits the model returns. Without logit_positions a model of tokens
  // decides itself, all or one for each sequence, and there is one target for each.
  std::int64_t rows() const {
    if (batch_.logit_positions.defined()) return batch_.logit_positions.numel();
    if (!batch_.tokens.defined()) return inputs();
    return batch_.choice_count == 0 ? batch_.targets.numel() : inputs();
  }

  void check_sequences() const {
    const std::span<const std::int64_t> offsets = indices(batch_.offsets, "offsets");
    if (offsets.size() < 2 || offsets.front() != 0 || offsets.back() != inputs())
      refuse("has offsets that do not go from 0 to its " + std::to_string(inputs()) + " tokens");
    for (std::size_t i = 1; i < offsets.size(); ++i)
      if (offsets[i] <= offsets[i - 1]) refuse("has an empty sequence");
  }

  // An index tensor on the host.
  std::span<const std::int64_t> indices(const at::Tensor& tensor, const char* what) const {
    if (!tensor.defined()) refuse(std::string("has no ") + what);
    if (tensor.scalar_type() != at::kLong || tensor.dim() != 1 || !tensor.is_contiguous() ||
        !tensor.is_cpu())
      refuse(std::string("has ") + what + " that are no contiguous [n] int64 on the CPU");
    return {tensor.const_data_ptr<std::int64_t>(), static_cast<std::size_t>(tensor.numel())};
  }
  static std::string several(const std::string& noun, std::int64_t count) {
    return count == 1 ? noun : noun + (noun.ends_with('s') ? "es" : "s");
  }
  void within(const at::Tensor& tensor, const char* what, std::int64_t count,
              const char* of_what) const {
    if (!tensor.defined()) return;
    for (const std::int64_t index : indices(tensor, what))
      if (index < 0 || index >= count)
        refuse(std::string("has the ") + what + " " + std::to_string(index) + ", there are " +
               std::to_string(count) + " " + several(of_what, count) + " (counted from 0)");
  }
  void same_count(const char* what, const at::Tensor& tensor, std::int64_t count,
                  const char* of_what) const {
    const auto found = static_cast<std::int64_t>(indices(tensor, what).size());
    if (found != count)
      refuse("has " + std::to_string(found) + " " + what + ", expected one for each of " +
             std::to_string(count) + " " + several(of_what, count));
  }
  static std::string shape_of(const at::Tensor& tensor) {
    if (!tensor.defined()) return "nothing";
    std::string text = "[";
    for (const std::int64_t size : tensor.sizes())
      text += (text.size() > 1 ? ", " : "") + std::to_string(size);
    return text + "]";
  }

  const Batch& batch_;
  BatchPlace place_;
};

}  // namespace

std::string BatchPlace::text() const { return std::string(what) + " " + std::to_string(number); }

void check_batch(const Batch& batch, BatchPlace place) {
  const Checker checker(batch, place);
  checker.check_inputs();
  checker.check_targets();
}

void check_logits(const at::Tensor& logits, const Batch& batch, std::int64_t sides,
                  BatchPlace place) {
  Checker(batch, place).check_scores(logits, sides);
}

}  // namespace trainbus
