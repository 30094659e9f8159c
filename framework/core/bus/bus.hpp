// The event bus: publishes events to observers over Boost.Signals2, control observers first, then
// metric observers, then sinks.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/bus/event.hpp"
#include "core/bus/observer.hpp"
#include "core/export.hpp"

namespace trainbus {

// Rules.
// * Order: control observers, inside publish(), then all metric observers in the order of their
//   adding, then all sinks in theirs.
// * Delivery::Inline: publish returns when all observers have seen the event. Delivery::Thread: the
//   bus's own thread calls metric observers and sinks; publish copies the event into a bounded
//   queue. See delivery_thread.hpp for patience and calls that do not return. publish(TrainEnd)
//   returns when everything is delivered.
// * add, remove and take are safe inside a dispatch, also for the observer that is being called.
//   They take effect at the next event: whoever was on the bus when an event was published gets it.
//   Names (has, find, names, a second add) change at once.
// * An observer that is added during a run gets the run's TrainBegin event first; one that leaves
//   during a run gets a TrainEnd of its own ("stopped: removed from the run"). Inside a dispatch
//   both happen right after it. A second begin of the same run, and an end without a begin, are not
//   delivered. So every observer sees each run's begin once and its end once, if it wants them.
// * An observer whose on_event throws never stops the others nor the run. The failure is counted,
//   logged once for each distinct message, and after three in a row the observer is quarantined: it
//   gets no more events, and no end. It stays on the bus by name until it is removed. One that
//   throws ObserverGone is quarantined at once.
// * The floating-point environment (rounding, denormals, exception flags) is saved before and
//   restored after each call; an observer that changed its settings is named once in the log.
// * An event that no live observer wants costs a bit test.
// * All functions are for one thread at a time, the training thread; add, remove, take, has, find
//   and names also for an observer inside its on_event. Observers must not publish: that is refused
//   with RunError, which counts as a failure of theirs.
class TRAINBUS_EXPORT Bus {
 public:
  static constexpr int strikes_to_quarantine = 3;

  enum class Delivery { Inline, Thread };
  struct Options {
    Delivery delivery = Delivery::Inline;
    std::chrono::nanoseconds patience = std::chrono::seconds(2);
    std::chrono::nanoseconds hang_limit = std::chrono::seconds(30);
    std::chrono::nanoseconds wake_interval = std::chrono::milliseconds(50);
    std::size_t queue_bytes = std::size_t{1} << 20;  // a power of two; about 4000 events
  };

  Bus();
  explicit Bus(const Options& options);
  // Destroys the observers in the reverse order of their adding, all but abandoned ones: their code
  // is still running.
  ~Bus();
  Bus(const Bus&) = delete;
  Bus& operator=(const Bus&) = delete;

  // Throws UsageError if the bus has an observer of that name.
  void add(std::shared_ptr<Observer> observer);
  // Convenience for C++ users and tests: observe(name, role, kinds, function).
  void observe(std::string name, Role role, std::uint64_t wants,
               std::function<void(Event&)> function);
  // Returns whether the bus had it. Destroys it after its end event, if nobody else holds it.
  bool remove(std::string_view name);
  // Removes an observer and returns it, or null. Shared, because inside a dispatch the bus holds it
  // too until its call has returned and its end event is delivered; then the caller alone owns it.
  std::shared_ptr<Observer> take(std::string_view name);

  bool has(std::string_view name) const;
  Observer* find(std::string_view name) const;  // null if the bus has none of that name
  std::vector<std::string> names() const;       // in the order of delivery

  // Whether any live observer wants events of this kind; if none does, the event need not be made.
  bool wanted(EventKind kind) const;
  void publish(Event& event);
  // Returns when everything published so far is delivered: call it before reading what observers
  // wrote.
  void drain();
  // The state of each observer that keeps one, by name, after everything published so far: for
  // loops that have no journal to publish the events from once more.
  std::map<std::string, std::string> save_state();

  // The declared metric names of all metric observers, in order.
  std::vector<std::string> metrics() const;
  // One line per observer that is or was on the bus, in the order of adding. Drains.
  std::vector<ObserverReport> report() const;
  bool any_quarantined() const;
  // Whether a thread is still inside an observer's call: then the process cannot end by returning
  // from main, only by std::_Exit.
  bool left_a_thread_behind() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace trainbus
