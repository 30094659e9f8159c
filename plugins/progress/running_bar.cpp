#include "running_bar.hpp"

#include <algorithm>
#include <utility>

namespace trainbus::progress {
namespace {

// Division keeps whole seconds whole: one step a second is 1.00it/s, not 1.00s/it.
double seconds(std::int64_t ns) { return static_cast<double>(ns) / 1e9; }

}  // namespace

void SmoothedMean::add(double value) {
  mean_ += weight_ * (value - mean_);
  share_ += weight_ * (1 - share_);
}

RunningBar::RunningBar(BarSettings settings, std::int64_t now_ns)
    : settings_(std::move(settings)),
      n_(settings_.initial),
      drawn_n_(n_),
      start_ns_(now_ns),
      drawn_ns_(now_ns),
      step_drawn_ns_(now_ns),
      next_refresh_ns_(now_ns + settings_.min_interval_ns),
      step_count_(settings_.smoothing),
      step_seconds_(settings_.smoothing) {}

void RunningBar::count_draw(std::int64_t now_ns) {
  drawn_ns_ = now_ns;
  next_refresh_ns_ = std::max(now_ns, next_refresh_ns_) + settings_.min_interval_ns;
}

bool RunningBar::advance(std::uint64_t n, std::int64_t now_ns) {
  n_ = std::max(n, n_);
  if (now_ns < step_due_ns()) return false;
  if (n_ <= drawn_n_) return false;
  const std::int64_t silence = settings_.longest_silence_ns;
  if (n_ - drawn_n_ < settings_.min_steps && (silence == 0 || now_ns < drawn_ns_ + silence))
    return false;
  const std::int64_t passed_ns = now_ns - step_drawn_ns_;
  if (passed_ns > 0) {
    step_count_.add(static_cast<double>(n_ - drawn_n_));
    step_seconds_.add(seconds(passed_ns));
  }
  drawn_n_ = n_;
  step_drawn_ns_ = now_ns;
  count_draw(now_ns);
  return true;
}

bool RunningBar::refresh(std::int64_t now_ns) {
  if (now_ns < refresh_due_ns()) return false;
  count_draw(now_ns);
  return true;
}

void RunningBar::exclude(std::int64_t ns) {
  excluded_ns_ += ns;
  step_drawn_ns_ += ns;
}

std::string RunningBar::line(std::int64_t now_ns, const Shown& shown) const {
  const bool smoothed = step_seconds_.value() > 0;
  const double rate = smoothed ? step_count_.value() / step_seconds_.value() : average_rate(now_ns);
  return render(now_ns, rate, shown);
}

std::string RunningBar::final_line(std::int64_t now_ns, const Shown& shown) const {
  return render(now_ns, average_rate(now_ns), shown);
}

double RunningBar::average_rate(std::int64_t now_ns) const {
  const std::int64_t passed_ns = now_ns - start_ns_ - excluded_ns_;
  return passed_ns > 0 ? static_cast<double>(n_ - settings_.initial) / seconds(passed_ns) : 0;
}

std::string RunningBar::render(std::int64_t now_ns, double rate, const Shown& shown) const {
  const Meter meter{.n = n_,
                    .total = settings_.total,
                    .initial = settings_.initial,
                    .elapsed_s = seconds(now_ns - start_ns_),
                    .due_s = shown.due_s,
                    .rate = rate,
                    .prefix = settings_.prefix,
                    .ascii = settings_.ascii};
  return format_line(meter, shown.notes, shown.room);
}

}  // namespace trainbus::progress
