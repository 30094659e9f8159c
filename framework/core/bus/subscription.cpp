#include "core/bus/subscription.hpp"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "core/bus/bus.hpp"
#include "core/io/log.hpp"

namespace trainbus {
namespace {
// Messages that contain a step or a time are all distinct, so their number is limited.
constexpr std::size_t most_messages = 20;
}  // namespace

Subscription::Subscription(std::shared_ptr<Observer> who)
    : observer(std::move(who)), filter(observer->intake().filter) {
  report.name = observer->name();
  report.role = observer->role();
  if (observer->intake().isolated) report.delivery = "isolated";
}

void Subscription::count_call(std::int64_t ns) {
  ++report.events;
  report.total_ns += ns;
  report.worst_ns = std::max(report.worst_ns, ns);
  backlog_ns += ns;
}

void Subscription::count_success(std::int64_t ns, std::uint64_t step) {
  count_call(ns);
  strikes = 0;
  report.last_delivered_step = step;
}

bool Subscription::count_failure(std::string_view message, std::int64_t ns, std::uint64_t step) {
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

void Subscription::quarantine(std::string_view why, std::uint64_t step) {
  report.quarantined = true;
  report.last_failure = why;
  log::error(report.name + " is quarantined: " + report.last_failure + ". From step " +
             std::to_string(step) + " on nothing is delivered to it. The run goes on without it.");
}

void Subscription::abandon(std::chrono::nanoseconds waited, std::uint64_t step) {
  const auto seconds = std::chrono::duration<double>(waited).count();
  char text[64];
  std::snprintf(text, sizeof text, "a call of it did not return for %.1f s", seconds);
  report.quarantined = report.abandoned = true;
  report.last_failure = text;
  log::error(report.name + " is abandoned: " + report.last_failure + ", at step " +
             std::to_string(step) + ". The run goes on without it; its thread is left behind.");
}

void Subscription::warn_of_options(const Event& train_begin) {
  for (const std::string& complaint : filter.complaints(train_begin))
    log::warning(report.name + ": " + complaint);
}

void Subscription::warn_of_float_change() {
  if (std::exchange(warned_of_float_change_, true)) return;
  log::warning(
      report.name +
      ": changed the floating-point settings (rounding, denormals or traps) of its caller; "
      "they are put back after each call. Build it without -ffast-math.");
}

}  // namespace trainbus
