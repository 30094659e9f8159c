// An observer that records its events and does what a test sets.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/bus/bus.hpp"

namespace trainbus::testing {

inline constexpr std::uint64_t every_kind = ~std::uint64_t{0};

using Journal = std::vector<std::string>;  // "name:on_step"

class RecordingObserver : public Observer {
 public:
  RecordingObserver(std::string name, Journal& journal, Role role = Role::Sink,
                    std::uint64_t wants = every_kind)
      : Observer(std::move(name), role, wants), journal_(journal) {}
  ~RecordingObserver() override { journal_.push_back(name() + ":destroyed"); }

  void on_event(Event& event) override {
    journal_.push_back(name() + ":" + std::string(event_name(event.kind)));
    last = event;
    if (then) then(event);
  }
  std::vector<std::string> metrics() const override { return declared; }

  std::function<void(Event&)> then;
  std::vector<std::string> declared;
  Event last;

 private:
  Journal& journal_;
};

// Adds one to the bus and lets the test keep hold of it.
inline RecordingObserver& subscribe(Bus& bus, std::string name, Journal& journal,
                                    Role role = Role::Sink, std::uint64_t wants = every_kind) {
  auto observer = std::make_shared<RecordingObserver>(std::move(name), journal, role, wants);
  bus.add(observer);
  return *observer;
}

inline Event make_event(EventKind kind, std::uint64_t step = 0) {
  Event event;
  event.kind = kind;
  event.step = step;
  return event;
}

inline void publish(Bus& bus, EventKind kind, std::uint64_t step = 0) {
  Event event = make_event(kind, step);
  bus.publish(event);
}

// The entries since the last call.
inline Journal drain(Journal& journal) { return std::exchange(journal, {}); }

}  // namespace trainbus::testing
