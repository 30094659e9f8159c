// What earlier attempts of a run did, so that the next one can replay it.
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

// Of validation and test, which are all that the journal knows.
TRAINBUS_EXPORT journal::Split journal_split(Split split);

// The steps from 1 to last_step() and what happened at them. A run that is new has none.
class TRAINBUS_EXPORT ReplaySource {
 public:
  ReplaySource() = default;
  // What the journal has up to last_step, which is at most its own.
  ReplaySource(const journal::Contents& journal, std::uint64_t last_step);

  std::uint64_t last_step() const { return steps_.size(); }
  // Number of the attempt that begins now.
  std::uint32_t attempt() const { return attempt_; }

  // All null if there is none. step: from 1; evaluations and saves also at 0.
  const journal::Step* step(std::uint64_t step) const;
  const journal::Evaluation* evaluation(std::uint64_t step, Split split) const;
  const journal::Save* save(std::uint64_t step) const;
  const journal::Hash* hash(std::uint64_t step) const;
  // Whether an attempt completed or was stopped for good after this step. What is done at such an
  // end was done then, or was not done by the version that ran it.
  bool ended_after(std::uint64_t step) const { return ends_.contains(step); }
  // Of the attempt that did this step; saves and evaluations belong to their step's.
  std::uint32_t attempt_of(std::uint64_t step) const;

  // The step after which the parameters were those that the model has when the run begins: 0 for
  // the start model, or a checkpoint's step, with the optimizer's state after it.
  std::uint64_t parameters_step = 0;
  std::optional<OptimizerState> optimizer_state;

 private:
  std::uint32_t attempt_ = 1;
  std::vector<journal::Step> steps_;
  std::vector<std::uint32_t> attempts_;  // of each step
  std::map<std::pair<std::uint64_t, journal::Split>, journal::Evaluation> evaluations_;
  std::map<std::uint64_t, journal::Save> saves_;
  std::map<std::uint64_t, journal::Hash> hashes_;
  std::set<std::uint64_t> ends_;
};

}  // namespace trainbus
