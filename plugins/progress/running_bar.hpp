// A running bar: its line at a time, its rate, and when it has to be drawn. Times are nanoseconds
// of one steady clock, given by the caller. Rules: tqdm 4.69 (tqdm/std.py, update, close).
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "bar.hpp"

namespace trainbus::progress {

// An exponential moving average without the bias of its start: with weight 0.3 the numbers 1, 2, 3
// give 1, 1.588, 2.233.
class SmoothedMean {
 public:
  explicit SmoothedMean(double weight) : weight_(weight) {}
  void add(double value);
  double value() const { return share_ > 0 ? mean_ / share_ : 0; }

 private:
  double weight_, mean_ = 0;
  double share_ = 0;  // of mean_ that stems from values, not from its start at 0
};

struct BarSettings {
  std::string prefix;                          // "Training"
  std::optional<std::uint64_t> total;          // unknown: no bar, only counts
  std::uint64_t initial = 0;                   // steps done before a resumed run began
  double smoothing = 0.3;                      // weight of the newest rate; 0: the average of all
  std::int64_t min_interval_ns = 100'000'000;  // between two draws
  // Least number of steps from one draw to the next, unless the last draw is longest_silence_ns ago
  // (0: never).
  std::uint64_t min_steps = 1;
  std::int64_t longest_silence_ns = 0;
  bool ascii = false;
};

// What is shown beside the counts.
struct Shown {
  Room room = {};
  std::span<const std::string> notes = {};
  double due_s = 0;  // time of work to come besides the steps
};

class RunningBar {
 public:
  RunningBar(BarSettings settings, std::int64_t now_ns);

  // n steps are done. Returns whether the line has to be drawn, by tqdm's rules.
  bool advance(std::uint64_t n, std::int64_t now_ns);
  // n steps are done; the next advance() counts them. For a line that is drawn in between.
  void reach(std::uint64_t n) { n_ = std::max(n, n_); }
  // Returns whether the line may be drawn although no step was completed. On average a bar is drawn
  // once per interval; a completed step takes precedence over a refresh.
  bool refresh(std::int64_t now_ns);
  // Before these times the two functions above return false.
  std::int64_t step_due_ns() const {
    const std::int64_t due = step_drawn_ns_ + settings_.min_interval_ns;
    const std::int64_t silence = settings_.longest_silence_ns;
    return silence > 0 ? std::min(due, drawn_ns_ + silence) : due;
  }
  std::int64_t refresh_due_ns() const { return next_refresh_ns_; }
  // When nothing has been drawn for twice the longest silence, though a step would have been.
  std::int64_t silence_ends_ns() const {
    return std::max(drawn_ns_ + 2 * settings_.longest_silence_ns, next_refresh_ns_);
  }

  // Excludes time that was not spent in steps from the rate.
  void exclude(std::int64_t ns);

  std::string line(std::int64_t now_ns, const Shown& shown) const;
  // The same with the average rate of the whole run, for the end of the run.
  std::string final_line(std::int64_t now_ns, const Shown& shown) const;

  std::uint64_t n() const { return n_; }

 private:
  std::string render(std::int64_t now_ns, double rate, const Shown& shown) const;
  double average_rate(std::int64_t now_ns) const;
  void count_draw(std::int64_t now_ns);

  BarSettings settings_;
  std::uint64_t n_, drawn_n_;
  // drawn_ns_: the last draw; step_drawn_ns_: of a step, later by what is excluded.
  std::int64_t start_ns_, drawn_ns_, step_drawn_ns_, next_refresh_ns_;
  std::int64_t excluded_ns_ = 0;
  SmoothedMean step_count_, step_seconds_;  // per draw
};

}  // namespace trainbus::progress
