// One optimizer step: the window of micro-batches, the losses at points of parameter space, the
// gradient, and the update. Optimizer plugins compute with this.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/export.hpp"
#include "core/journal/records.hpp"
#include "engine/communicator.hpp"
#include "engine/directions/low_rank_direction.hpp"
#include "engine/loss_work.hpp"
#include "engine/losses_ahead.hpp"
#include "engine/publisher.hpp"
#include "engine/replay/parameter_replay.hpp"
#include "models/model.hpp"
#include "models/weights/direction.hpp"
#include "models/weights/gradient_weights.hpp"
#include "models/weights/perturbed_weights.hpp"

namespace trainbus {

// L(θ + εz) and L(θ − εz), each the window's mean. Both are float32 values widened to double.
struct Losses {
  double plus = 0, minus = 0;
};

// One term of an update: θ ← θ − lr·g·z.
struct Move {
  const Direction* z;
  double g;
};

// Memory that is kept from step to step: scratch for perturbed weights, and gradients once they are
// used.
struct StepMemory {
  Scratch scratch;
  std::unique_ptr<GradientWeights> gradients;
};

// The inputs of a step.
struct StepInputs {
  Model& model;
  std::span<const Batch> window;  // micro-batches; empty if the step is recorded
  double lr = 0;
  std::uint64_t seed = 0, step = 0;
  std::uint64_t& forwards;  // forward passes of the run so far; the step adds its own
  StepMemory& memory;
  Publisher& publisher;
  // The step's record for the journal: an output of a step that is computed, an input of a recorded
  // one.
  journal::Step& record;
  // Whether the step was computed before, by an earlier attempt or by a device: then its losses
  // come from the record, and no forward pass is computed.
  bool recorded = false;
  // Applies the updates of a recorded step; null: the parameters contain them already.
  ParameterReplay* replay = nullptr;
  Communicator* communicator = nullptr;  // null: one process
  // Asked between forward passes by a run of one process: whether to give the step up, which may
  // take minutes. Then ranks::StepAbandoned is thrown, before any parameter changes; may be empty.
  std::function<bool()> give_up = {};
  // Overlapped steps; null: the losses are those of θ before this step. Of a recorded step: the
  // next one is computed, and begins before this one's update.
  LossesAhead* ahead = nullptr;
  const Objective* objective = &loss_objective();  // of a zeroth-order step; not null
};

// The result of a step, for on_step and the loop.
struct StepOutcome {
  double loss = 0;                 // mean over the window; for MeZO the mean of L+ and L−
  bool skipped = false;            // the update was not applied
  std::int64_t tokens = 0;         // read by the forward passes of all sides
  std::int64_t duration_ns = 0;    // filled in by the Stepper
  std::vector<tb_scalar> records;  // in the order of record()
};

// Publishes on_forward, on_backward and on_optimizer_step as they happen. One thread.
//
// A resumed run replays the steps of earlier attempts through the same calls of the optimizer: then
// losses and norms come from the journal, no forward pass is computed, and there are no gradients
// (update_each calls nothing).
//
// A step whose loss or gradient is not finite is skipped, whatever the optimizer does: its
// gradients are released, update() and update_each() change nothing, and outcome().skipped is true.
class TRAINBUS_EXPORT StepContext {
 public:
  explicit StepContext(const StepInputs& inputs);

  std::uint64_t step() const { return in_.step; }  // number of this step, counted from 0
  std::uint64_t seed() const { return in_.seed; }  // of the run
  double lr() const { return in_.lr; }
  // θ before this step.
  Parameters& parameters();

  // Zeroth order: both sides of every micro-batch, + before −, for each of these directions. θ is
  // read only. All directions in one call: then the processes of a run share them.
  std::vector<Losses> losses(std::span<const Direction* const> z, double eps,
                             WeightsKind kind = WeightsKind::Dual);
  Losses losses(const Direction& z, double eps, WeightsKind kind = WeightsKind::Dual);
  // The losses of a plan, each the window's mean, a float32 value widened to double: of its first
  // direction at + and, unless it has one side, at −, then of the next. With a direction for every
  // example: of each example of the window, in order, at + and at −.
  std::vector<double> losses(const LossPlan& plan);
  // θ ← (1 − ηλ)θ − ηgz, λ only for parameters that decay. If g is not finite, the update is
  // skipped. Publishes on_optimizer_step.
  void update(const Direction& z, double projected_grad, double weight_decay);
  // Several directions of one class, in one pass: θ ← (1 − ηλ)θ − η Σ gᵢzᵢ in the order given; if
  // one gᵢ is not finite, no term is applied. on_optimizer_step shows projected_grad.
  void update(std::span<const Move> moves, double projected_grad, double weight_decay);

  // First order: forward and backward of every micro-batch; the gradient equals that of one large
  // batch. If the loss or the gradients' norm is not finite, the step is skipped and no parameter
  // has a gradient.
  GradientWeights& gradients();
  // Scales the gradients so that their joint L2 norm is at most max_norm (0: no limit). Returns the
  // norm before. Publishes on_optimizer_step.
  double clip_gradients(double max_norm);
  // Calls each(value, gradient, parameter) without recording for every parameter that has a
  // gradient, unless the step is skipped. Publishes on_optimizer_step if clip_gradients has not.
  template <class Each>
  void update_each(Each&& each);

  // A number for on_step.
  void record(std::string_view name, double value);
  void record(tb_text name, double value) { outcome_.records.push_back({name, value}); }

  const StepOutcome& outcome() const { return outcome_; }
  // Called after the optimizer; returns the result of the step. Publishes on_optimizer_step for a
  // first-order step whose optimizer updated the parameters without update_each.
  StepOutcome finish();

 private:
  std::vector<double> point_losses(std::span<const Direction* const> z,
                                   const LossSettings& settings);
  std::vector<double> computed_losses(std::span<const Direction* const> z,
                                      const LossSettings& settings);
  std::vector<double> replayed_losses(std::size_t directions, std::size_t sides);
  void add_direction(std::span<const float> numbers, std::size_t sides,
                     std::vector<double>& points);
  std::vector<double> example_losses(const LossSettings& settings);
  std::vector<double> replayed_examples();
  void take_examples(std::size_t micro, std::span<const float> numbers,
                     std::vector<double>& points);
  void take_losses(std::span<const Direction* const> z, const LossSettings& settings,
                   const ranks::Take& take);
  void begin_next();
  void replay_direction(std::size_t sides, std::vector<double>& points);
  void replay_gradients();
  void compute_gradients(GradientWeights& weights);
  void sum_gradients(GradientWeights& weights);
  void measure_gradients();
  void publish_update();
  bool begin_update_each();
  void count_direction(std::span<const double> sides);
  void record_forward(double loss, std::size_t micro, int side);
  void publish_forward(double loss, std::size_t micro, int side);
  void publish_backward(std::size_t micro);
  double norm_of_gradients();
  std::uintptr_t state_of_gradients();
  void scale_gradients(double scale);
  void keep_or_compare(std::span<const Direction::Term> terms, float decay);
  std::size_t micro_count() const;
  double total_weight() const;
  float next_loss();
  [[noreturn]] void refuse_record(const std::string& what) const;

  StepInputs in_;
  StepOutcome outcome_;
  double directions_loss_ = 0;    // sum of the losses of this step's directions so far
  std::uint64_t directions_ = 0;  // their number
  // How many of the record's losses and means, if the step is recorded.
  std::size_t losses_read_ = 0, means_read_ = 0;

  // First order: the gradients' norm, and state_of_gradients() when it was measured.
  bool took_gradients_ = false, published_update_ = false;
  double norm_ = 0;
  std::uintptr_t measured_ = 0;
};

template <class Each>
void StepContext::update_each(Each&& each) {
  if (!begin_update_each()) return;
  for (ParameterId id = 0; id < parameters().size(); ++id)
    if (const at::Tensor& gradient = in_.memory.gradients->gradient(id); gradient.defined())
      each(parameters()[id].value, gradient, id);
}

}  // namespace trainbus
