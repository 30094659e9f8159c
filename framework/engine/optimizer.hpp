// The optimizer interface: what an optimizer plugin implements, and how it is exported.
#pragma once

#include <trainbus/plugin/option_schema.hpp>

#include <ATen/core/Tensor.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/export.hpp"
#include "core/host/catalog.hpp"
#include "core/host/option.hpp"
#include "engine/step_device.hpp"
#include "models/parameters.hpp"

namespace trainbus {

class StepContext;

// What an optimizer keeps from step to step, by name: moments, counters (of no dimension), all
// contiguous on the CPU.
using OptimizerState = std::map<std::string, at::Tensor>;

// Owns how many forwards a step takes and how the parameters are updated. One instance a run, one
// thread.
class TRAINBUS_EXPORT Optimizer {
 public:
  virtual ~Optimizer();

  // One optimizer step over the window that the context holds.
  virtual void step(StepContext& step) = 0;
  // The peak learning rate; the schedule turns it into the rate of each step.
  virtual double lr() const = 0;
  // Called once, before the run begins: throws UsageError if it cannot train parameters like these.
  // Without its own, an optimizer takes float32 only.
  virtual void check(const Parameters& parameters) const;
  // Whether a step is a function of its losses alone, through StepContext::losses and update, as
  // zeroth-order steps are: then the journal is all that a resumed run needs, its steps are
  // replayed from there.
  virtual bool replays() const { return false; }
  // What it keeps, for checkpoints: a run that goes on with restore(state(…)) takes the same steps.
  // Without these two a run with this optimizer cannot be resumed from a checkpoint, and says so.
  // The tensors may share memory with the optimizer.
  virtual std::optional<OptimizerState> state(const Parameters& parameters) const;
  // Throws RunError if the state is not of an optimizer like this one.
  virtual void restore(const OptimizerState& state, const Parameters& parameters);
  // What its steps are to a device that takes them by itself; see StepDevice. Throws UsageError if
  // they are nothing that a device can do alone.
  virtual DeviceRule device_rule() const;
  // Names of the numbers that it records in on_step, for the declaration of columns.
  virtual std::vector<std::string> metrics() const { return {}; }
};

// The tensor of this name, checked to be of these sizes and this type. Throws RunError.
TRAINBUS_EXPORT const at::Tensor& state_tensor(const OptimizerState& state, const std::string& name,
                                               at::IntArrayRef sizes, at::ScalarType type);
// Numbers as state tensors of no dimension, float64, and back.
TRAINBUS_EXPORT at::Tensor state_number(double value);
TRAINBUS_EXPORT double state_number(const OptimizerState& state, const std::string& name);

using OptimizerFactory = std::unique_ptr<Optimizer> (*)(const OptionValues& options);

// The factory of a loaded optimizer plugin; PluginError if it is none.
TRAINBUS_EXPORT OptimizerFactory optimizer_factory(const Plugin& plugin);

// The hash that the symbol of this build's engine plugins carries.
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
