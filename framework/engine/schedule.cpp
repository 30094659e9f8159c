#include "engine/schedule.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/io/error.hpp"

namespace trainbus {
namespace {

double cosine(double waves, double progress) {
  return std::max(0.0, 0.5 * (1 + std::cos(std::numbers::pi * waves * 2 * progress)));
}

double polynomial(const Schedule& s, std::int64_t step) {
  if (step > s.total_steps) return s.lr_end / s.lr;
  const double remaining = 1 - static_cast<double>(step - s.warmup_steps) /
                                   static_cast<double>(s.total_steps - s.warmup_steps);
  return ((s.lr - s.lr_end) * std::pow(remaining, s.power) + s.lr_end) / s.lr;
}

double inverse_sqrt(const Schedule& s, std::int64_t step) {
  std::int64_t timescale = s.timescale;
  if (timescale == 0) timescale = s.warmup_steps > 0 ? s.warmup_steps : 10000;
  const double shift = static_cast<double>(timescale - s.warmup_steps);
  return 1 / std::sqrt((static_cast<double>(step) + shift) / static_cast<double>(timescale));
}

// The share of the peak rate after warm-up.
double decay(const Schedule& s, std::int64_t step) {
  const double after_warmup =
      std::max<double>(1, static_cast<double>(s.total_steps - s.warmup_steps));
  const double progress = static_cast<double>(step - s.warmup_steps) / after_warmup;
  switch (s.kind) {
    case ScheduleKind::Constant:
    case ScheduleKind::ConstantWithWarmup:
      return 1;
    case ScheduleKind::Linear:
      return std::max(0.0, static_cast<double>(s.total_steps - step) / after_warmup);
    case ScheduleKind::Cosine:
      return cosine(s.num_cycles == 0 ? 0.5 : s.num_cycles, progress);
    case ScheduleKind::CosineWithRestarts: {
      if (progress >= 1) return 0;
      const double cycles = s.num_cycles == 0 ? 1 : s.num_cycles;
      return cosine(0.5, std::fmod(cycles * progress, 1));
    }
    case ScheduleKind::Polynomial:
      return polynomial(s, step);
    case ScheduleKind::InverseSqrt:
      return inverse_sqrt(s, step);
  }
  return 1;
}

}  // namespace

const std::vector<std::string>& schedule_names() {
  static const std::vector<std::string> names = {
      "constant",   "constant-with-warmup", "linear", "cosine", "cosine-with-restarts",
      "polynomial", "inverse-sqrt"};
  return names;
}

ScheduleKind schedule_kind(std::string_view name) {
  const auto& names = schedule_names();
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end())
    throw UsageError("'" + std::string(name) + "' is no schedule", "lr-schedule",
                     did_you_mean(name, names));
  return static_cast<ScheduleKind>(found - names.begin());
}

double Schedule::at(std::int64_t step) const {
  if (kind != ScheduleKind::Constant && step < warmup_steps)
    return lr * (static_cast<double>(step) /
                 static_cast<double>(std::max<std::int64_t>(1, warmup_steps)));
  return lr * decay(*this, step);
}

}  // namespace trainbus
