// A long run: the cost of an event, and whether memory grows with the steps.
#include <malloc.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

#include "core/io/error.hpp"
#include "synthetic_run.hpp"
#include "trials.hpp"

namespace trainbus::cli {
namespace {

constexpr std::uint64_t window_steps = 10'000;
constexpr std::size_t windows = 10;
// Growth per window that is no leak: less than a byte per step is a table that grows now and then.
constexpr double least_growth = 10'000;

double heap_bytes() {
  const struct mallinfo2 info = mallinfo2();
  return static_cast<double>(info.uordblks + info.hblkhd);
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

std::uint64_t bytes_in(const std::filesystem::path& folder) {
  std::uint64_t bytes = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) bytes += entry.file_size();
  return bytes;
}

std::string with_unit(double value, const char* unit) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f %s", value, unit);
  return text;
}

// Throws if the run cannot finish before the trial's process is killed.
void check_pace(std::uint64_t done, double seconds, double limit_s) {
  if (seconds < limit_s / 2) return;
  const double per_step_ms = 1e3 * seconds / static_cast<double>(done);
  throw RunError("too slow: " + std::to_string(done) + " steps took " + with_unit(seconds, "s") +
                     ", " + with_unit(per_step_ms, "ms") + " each",
                 "", "");
}

std::string leak_message(double left) {
  return "it leaks: " + std::to_string(static_cast<std::int64_t>(left / windows)) +
         " bytes per 10,000 steps were not given back by destroy";
}

}  // namespace

void hundred_thousand_steps(const Subject& subject) {
  constexpr std::uint64_t steps = windows * window_steps;
  const double before = heap_bytes();
  Instance instance(subject);
  const Publish publish = [&](Event& event) { instance.publish(event); };
  synthetic::begin(publish, steps);
  std::array<double, windows> growth{};
  const auto start = std::chrono::steady_clock::now();
  for (std::size_t window = 0; window < windows; ++window) {
    const double at_first = heap_bytes();
    for (std::uint64_t i = 1; i <= window_steps; ++i) {
      const std::uint64_t step = window * window_steps + i;
      synthetic::steps(publish, step, step);
      if (step % 64 == 0) check_pace(step, seconds_since(start), subject.limit_s);
    }
    growth[window] = heap_bytes() - at_first;
  }
  synthetic::end(publish, steps);
  instance.destroy();
  // The median: a table that doubled or a buffer that was flushed is in few of the windows.
  std::ranges::nth_element(growth, growth.begin() + windows / 2);
  const double typical = growth[windows / 2];
  const double left = heap_bytes() - before;
  subject.record.steps = steps;
  subject.record.heap_per_10000_steps = typical >= least_growth ? typical : 0;
  subject.record.bytes_written = bytes_in(subject.folder);
  instance.check();
  if (typical >= least_growth && left >= typical * windows / 2)
    throw RunError(leak_message(left), "", "");
}

}  // namespace trainbus::cli
