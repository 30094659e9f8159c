// The optimizer interface: what an optimizer plugin implements, and how it is exported.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/catalog.hpp"
#include "core/export.hpp"
#include "core/option.hpp"
#include "models/parameters.hpp"

namespace trainbus {

class StepContext;

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
  // Names of the numbers that it records in on_step, for the declaration of columns.
  virtual std::vector<std::string> metrics() const { return {}; }
};

using OptimizerFactory = std::unique_ptr<Optimizer> (*)(const OptionValues& options);

// The factory of a loaded optimizer plugin; PluginError if it is none.
TRAINBUS_EXPORT OptimizerFactory optimizer_factory(const Plugin& plugin);

// The hash that the symbol of this build's engine plugins carries.
TRAINBUS_EXPORT std::string engine_tag();

}  // namespace trainbus

// At the end of an optimizer plugin's only source file: exports the class, which is constructed
// from `const OptionValues&` and has `static constexpr tb_option`s listed in a `static constexpr
// const tb_option* options[]`. TRAINBUS_ENGINE_SYMBOL carries the build tag's hash; see
// cmake/EngineTag.cmake.
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
      Class::options,                                                               \
      std::size(Class::options),                                                    \
      reinterpret_cast<void (*)()>(&trainbus_create)};
