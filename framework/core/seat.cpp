#include "core/seat.hpp"

#include <algorithm>
#include <utility>

#include "core/bus.hpp"
#include "core/log.hpp"

namespace trainbus {
namespace {
// Messages that contain a step or a time are all distinct: enough is enough.
constexpr std::size_t most_messages = 20;
}  // namespace

Seat::Seat(std::shared_ptr<Observer> who) : observer(std::move(who)) {
  report.name = observer->name();
}

void Seat::count_call(std::int64_t ns) {
  ++report.events;
  report.total_ns += ns;
  report.worst_ns = std::max(report.worst_ns, ns);
}

void Seat::count_success(std::int64_t ns, std::uint64_t step) {
  count_call(ns);
  strikes = 0;
  report.last_delivered_step = step;
}

bool Seat::count_failure(std::string_view message, std::int64_t ns, std::uint64_t step) {
  count_call(ns);
  ++report.failures;
  report.last_failure = message;
  const std::string at_step = " (first at step " + std::to_string(step) + ")";
  if (messages_.size() < most_messages && messages_.emplace(message).second) {
    log::warning(report.name + ": " + report.last_failure + at_step);
    if (messages_.size() == most_messages)
      log::warning(report.name + ": further messages of it are counted but not shown");
  }
  if (++strikes < Bus::strikes_to_quarantine) return false;
  report.quarantined = true;
  log::error(report.name + " is quarantined after " + std::to_string(strikes) +
             " failures in a row: from step " + std::to_string(step) +
             " on nothing is delivered to it. The run goes on without it.");
  return true;
}

void Seat::warn_of_float_change() {
  if (std::exchange(warned_of_float_change_, true)) return;
  log::warning(
      report.name +
      ": changed the floating-point settings (rounding, denormals or traps) of its caller; "
      "they are put back after each call. Build it without -ffast-math.");
}

}  // namespace trainbus
