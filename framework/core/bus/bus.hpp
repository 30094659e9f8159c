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
// * Delivery::Inline: publish returns when all have seen the event. Delivery::Thread: metric
// observers
//   and sinks are called by the bus's own thread; publish copies the event into a bounded queue.
//   See delivery_thread.hpp for patience and calls that do not return. publish(TrainEnd) returns
//   when all is delivered.
// * add, remove and take are safe inside a dispatch, also of the very observer that is running, and
//   take effect at the next event: who was on the bus when an event began to be published gets it.
//   Names (has, find, names, a second add) follow at once.
// * A late observer gets the TrainBegin event replayed; one that leaves while a run is on gets a
//   TrainEnd of its own ("stopped: removed from the run"). Inside a dispatch both happen right
//   after it. A second begin of a run that is on, and an end of one that is not, are not delivered.
//   So every observer sees each run's begin once and its end once, if it wants them.
// * A failing observer (its on_event threw) never stops the others nor the run: it is counted,
// logged
//   once per distinct message, and quarantined after three failures in a row: no more events, no
//   end. It stays on the bus by name, until removed. One that throws ObserverGone is quarantined at
//   once.
// * The floating-point environment (rounding, denormals, exception flags) is saved before and
// restored
//   after each call; an observer that changed its settings is named once in the log.
// * Events that no live observer wants cost a bit test.
// * All functions are for one thread at a time, the training thread; add, remove, take, has, find
// and
//   names also for an observer inside its on_event. Observers must not publish: that is refused
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

  // Throws UsageError if an observer of that name is there.
  void add(std::shared_ptr<Observer> observer);
  // Convenience for C++ users and tests: observe(name, role, kinds, function).
  void observe(std::string name, Role role, std::uint64_t wants,
               std::function<void(Event&)> function);
  // Whether it was there. Destroys it (after its end event), if nobody else holds it.
  bool remove(std::string_view name);
  // Hands it back, or null. Shared, because inside a dispatch the bus holds it too until its call
  // has returned and its end event is delivered; later the caller is the only owner.
  std::shared_ptr<Observer> take(std::string_view name);

  bool has(std::string_view name) const;
  Observer* find(std::string_view name) const;  // null if it is not there
  std::vector<std::string> names() const;       // in the order of delivery

  // Whether any live observer wants this kind: skip making an event that nobody would see.
  bool wanted(EventKind kind) const;
  void publish(Event& event);
  // Returns when all that was published is delivered: a barrier before what an observer made is
  // read.
  void drain();
  // The state of each observer that keeps one, by name, as it is after all that was published: for
  // loops that have no journal to publish the events again from.
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
