// The losses of a zeroth-order step as work that processes share: L(θ ± εz) for each of its
// directions and micro-batches.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/export.hpp"
#include "core/ranks/work.hpp"
#include "engine/directions/example_rows.hpp"
#include "engine/directions/low_rank_direction.hpp"
#include "engine/objective.hpp"
#include "models/batch.hpp"
#include "models/model.hpp"
#include "models/weights/direction.hpp"
#include "models/weights/perturbed_weights.hpp"

namespace trainbus {

// How θ ± εz is made; see models/weights/perturbed_weights.hpp. On processors with vector
// instructions all kinds give the same bits and differ in time and memory only.
enum class WeightsKind {
  Dual,     // perturbed in the cache, slice by slice, both sides in one pass over the weights
  Cache,    // one side after the other: half the activations
  Scratch,  // as Cache, through scratch memory of a whole matrix
};

// At which points along a direction losses are computed.
enum class Sides : std::uint8_t {
  Both,  // θ + εz, then θ − εz
  Plus,  // θ + εz alone
};
inline std::size_t count_of(Sides sides) { return sides == Sides::Both ? 2 : 1; }

// How the losses are computed.
struct LossSettings {
  double eps = 1e-3;
  WeightsKind kind = WeightsKind::Dual;
  Sides sides = Sides::Both;
  // Every example of the window has a direction of its own, of low rank: the first this one, the
  // others the numbers after it. Then there are no other directions, and both sides.
  std::optional<LowRankOptions> examples = {};
  const Objective* objective = &loss_objective();  // "loss" is its value here; not null
  std::uint64_t step = 0;                          // counted from 0, for messages
};

// Item k is micro-batch k mod M of direction k / M, M micro-batches; its numbers are the losses of
// its sides, + before −. A direction of low rank is never stored, whatever the kind.
//
// With a direction for every example item k is micro-batch k, and its numbers are the losses of its
// examples, each at + and −. Throws UsageError if the model or a batch has no such thing as an
// example's own weights.
class TRAINBUS_EXPORT LossWork {
 public:
  // All references must outlive it, the directions and batches too.
  LossWork(const Model& model, std::span<const Direction* const> directions,
           std::span<const Batch> window, const LossSettings& settings, Scratch& scratch);
  ~LossWork();

  std::size_t items() const { return directions_per_batch() * window_.size(); }
  // Computes an item with θ as it is now.
  void compute(std::size_t item, std::vector<float>& numbers);
  // Without take. This object must outlive the work.
  ranks::Work work();

 private:
  std::size_t directions_per_batch() const { return settings_.examples ? 1 : directions_.size(); }
  void find_examples();
  void compute_examples(std::size_t micro, std::vector<float>& numbers) const;
  void prepare(const Direction& direction);

  const Model& model_;
  std::vector<const Direction*> directions_;
  std::span<const Batch> window_;
  LossSettings settings_;
  Scratch& scratch_;
  std::vector<ExampleRows> rows_;  // of each micro-batch, if its examples have directions
  // The weights of the direction that was computed last: one for both sides, or one a side.
  const Direction* prepared_ = nullptr;
  std::vector<std::unique_ptr<Weights>> weights_;
};

}  // namespace trainbus
