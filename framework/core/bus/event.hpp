// An event: what happened, as numbers and text. Published on the bus, seen by observers.
#pragma once

#include <trainbus/plugin.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/export.hpp"

namespace trainbus {

enum class EventKind : std::uint32_t {
  TrainBegin = TB_ON_TRAIN_BEGIN,
  EpochBegin = TB_ON_EPOCH_BEGIN,
  EpochEnd = TB_ON_EPOCH_END,
  StepBegin = TB_ON_STEP_BEGIN,
  Forward = TB_ON_FORWARD,
  Backward = TB_ON_BACKWARD,
  OptimizerStep = TB_ON_OPTIMIZER_STEP,
  Step = TB_ON_STEP,
  EvalBegin = TB_ON_EVAL_BEGIN,
  PredictionStep = TB_ON_PREDICTION_STEP,
  Evaluate = TB_ON_EVALUATE,
  Save = TB_ON_SAVE,
  Exception = TB_ON_EXCEPTION,
  TrainEnd = TB_ON_TRAIN_END,
  Histogram = TB_ON_HISTOGRAM,
};

// "on_step" and so on; "on_unknown" for numbers that this version does not know.
TRAINBUS_EXPORT std::string_view event_name(EventKind kind);

enum class Phase : std::uint32_t { Train = 0, Evaluation = 1, CatchUp = 2 };

// The name of a metric, interned: equal names have equal data pointers, which live as long as the
// process. Thread-safe.
TRAINBUS_EXPORT tb_text intern(std::string_view name);

// How a tensor's numbers are distributed. Bucket i holds counts[i] finite numbers, those above
// limits[i - 1] (min for the first) and up to limits[i].
struct Histogram {
  double count = 0, nonfinite = 0;  // finite numbers, and the others
  double min = 0, max = 0, sum = 0, sum_squares = 0;
  std::vector<double> limits, counts;
};

// Host-side event. Its scalars may grow while it is published (metric observers add to it).
struct Event {
  EventKind kind = EventKind::Step;
  Phase phase = Phase::Train;
  std::uint32_t attempt = 1;
  std::uint64_t step = 0;
  std::uint64_t epoch = 0;
  std::int64_t unix_ns = 0;
  std::int64_t run_ns = 0;
  std::vector<tb_scalar> scalars;
  std::string text;
  std::vector<tb_text> metrics;                // TrainBegin: declared names
  std::shared_ptr<const Histogram> histogram;  // Histogram

  void set(tb_text name, double value) { scalars.push_back({name, value}); }
  // Pointer to the value of an interned name, or null.
  const double* find(tb_text name) const {
    for (const tb_scalar& s : scalars)
      if (s.name.data == name.data) return &s.value;
    return nullptr;
  }
};

}  // namespace trainbus
