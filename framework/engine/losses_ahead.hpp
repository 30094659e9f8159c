// Overlapped steps: the losses of the next step are begun before this step's update, so that the
// exchange of one step's numbers takes place while the next one's are computed.
//
// θ(t+1) = θ(t) − η·ĝ(θ(t−1)): the losses of a step lack the update of the step before. That is a
// run of its own, with its own bits, the same for any number of processes.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "core/export.hpp"
#include "engine/communicator.hpp"
#include "engine/loss_work.hpp"
#include "engine/optimizer.hpp"
#include "engine/windows.hpp"
#include "models/model.hpp"

namespace trainbus {

class TRAINBUS_EXPORT LossesAhead {
 public:
  // All references must outlive it. last: the number of steps of the run.
  LossesAhead(Model& model, const Optimizer& optimizer, const Windows& windows,
              Communicator& communicator, Scratch& scratch, std::uint64_t seed, std::uint64_t last,
              const Objective& objective = loss_objective())
      : model_(model),
        optimizer_(optimizer),
        windows_(windows),
        communicator_(communicator),
        scratch_(scratch),
        seed_(seed),
        last_(last),
        objective_(objective) {}

  // Begins the round of this step, counted from 0, at θ as it is now; nothing if it has begun, or
  // if the run has no such step.
  void begin(std::uint64_t step);
  // The batches of the oldest round, which is that of the step to be taken.
  std::span<const Batch> window() const { return rounds_.front()->window; }
  // Waits for the oldest round's numbers. asked: how many losses the optimizer asks for now, of all
  // directions and sides, 0 if each example has a direction; throws RunError if it said another
  // number before.
  void finish(std::size_t asked, const ranks::Take& take);

 private:
  struct Round {
    LossPlan plan;
    std::vector<const Direction*> directions;
    std::vector<Batch> window;
    std::unique_ptr<LossWork> work;
  };
  Model& model_;
  const Optimizer& optimizer_;
  const Windows& windows_;
  Communicator& communicator_;
  Scratch& scratch_;
  std::uint64_t seed_, last_;
  const Objective& objective_;
  std::uint64_t next_ = 0;  // the first step that was not begun
  std::deque<std::unique_ptr<Round>> rounds_;
};

}  // namespace trainbus
