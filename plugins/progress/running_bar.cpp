#include "running_bar.hpp"

#include <algorithm>
#include <trainbus/plugin/display_width.hpp>
#include <utility>

#include "bar.hpp"

namespace trainbus::progress {
namespace {

// Division keeps whole seconds whole: one step a second is 1.00it/s, not 1.00s/it.
double seconds(std::int64_t ns) { return static_cast<double>(ns) / 1e9; }

std::string joined(std::span<const std::string> notes) {
  std::string out;
  for (const std::string& note : notes) out.append(out.empty() ? "" : ", ").append(note);
  return out;
}

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
      step_drawn_ns_(now_ns),
      next_refresh_ns_(now_ns + settings_.min_interval_ns),
      step_count_(settings_.smoothing),
      step_seconds_(settings_.smoothing) {}

void RunningBar::count_draw(std::int64_t now_ns) {
  next_refresh_ns_ = std::max(now_ns, next_refresh_ns_) + settings_.min_interval_ns;
}

bool RunningBar::advance(std::uint64_t n, std::int64_t now_ns) {
  n_ = n;
  const std::int64_t passed_ns = now_ns - step_drawn_ns_;
  if (n_ <= drawn_n_ || passed_ns < settings_.min_interval_ns) return false;
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
  if (now_ns < next_refresh_ns_) return false;
  count_draw(now_ns);
  return true;
}

void RunningBar::pause(std::int64_t now_ns) {
  if (!paused_ns_) paused_ns_ = now_ns;
}

void RunningBar::resume(std::int64_t now_ns) {
  if (!paused_ns_) return;
  const std::int64_t away_ns = now_ns - *std::exchange(paused_ns_, std::nullopt);
  start_ns_ += away_ns;
  step_drawn_ns_ += away_ns;
}

std::string RunningBar::line(std::int64_t now_ns, std::optional<std::size_t> width,
                             std::span<const std::string> notes) const {
  std::optional<double> rate;
  if (step_seconds_.value() > 0) rate = step_count_.value() / step_seconds_.value();
  return render(now_ns, rate, width, notes);
}

std::string RunningBar::final_line(std::int64_t now_ns, std::optional<std::size_t> width,
                                   std::span<const std::string> notes) const {
  return render(now_ns, std::nullopt, width, notes);
}

std::string RunningBar::render(std::int64_t now_ns, std::optional<double> rate,
                               std::optional<std::size_t> width,
                               std::span<const std::string> notes) const {
  Meter meter{.n = n_,
              .total = settings_.total,
              .initial = settings_.initial,
              .elapsed_s = seconds(paused_ns_.value_or(now_ns) - start_ns_),
              .rate = rate,
              .prefix = settings_.prefix,
              .ascii = settings_.ascii};
  // The least that the line needs is the one without a bar, and "|_|" if it has one.
  const bool has_bar = settings_.total && n_ <= *settings_.total;
  const auto fits = [&](const std::string& postfix) {
    Meter smallest = meter;
    smallest.width = 0;
    smallest.postfix = postfix;
    return display_width(format_meter(smallest)) + (has_bar ? 3 : 0) <= *width;
  };
  std::string postfix = joined(notes);
  while (width && !notes.empty() && !fits(postfix)) {
    notes = notes.first(notes.size() - 1);
    postfix = joined(notes);
  }
  meter.width = width;
  meter.postfix = postfix;
  return format_meter(meter);
}

}  // namespace trainbus::progress
