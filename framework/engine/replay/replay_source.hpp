// The steps of earlier attempts of a run, from its journal, for the next attempt to replay.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "core/export.hpp"
#include "core/journal/reader.hpp"
#include "engine/optimizer.hpp"
#include "engine/task.hpp"

namespace trainbus {

// The journal's name for the validation or test split; it has no others.
TRAINBUS_EXPORT journal::Split journal_split(Split split);

// The steps from 1 to last_step(), with their evaluations, saves and hashes. A new run has none.
class TRAINBUS_EXPORT ReplaySource {
 public:
  ReplaySource() = default;
  // The journal's records up to last_step, which is at most the journal's last step.
  ReplaySource(const journal::Contents& journal, std::uint64_t last_step);

  std::uint64_t last_step() const { return steps_.size(); }
  // Number of the attempt that begins now.
  std::uint32_t attempt() const { return attempt_; }

  // Each returns null if there is none. Steps count from 1; evaluations and saves may also be at 0.
  const journal::Step* step(std::uint64_t step) const;
  const journal::Evaluation* evaluation(std::uint64_t step, Split split) const;
  const journal::Save* save(std::uint64_t step) const;
  const journal::Hash* hash(std::uint64_t step) const;
  // Whether an attempt completed or was stopped for good after this step. Then what is done at the
  // end of a run was done by that attempt, or its version did not do it.
  bool ended_after(std::uint64_t step) const { return ends_.contains(step); }
  // The number of the attempt that took this step; its saves and evaluations belong to it too.
  std::uint32_t attempt_of(std::uint64_t step) const;

  // The step that the model's parameters belong to when the run begins: 0 for the start model, or a
  // checkpoint's step, then with the optimizer's state after that step.
  std::uint64_t parameters_step = 0;
  std::optional<OptimizerState> optimizer_state;

 private:
  std::uint32_t attempt_ = 1;
  std::vector<journal::Step> steps_;
  std::vector<std::uint32_t> attempts_;  // the attempt of each step
  std::map<std::pair<std::uint64_t, journal::Split>, journal::Evaluation> evaluations_;
  std::map<std::uint64_t, journal::Save> saves_;
  std::map<std::uint64_t, journal::Hash> hashes_;
  std::set<std::uint64_t> ends_;
};

}  // namespace trainbus
