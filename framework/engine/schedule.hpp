// Learning-rate schedules: the numbers of transformers' get_scheduler.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/export.hpp"

namespace trainbus {

enum class ScheduleKind {
  Constant,
  ConstantWithWarmup,
  Linear,
  Cosine,
  CosineWithRestarts,
  Polynomial,
  InverseSqrt,
};

// "constant", "constant-with-warmup", "linear", …; throws UsageError with the nearest known name.
TRAINBUS_EXPORT ScheduleKind schedule_kind(std::string_view name);
TRAINBUS_EXPORT const std::vector<std::string>& schedule_names();

// A pure function of the step. Defaults are those of transformers.
struct TRAINBUS_EXPORT Schedule {
  ScheduleKind kind = ScheduleKind::Linear;
  double lr = 1e-3;               // the peak
  std::int64_t warmup_steps = 0;  // lr rises linearly from 0 over them
  std::int64_t total_steps = 1;
  double num_cycles = 0;       // 0: 0.5 waves for cosine, 1 for cosine with restarts
  double power = 1;            // polynomial
  double lr_end = 1e-7;        // polynomial
  std::int64_t timescale = 0;  // inverse square root; 0: warmup_steps, or 10000 without warm-up

  // The rate of optimizer step `step`, counted from 0.
  double at(std::int64_t step) const;
};

}  // namespace trainbus
