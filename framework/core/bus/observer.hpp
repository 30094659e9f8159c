// Observers: they subscribe to the bus and get its events.
#pragma once

#include <trainbus/plugin.h>

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/bus/event.hpp"
#include "core/bus/event_filter.hpp"
#include "core/export.hpp"
#include "core/io/error.hpp"

namespace trainbus {

enum class Role : std::uint32_t {
  Metric = TB_ROLE_METRIC,
  Sink = TB_ROLE_SINK,
  Control = TB_ROLE_CONTROL
};
TRAINBUS_EXPORT std::string_view role_name(Role role);  // metric | sink | control

// How events reach an observer.
struct Intake {
  EventFilter filter;
  bool lossy = false;     // under load: within steps, only the newest event of each kind
  bool isolated = false;  // runs in a process of its own, and enforces its own time limits
};

// Thrown by an observer that can handle no more events: it is quarantined at once.
class TRAINBUS_EXPORT ObserverGone : public Error {
 public:
  // why: what happened to it. last_step: the last step that it handled.
  ObserverGone(std::string_view why, std::uint64_t last_step);
  ~ObserverGone() override;
  std::uint64_t last_step() const { return last_step_; }

 private:
  std::uint64_t last_step_;
};

// A listener of the bus. Subclass it to observe from C++ without a plugin.
class TRAINBUS_EXPORT Observer {
 public:
  Observer(std::string name, Role role, std::uint64_t wants, Intake intake = {});
  virtual ~Observer();
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;

  const std::string& name() const { return name_; }
  Role role() const { return role_; }
  const Intake& intake() const { return intake_; }
  bool wants(EventKind kind) const { return wants_ >> static_cast<unsigned>(kind) & 1; }
  std::uint64_t wants_mask() const { return wants_; }

  // Handles one event; throws on failure. A metric observer may append scalars to the event. Calls
  // are never concurrent, but come from any thread; for a control observer, from the training
  // thread.
  virtual void on_event(Event& event) = 0;
  // Names of the scalars that a metric observer will add ("ema/loss"); for the declaration of
  // columns.
  virtual std::vector<std::string> metrics() const { return {}; }
  // State for resuming, "" if there is none.
  virtual std::string save_state() { return {}; }
  virtual void load_state(std::string_view) {}

 private:
  std::string name_;
  Role role_;
  std::uint64_t wants_;
  Intake intake_;
};

// The time that an observer took and its failures: a row of the table at the end of a run.
struct TRAINBUS_EXPORT ObserverReport {
  std::string name;
  Role role = Role::Sink;
  std::string delivery;  // inline | thread | isolated
  std::uint64_t events = 0;
  std::uint64_t failures = 0;
  std::int64_t total_ns = 0;
  std::int64_t worst_ns = 0;
  bool quarantined = false;
  bool abandoned = false;  // quarantined because a call of it never returned
  std::uint64_t last_delivered_step = 0;
  std::string last_failure;

  double mean_us() const {
    return events ? static_cast<double>(total_ns) * 1e-3 / static_cast<double>(events) : 0;
  }
  std::string state() const;  // ok | quarantined: … | abandoned: …
};

}  // namespace trainbus
