// Who listens to the bus: the host's side of an observer, and the one that wraps a plugin.
#pragma once

#include <trainbus/plugin.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/event.hpp"
#include "core/export.hpp"

namespace trainbus {

enum class Role : std::uint32_t {
  Metric = TB_ROLE_METRIC,
  Sink = TB_ROLE_SINK,
  Control = TB_ROLE_CONTROL
};

// A listener of the bus. Subclass it to observe from C++ without a plugin.
class TRAINBUS_EXPORT Observer {
 public:
  Observer(std::string name, Role role, std::uint64_t wants);
  virtual ~Observer();
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;

  const std::string& name() const { return name_; }
  Role role() const { return role_; }
  bool wants(EventKind kind) const { return wants_ >> static_cast<unsigned>(kind) & 1; }
  std::uint64_t wants_mask() const { return wants_; }

  // Handles one event; throws on failure. A metric observer may append scalars to the event.
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
};

// What each observer cost and how it fared: the table at the end of a run.
struct ObserverReport {
  std::string name;
  std::uint64_t events = 0;
  std::uint64_t failures = 0;
  std::int64_t total_ns = 0;
  std::int64_t worst_ns = 0;
  bool quarantined = false;
  std::uint64_t last_delivered_step = 0;
  std::string last_failure;
};

}  // namespace trainbus
