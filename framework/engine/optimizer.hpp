// The optimizer interface: what an optimizer plugin implements, and how it is exported.
#pragma once

#include <trainbus/plugin/option_schema.hpp>

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/export.hpp"
#include "core/host/catalog.hpp"
#include "core/host/option.hpp"
#include "engine/loss_work.hpp"
#include "engine/step_device.hpp"
#include "models/weights/direction.hpp"
#include "models/weights/parameters.hpp"

namespace trainbus {

class StepContext;

// What an optimizer keeps from step to step, by name: moments, and counters as tensors without
// dimensions, all contiguous on the CPU.
using OptimizerState = std::map<std::string, at::Tensor>;

// The losses that a step will ask for.
struct LossPlan {
  std::vector<std::unique_ptr<Direction>> directions;
  double eps = 1e-3;
  WeightsKind kind = WeightsKind::Dual;
  Sides sides = Sides::Both;
  // A direction for every example of the window, instead of the above; see LossSettings.
  std::optional<LowRankOptions> examples = {};
};

// Decides how many forward passes a step takes and how the parameters are updated. One instance a
// run, one thread.
class TRAINBUS_EXPORT Optimizer {
 public:
  virtual ~Optimizer();

  // One optimizer step over the window that the context holds.
  virtual void step(StepContext& step) = 0;
  // The peak learning rate; the schedule turns it into the rate of each step.
  virtual double lr() const = 0;
  // Called once, before the run begins: throws UsageError if it cannot train parameters like these.
  // The default accepts float32 only.
  virtual void check(const Parameters& parameters) const;
  // Whether a step depends on its losses alone, through StepContext::losses and update, as
  // zeroth-order steps do. Then a resumed run replays its steps from the journal.
  virtual bool replays() const { return false; }
  // Its state for checkpoints: after restore(state(…)) the optimizer takes the same steps. A run
  // whose optimizer lacks these two cannot be resumed from a checkpoint: restore throws RunError.
  // The tensors may share memory with the optimizer.
  virtual std::optional<OptimizerState> state(const Parameters& parameters) const;
  // Throws RunError if the state is that of another optimizer or of other options.
  virtual void restore(const OptimizerState& state, const Parameters& parameters);
  // The rule by which a device takes its steps; see StepDevice. Throws UsageError if a device
  // cannot take them.
  virtual DeviceRule device_rule() const;
  // How many directions a step has: with the micro-batches, the items that the processes of a run
  // share. Of a first-order optimizer: 1.
  virtual std::size_t directions() const { return 1; }
  // The option that says how many, for messages; empty: there is none.
  virtual std::string_view directions_option() const { return "directions"; }
  // The one call of StepContext::losses that the step, counted from 0, will make, as far as it can
  // be said before the step; needed for --overlap 1. None: it cannot.
  virtual std::optional<LossPlan> plan_losses(const Parameters& parameters, std::uint64_t seed,
                                              std::uint64_t step) const;
  // Among how many directions the elements are divided in each step, as kernels/direction.hpp has
  // it; 1: every direction has them all. A run's journal names the number.
  virtual std::uint16_t shares() const { return 1; }
  // Names of the numbers that it records for on_step.
  virtual std::vector<std::string> metrics() const { return {}; }
};

// The tensor of this name, checked to be of these sizes and this type. Throws RunError.
TRAINBUS_EXPORT const at::Tensor& state_tensor(const OptimizerState& state, const std::string& name,
                                               at::IntArrayRef sizes, at::ScalarType type);
// Converts a number to a state tensor without dimensions, float64, and back.
TRAINBUS_EXPORT at::Tensor state_number(double value);
TRAINBUS_EXPORT double state_number(const OptimizerState& state, const std::string& name);

using OptimizerFactory = std::unique_ptr<Optimizer> (*)(const OptionValues& options);

// The factory of a loaded optimizer plugin; PluginError if it is none.
TRAINBUS_EXPORT OptimizerFactory optimizer_factory(const Plugin& plugin);

// The build tag's hash: it is part of the symbol that this build's engine plugins export.
TRAINBUS_EXPORT std::string engine_tag();

}  // namespace trainbus

// At the end of an optimizer plugin's only source file: exports the class, which is constructed
// from `const OptionValues&` and has a `static constexpr option::Schema options[]`:
//
//     static constexpr option::Schema options[] = {
//         option::real("lr", "1e-3", "peak learning rate").min(0).max(1e3)};
//
// TRAINBUS_ENGINE_SYMBOL carries the build tag's hash; see cmake/EngineTag.cmake.
#define TRAINBUS_OPTIMIZER(Class, id_text, version_text, summary_text)              \
  static std::unique_ptr<::trainbus::Optimizer> trainbus_create(                    \
      const ::trainbus::OptionValues& options) {                                    \
    return std::make_unique<Class>(options);                                        \
  }                                                                                 \
  extern "C" TRAINBUS_EXPORT const ::trainbus::EngineModule TRAINBUS_ENGINE_SYMBOL; \
  const ::trainbus::EngineModule TRAINBUS_ENGINE_SYMBOL = {                         \
      "optimizer",                                                                  \
      id_text,                                                                      \
      version_text,                                                                 \
      summary_text,                                                                 \
      ::trainbus::option::Table<Class::options>::pointers.data(),                   \
      std::size(Class::options),                                                    \
      reinterpret_cast<void (*)()>(&trainbus_create)};
